-- The views that a capture has, by name: capture.flows, capture.packets, capture.dns, ….  They cost
-- a script that never asks for one nothing: views are loaded with the first that is used.
--
--    for packet in capture:packets() do … end            -- packets as they are read
--    print(capture.packets:count())                      -- a view (weir.view)

-- What kinds of records are called as a whole, where that is not their own name.
local PLURAL = {
   packets = "packet", flows = "flow", seconds = "second", begins = "begin", streams = "stream",
   exchanges = "exchange",
}
local SINGULAR = {}
for _, kind in pairs(PLURAL) do SINGULAR[kind] = true end

local views = {}

-- The kind of record that a name stands for; nil when it stands for none.
function views.kind(name)
   if PLURAL[name] then return PLURAL[name] end
   if SINGULAR[name] then return nil end
   for _, kind in ipairs(require "weir.schema".kinds) do
      if kind == name then return kind end
   end
end

-- Packets can be gone through while they are read, which needs no view.
local packets = {}

function packets:__call(capture)
   if capture then return capture:stream() end
   return self.view:rows()
end

function packets:__index(name)
   if name == "view" then
      rawset(self, "view", require "weir.view".of_capture(self.capture, "packet"))
      return self.view
   end
   return self.view[name]
end

function packets:__tostring() return tostring(self.view) end

-- The view of that name; nil when there is none.
function views.of_capture(capture, name)
   local kind = views.kind(name)
   if not kind then return nil end
   local known = rawget(capture, "views") or {}
   capture.views = known
   if not known[name] then
      known[name] = kind == "packet" and setmetatable({ capture = capture }, packets)
         or require "weir.view".of_capture(capture, kind)
   end
   return known[name]
end

return views

-- Traces that the compiler gave up, by the moment of an extension in which it did.
--
--    local watched = aborts.watch(extensions)
--    …
--    watched:stop()
--    print(watched:of("burstiness", "packet"))          -- how many, and why the last one

local jutil = require "jit.util"

local aborts = {}
aborts.__index = aborts

-- LuaJIT's words for its reasons, where they are installed.
local has_words, words = pcall(require, "jit.vmdef")

local function reason_of(code, extra)
   local text = has_words and words.traceerr[code]
   if not text then return nil end
   if type(extra) == "function" then extra = jutil.funcinfo(extra).loc or "a function" end
   local ok, said = pcall(string.format, text, extra)
   return ok and said or text
end

-- Where the moments are: { source, first, last, key } for each.
local function places(extensions)
   local list = {}
   for _, ext in ipairs(extensions) do
      for name, moment in pairs(ext.moments) do
         local info = debug.getinfo(moment, "S")
         list[#list + 1] = {
            source = info.source, first = info.linedefined, last = info.lastlinedefined,
            key = ext.name .. "." .. name,
         }
      end
   end
   return list
end

-- Notes aborts from now on.
function aborts.watch(extensions)
   local self = setmetatable({ counts = {}, reasons = {}, places = places(extensions) }, aborts)
   function self.see(what, _, f, pc, code, extra)
      if what ~= "abort" then return end
      local info = jutil.funcinfo(f, pc)
      for _, place in ipairs(self.places) do
         local line = info.currentline or 0
         if info.source == place.source and line >= place.first and line <= place.last then
            self.counts[place.key] = (self.counts[place.key] or 0) + 1
            self.reasons[place.key] = reason_of(code, extra)
         end
      end
   end
   jit.attach(self.see, "trace")
   return self
end

function aborts:stop() jit.attach(self.see) end

-- How many traces were given up in a moment, and why the last one, where that is known.
function aborts:of(ext, moment)
   local key = ext .. "." .. moment
   return self.counts[key] or 0, self.reasons[key]
end

return aborts

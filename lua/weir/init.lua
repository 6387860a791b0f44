-- Weir, the library.
--
--    local weir = require "weir"
--    for packet in assert(weir.open "x.pcap"):packets() do print(packet.src_ip, packet.dest_ip) end

local capture = require "weir.capture"
local class   = require "weir.extension.class"
local views   = require "weir.views"

-- A filter (weir.filter) as a function of records; or nil and the reason.
local function filter(expression, options)
   if type(expression) ~= "string" then
      error(("a filter is a text, not a %s"):format(type(expression)), 2)
   end
   local made, why, place = require "weir.filter".new(expression, options)
   if made then return made end
   return nil, why .. "\n" .. place
end

-- capture.flows, capture.dns, …: what is asked of records as a whole.
capture.view = views.of_capture

-- A workspace (weir.workspace), when the path is the folder of one; else a capture, or several
-- (weir.capture), with its options.
local function open(source, options)
   if type(source) == "string" and not options then
      local workspace = require "weir.workspace"
      if workspace.is(source) then return workspace.open(source) end
   end
   return capture.open(source, options)
end

-- Modules that are loaded with the first use, for scripts to have them at hand.
local LAZY = {
   html = "weir.html", http = "weir.http", json = "weir.json", stats = "weir.stats",
   text = "weir.text", url = "weir.url",
}

local function load(weir, name)
   if not LAZY[name] then return nil end
   weir[name] = require(LAZY[name])
   return weir[name]
end

return setmetatable({
   version    = "0.1.0",
   filter     = filter,
   open       = open,
   workspace  = function (folder) return require "weir.workspace".open(folder) end,
   interfaces = capture.interfaces,
   feature    = class.feature,
   inference  = class.inference,
   reporting  = class.reporting,
   extractor  = class.extractor,
}, { __index = load })

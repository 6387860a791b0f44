-- What the meter has to make for extensions: as little as they want.

local schema = require "weir.schema"
local units  = require "weir.extension.units"

local needs = {}

-- Adds a protocol to those that options have; true stands for all.
local function add_protocol(options, kind)
   if options.protocols == true then return end
   local list = { unpack(options.protocols or {}) }
   for _, known in ipairs(list) do
      if known == kind then return end
   end
   list[#list + 1] = kind
   options.protocols = list
end

-- Adds what one extension needs.
local function add(ext, options)
   local reads = {}
   for _, channel in ipairs(ext.reads or {}) do
      reads[channel] = true
      if schema.is_kind(channel) and schema.of(channel).said then add_protocol(options, channel) end
   end
   options.flows = options.flows or ext.kind == "feature" or reads.flow == true
   options.begins = options.begins or units.remembers(ext) or reads.begin == true
   options.packets = options.packets or units.sees_packets(ext) or reads.packet == true
   options.cuts = options.cuts or units.cuts(ext)
   options.seconds = options.seconds or reads.second == true
   for _, protocol in ipairs(units.protocols(ext)) do add_protocol(options, protocol) end
   local sees_flows = not ext.reads or reads.flow == true
   for _, want in ipairs(sees_flows and ext.manifest.wants or {}) do
      local field = schema.of "flow".names[want]
      local asked = field and not ext.optional[want] and field.asked
      if asked == "splt" then
         options.stats, options.splt = true, options.splt or schema.FIRST_PACKETS
      elseif asked == "apps" then
         options.names, options.labels = true, true
      elseif asked then
         options[asked] = true
      end
   end
end

-- The options of weir.open with what these extensions need.
function needs.add(extensions, options)
   for _, ext in ipairs(extensions) do add(ext, options) end
   return options
end

-- Whether one of these extensions wants to know what flows are for, which is worked out for each
-- batch (weir.apps).
function needs.names_apps(extensions)
   for _, ext in ipairs(extensions) do
      for _, want in ipairs(ext.manifest.wants or {}) do
         local field = schema.of "flow".names[want]
         if field and field.asked == "apps" then return true end
      end
   end
   return false
end

-- What an extension needs that a capture opened with `options` does not make; nil when it has all.
function needs.missing(ext, options)
   local wanted = {}
   add(ext, wanted)
   for name, value in pairs(wanted) do
      if value and not options[name] then return name end
   end
   local kind = wanted.protocols and wanted.protocols[1]
   if not kind or options.protocols == true then return nil end
   for _, known in ipairs(options.protocols) do
      if known == kind then return nil end
   end
   return kind
end

return needs

-- Which fields of a flow the features of a model are: by Weir's names and their aliases, NFStream's
-- among them, by the spellings of CICFlowMeter's CSVs, or by the name of what an extension gives.

local cic    = require "weir.cic"
local names  = require "weir.schema.names"
local schema = require "weir.schema"

local fields = {}

-- NFStream's and CICFlowMeter's protocol is a number, ours a text.
local PROTOCOL = {}
for number, text in pairs(names.protocols) do
   PROTOCOL[text] = math.min(PROTOCOL[text] or number, number)
end

-- The field to want for a feature, and numbers of its texts where it has texts; or nil and why
-- there cannot be one.
function fields.of(feature)
   local known = schema.of "flow".names
   local name = known[feature] and feature or cic.field(feature)
      or feature:lower():gsub("^%s+", ""):gsub("%s+$", ""):gsub("[^%w_]", "_")
   if name == "protocol" then name = "proto" end
   if not name:find "^[%a_][%w._]*$" then
      return nil, ("the feature '%s' is called as no field can be"):format(feature)
   end
   name = known[name] and known[name].name or name
   return name, name == "proto" and PROTOCOL or nil
end

return fields

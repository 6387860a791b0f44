-- Values of rows that mean more than the number they are: times, ids, why a flow ended.

local names  = require "weir.schema.names"
local schema = require "weir.schema"
local stamp  = require "weir.stamp"

local values = {}

local says = {}                           -- by name, whatever the row is of

function says.time(value) return stamp.date(value) end
says.start, says["end"], says.timestamp = says.time, says.time, says.time

function says.flow_id(value) return ("%.0f"):format(value) end
function says.reason(value) return names.reasons[value] end

-- What the value of that name is in words: a time as RFC 3339 has it, and so on; else itself.
function values.words(name, value)
   local say = type(value) == "number" and value - value == 0 and says[name]
   return say and say(value) or value
end

-- Why a flow ended, in a word; any other value is itself: for those who keep times as numbers.
function values.reason(name, value)
   return name == "reason" and type(value) == "number" and names.reasons[value] or value
end

local WORDS = {
   string = true, strings = true, text = true, table = true, grouped = true, cell = true,
}

-- The set of the fields of a kind of record whose values have no bytes of strangers.
function values.ascii(kind)
   local set = {}
   for _, field in ipairs(schema.of(kind)) do set[field.name] = not WORDS[field.as] or nil end
   return set
end

return values

-- Records of the core as a session sees them: which kind they are of, and what is in them.

local ends   = require "weir.ends"
local schema = require "weir.schema"

local record = {}

local kinds = {}
for _, kind in ipairs(schema.kinds) do kinds[kind] = true end

-- The kind of a record; nil when the value is none.
function record.kind(value)
   if type(value) ~= "cdata" then return nil end
   local ok, kind = pcall(function () return value.event_type end)
   return ok and kinds[kind] and kind or nil
end

-- Nanoseconds since 1970, as records are written.
local function utc(ns)
   local seconds = tonumber(ns / 1000000000LL)
   return ("%s.%09dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", seconds),
      tonumber(ns % 1000000000LL)):gsub("000Z$", "Z")
end

-- What a value says besides itself: a time as text, the name that a number stands for.
local function says(field, value)
   if field.as == "time" and type(value) == "cdata" then return utc(value) end
   local name = type(value) == "number" and type(field.names) == "table" and field.names[value]
   local is_named = type(name) == "string" and field.as:find "^name"
   return is_named and ("%d (%s)"):format(value, name) or nil
end

-- Whether a record has no such part, or says nothing with it.
local function is_empty(field, value)
   if value == nil or value == "" or field.skip_zero and value == 0 then return true end
   return type(value) == "table" and next(value) == nil
end

local function value_of(value, kind, field)
   if schema.of(kind).said then return value[field.name] end
   return ends.value(value, kind, field.name)
end

-- The fields that a record has: { name, value, text }, of which the text says the value better.
function record.pairs(value, kind)
   local list = {}
   for _, field in ipairs(schema.of(kind)) do
      local ok, found = pcall(value_of, value, kind, field)
      if ok and not is_empty(field, found) then
         list[#list + 1] = { field.name, found, says(field, found) }
      end
   end
   return list
end

return record

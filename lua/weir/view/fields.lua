-- The columns that a kind of record has, in order, as its schema says.
--
--    fields.of "flow"  --> { { name = "src_ip", class = "address", field = …, names = … }, … }
--
-- A class says what values are and how they can be compared: those of weir.filter.classes that
-- have one value each, "seconds" for spans that were computed, and "list" for what has several
-- values, or parts: such a column is JSON.  `quiet` ones are shown to those who name them.

local reads  = require "weir.filter.reads"
local schema = require "weir.schema"

local fields = {}

-- What a column of a class is an array of (weir.columns).
fields.store = {
   number = "number", id = "number", flag = "number", seconds = "number",
   time = "time", span = "time",
   text = "id", address = "id", mac = "id", name = "id", flags = "id", list = "id",
}

local LISTS = { table = true, grouped = true, numbers = true, rows = true }

local function class_of(field)
   if field.as == "boolean" then return "flag" end
   if field.as == "part" or field.as == "cell" then return nil end
   if LISTS[field.as] then return "list" end
   local read = reads.of(field, "r", "v", {})
   return read.loop and "list" or fields.store[read.class] and read.class or "text"
end

-- Fields that are measured whether or not anybody names them.
local USUAL = { names = true, labels = true }

local known = {}

-- The columns of a kind: an array, with each by its name.
function fields.of(kind)
   if known[kind] then return known[kind] end
   local list, all = {}, schema.of(kind)
   for _, field in ipairs(schema.spread(all)) do
      local class = class_of(field)
      if class and all.names[field.name] == field then
         local quiet = field.listed == false or field.bulky
            or field.asked and not USUAL[field.asked] or nil
         list[#list + 1] = { name = field.name, class = class, field = field, quiet = quiet }
         list[field.name] = list[#list]
      end
   end
   known[kind] = list
   return list
end

return fields

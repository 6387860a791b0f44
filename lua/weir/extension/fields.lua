-- The fields that extensions give, as a part of a flow's record: for plans, -e and tables.

local cells   = require "weir.cells"
local nearest = require "weir.nearest"
local schema  = require "weir.schema"
local sorted  = require "weir.sorted"

local fields = {}

local CELL = 16                           -- bytes of a struct weir_cell

local OWN = {
   { "failed", "the extensions that failed with the flow", "text" },
   { "generation", "which reload its fields were made by: the newest of several", "number" },
}

-- The part `ext` for these fields (engine:fields).  Where there are no objects a field that is
-- called like one of the core's is `flat`: ext.NAME.  Weir's own are shown first; `generation` only
-- to those who name it.
function fields.part(list)
   local names = {}
   for i, field in ipairs(list) do names[i] = field.name end
   local columns, count = cells.columns(names)
   local inner = { kind = "ext", records = "cells", size = CELL * count, names = {} }
   local part = {
      name = "ext", as = "part", at = schema.of "flow".members.row.offset, skip_zero = true,
      behind = true, mask = 0, kind = "flow", rows = inner, doc = "what extensions gave, an object",
   }
   local function add(name, doc, kind)
      local field = {
         name = name, as = "cell", at = CELL * columns[name], mask = 0, kind = "flow",
         part = part, doc = doc, gives = kind, member = name,
         flat = schema.of "flow".names[name] and "ext." .. name or nil,
      }
      inner.names[name], inner.names["ext." .. name] = field, field
      if name ~= "generation" then inner[#inner + 1] = field end
   end
   for _, own in ipairs(OWN) do add(own[1], own[2], own[3]) end
   for _, field in ipairs(list) do
      local what = (field.gives == "address" and "an " or "a ") .. field.gives
      add(field.name, ("%s, given by %s"):format(what, field.ext), field.gives)
   end
   return part
end

-- A field of a kind of record by name, with those of the part `ext` (nil when there is none):
-- a name of the core's means that.  Or nil and the reason.
function fields.find(kind, name, part)
   local known = schema.of(kind).names[name]
   local given = kind == "flow" and part and part.rows.names[name]
   if known or not given then
      local field, why = schema.field(kind, name)
      local near = not field and kind == "flow" and part
         and nearest(name, sorted(part.rows.names))
      if near then why = ("a flow has no field '%s': did you mean '%s'?"):format(name, near) end
      return field, why
   end
   return given
end

return fields

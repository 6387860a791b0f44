-- Which fields of a kind of record are written, in which order and shape.
-- Made once here, run over whole batches by the core.
--
--    local plan = plan.new(fields, { shape = "json" })
--    out:records(plan, batch, 0, n)

local ffi    = require "ffi"
local abi    = require "weir.abi"
local schema = require "weir.schema"

local C = abi.C
local COLUMN = 128                       -- bytes that one value takes at most (weir.h)
local SHORT = 64                         -- and a name
local plan = {}

local arrays = setmetatable({}, { __mode = "k" })        -- of C strings, by their names

-- An array of C strings from a table with gaps, and how many; many columns have the same names.
local function c_names(names)
   local known = arrays[names]
   if not known then
      known = { count = 0 }
      for i in pairs(names) do known.count = math.max(known.count, i + 1) end
      known.array = ffi.new("const char *[?]", known.count)
      for i, name in pairs(names) do known.array[i] = name end
      arrays[names] = known
   end
   return known.array, known.count
end

-- Whether the names of the inputs can be written as they stand: a quicker way for the usual ones.
local function are_plain(names, options)
   for _, name in pairs(names) do
      local has_separator = name:find(options.separator or "\t", 1, true)
      if #name >= SHORT or name:find "[^%w/._-]" or has_separator then return false end
   end
   return true
end

local build

-- How many of the objects that are open a field is inside, too.
local function shared(open, inside)
   local n = 0
   while open[n + 1] and n + 1 < #inside and open[n + 1].name == inside[n + 1] do n = n + 1 end
   return n
end

-- Fields with their neighbours of the same objects, which are there when their parts are: `inside`
-- has the names of the objects, outermost first, and then what the field is called there.
local function grouped(fields)
   local list, open = {}, {}
   local function keep(n)
      while #open > n do
         list[#list + 1] = { name = "", as = "close", mask = table.remove(open).mask }
      end
   end
   for _, field in ipairs(fields) do
      local inside = field.inside or {}
      keep(shared(open, inside))
      for i = #open + 1, #inside - 1 do
         open[i] = { name = inside[i], as = "open", mask = field.mask }
         list[#list + 1] = open[i]
      end
      list[#list + 1] = #inside > 0 and
         setmetatable({ label = inside[#inside] }, { __index = field }) or field
   end
   keep(0)
   return list
end

-- A list of numbers is a series, whose count is the second half of a struct weir_list.
local function kind_of(field)
   if field.as ~= "numbers" then return field.as:upper(), field.beside_at or 0 end
   return "SERIES", field.at + 4
end

-- Fills one struct weir_column.
local function set_column(column, field, options, keep)
   local label = field.bare and "" or field.before or ('"%s":'):format(field.label or field.name)
   keep[#keep + 1] = label
   column.label, column.label_size = label, #label
   local as, beside = kind_of(field)
   column.as = C["WEIR_AS_" .. as]
   column.at, column.beside = field.at or 0, beside
   column.needs, column.skip_zero = field.mask or 0, field.skip_zero and 1 or 0
   local sources = field.name == "pcap_filename" and options.sources
   local names = sources or field.names
   if names then
      column.names, column.name_count = c_names(names)
      keep[#keep + 1] = names                            -- and with them their array
   end
   if sources and not are_plain(sources, options) then column.as = C.WEIR_AS_SOURCE end
   if field.as == "inline" then
      column.rows = build(field.rows, field.of_part, options, keep)
   elseif field.rows then
      local inner = setmetatable({ separator = " ", inside = true }, { __index = options })
      column.rows = build(field.rows, options.shape == "json" and grouped(field.rows) or field.rows,
         inner, keep)
   end
end

function build(kind, fields, options, keep)
   local columns = ffi.new("struct weir_column[?]", #fields)
   local p = ffi.new "struct weir_plan"
   for i, field in ipairs(fields) do
      set_column(columns[i - 1], field, options, keep)
      p.room = p.room + columns[i - 1].label_size + COLUMN
   end
   p.columns, p.column_count = columns, #fields
   p.record_size = kind.size or ffi.sizeof(kind.c_type)
   p.records_at = ffi.offsetof("struct weir_batch", kind.records)
   p.has_at = kind.has_at or 0
   p.shape = C["WEIR_" .. options.shape:upper()]
   p.separator = (options.separator or "\t"):byte()
   p.quote = (options.quote or ""):byte() or 0
   p.within = (options.within or ","):byte()
   p.flush, p.inside = options.flush and 1 or 0, options.inside and 1 or 0
   p.community_seed = options.community_seed or 0
   keep[#keep + 1], keep[#keep + 2] = columns, p
   return p
end

-- Fields of the top level as they are, the others in an object named as the kind; those that are
-- not of the kind itself behind it.
function plan.nested(kind, fields)
   local top, inner, behind = {}, {}, {}
   for _, field in ipairs(fields) do
      local list = field.behind and behind or field.top and top or inner
      list[#list + 1] = field
   end
   if #inner > 0 then
      top[#top + 1] = { name = kind.kind, as = "open" }
      for _, field in ipairs(grouped(inner)) do top[#top + 1] = field end
      top[#top + 1] = { name = "", as = "close" }
   end
   for _, field in ipairs(behind) do top[#top + 1] = field end
   return top
end

-- Fields inside the same part of a record, where they follow each other, as one column.
local function gathered(fields)
   local columns, last = {}, nil
   for _, field in ipairs(fields) do
      local part = field.part
      if not part then
         columns[#columns + 1], last = field, nil
      elseif last and last.rows == part.rows then
         last.of_part[#last.of_part + 1] = field
      else
         last = {
            name = part.name, as = "inline", at = part.at, rows = part.rows, of_part = { field },
         }
         columns[#columns + 1] = last
      end
   end
   return columns
end

-- The fields of a kind, and behind those of flows what extensions give.
local function with_part(kind, part)
   local list = {}
   for i, field in ipairs(schema.of(kind)) do list[i] = field end
   if kind == "flow" then list[#list + 1] = part end
   return list
end

-- The fields of a kind that are written: those named (options.fields), or all but what nobody
-- `asked` for by name; `part` is what extensions give.  Where there is no place for an object, as
-- there is in the shape "json", what is inside it has columns of its own.
function plan.fields(kind, options)
   local chosen, named, asked = {}, options.fields, options.asked or {}
   local fields, is_flat = named or with_part(kind, options.part), options.shape ~= "json"
   for _, field in ipairs(is_flat and schema.spread(fields) or fields) do
      local wanted = named or field.listed ~= false
      local there = not field.asked or asked[field.asked]
      local fits = not is_flat or field.as ~= "part"
      if field.flat and (is_flat or named) then
         field = setmetatable({ name = field.flat }, { __index = field })
      end
      if wanted and there and fits then chosen[#chosen + 1] = field end
   end
   return chosen
end

-- The member of a batch that says how many records of a kind it has.
local function counted(kind)
   return (kind.said and kind.records or kind.kind) .. "_count"
end

-- options: shape "json", "separated" or "template" (fields have the words `before` them); nested
-- (JSON: fields of a kind in an object of their own); separator, quote, within; flush after each
-- record; sources: the names of the inputs, from 0.
-- A part need not be of a schema when its rows say their `size`: so are rows of cells,
-- { kind = …, records = "cells", size = 16 * columns, { name = …, as = "cell", at = 16 * i }, … }.
function plan.new(fields, options)
   local kind, keep = schema.of(fields[1].kind), {}
   if options.nested then fields = plan.nested(kind, fields) end
   local handle = build(kind, gathered(fields), options, keep)
   return { handle = handle, keep = keep, counted = counted(kind) }
end

return plan

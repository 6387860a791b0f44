-- Rows: records of the core as plain tables, which outlive their batch and can travel.
--
--    local of = row.maker("flow", { "src_ip", "bytes_toserver" })
--    local plain = of(flow)                 -- { src_ip = "192.0.2.10", bytes_toserver = 811 }
--
-- A row has the canonical names of a record's fields; what the record does not have is absent.
-- Times are seconds since 1970, and `time` is when the record was complete.

local bit       = require "bit"
local cells     = require "weir.cells"
local schema    = require "weir.schema"
local table_new = require "table.new"

local row = {}

-- What has no value of its own in Lua, or one that other fields have as well.
local LEFT_OUT = { part = true, rows = true, constant = true, name32 = true, name = true }
local LISTS = { list16 = true }           -- which are empty where there is nothing

-- Kinds of records that one end of a flow has sent: `reverse` says which.
local HAS_SENDER = { packet = true }
for _, protocol in ipairs(schema.protocols) do HAS_SENDER[protocol] = true end

local function is_told(field) return not LEFT_OUT[field.as] and field.name ~= "timestamp" end

-- Adds the line that copies a field, as that name: a slice becomes the bytes it shows.
local function add_field(add, field, name)
   local read = ("record[%q]"):format(field.name)
   local test = field.mask ~= 0 and not field.part
      and ("band(has, %d) == %d"):format(field.mask, field.mask) or "true"
   if field.slice then
      add("if %s then local v = %s if v then row[%q] = v:string() end end", test, read, name)
   elseif LISTS[field.as] then
      add("if %s then local v = %s if v[1] then row[%q] = v end end", test, read, name)
   else
      add("if %s then row[%q] = %s end", test, name, read)
   end
end

local function fields_of(kind, names)
   if not names then return schema.spread(schema.of(kind)) end
   local list = {}
   for i, name in ipairs(names) do list[i] = schema.of(kind).names[name] end
   return list
end

-- How many members such a row has, about: what is inside a part of a record is seldom there.
local function size_of(kind, names)
   local n = 4                                           -- time, flow_id, row_id, event_type
   for _, field in ipairs(fields_of(kind, names)) do
      if is_told(field) and (names or not field.part) then n = n + 1 end
   end
   return n
end

-- The function that makes rows of records of a kind: of all their fields, or those of these names,
-- under these names.
-- `given`: names of what extensions give to flows, or ext.NAME for those.
function row.maker(kind, names, given)
   local lines = {}
   local function add(line, ...) lines[#lines + 1] = line:format(...) end
   add "local band, read, new = ..."
   add "return function (record)"
   add("local has, row = record.has, new(0, %d)", size_of(kind, names) + #(given or {}))
   add(kind == "flow" and 'row.time = record["end"]' or "row.time = record.time")
   if kind ~= "packet" then add "row.flow_id = record.flow_id" end
   if HAS_SENDER[kind] then add "row.reverse = record.reverse" end
   for i, field in ipairs(fields_of(kind, names)) do
      if is_told(field) then add_field(add, field, names and names[i] or field.name) end
   end
   for _, name in ipairs(given or {}) do
      add("row[%q] = read(record, %q)", name, name:match "^ext%.(.+)$" or name)
   end
   add "return row"
   add "end"
   return assert(loadstring(table.concat(lines, "\n"), "=weir.row"))(bit.band, cells.read,
      table_new)
end

-- Whether a row is a record of the core, which is gone with its batch.
function row.is_record(value) return type(value) == "cdata" end

-- The names that a kind of record knows; without names all of its own, and not what is inside its
-- parts.
local function known_to(kind, names)
   local list = {}
   for _, field in ipairs(names and {} or schema.of(kind)) do list[#list + 1] = field.name end
   for _, name in ipairs(names or {}) do
      list[#list + 1] = schema.of(kind).names[name] and name or nil
   end
   return list
end

-- The names of what extensions give to a kind of record, and those among `names` that say ext.NAME.
local function given_to(kind, names, fields)
   local list = {}
   for _, field in ipairs(kind == "flow" and fields or {}) do
      list[#list + 1] = field.name
      for _, name in ipairs(names or {}) do
         if name == "ext." .. field.name then list[#list + 1] = name end
      end
   end
   return list
end

-- A function that makes of any row a plain one: of a record with the fields of these names, where
-- it has them (all of its own unless told), with its `event_type` and what extensions give to
-- flows.
function row.plainly(names)
   local makers, last = {}, nil
   return function (one)
      if not row.is_record(one) then return one end
      local about, kind = cells.about(one), one.event_type
      if about ~= last then makers, last = {}, about end
      if not makers[kind] then
         local given = given_to(kind, names, about.fields or {})
         makers[kind] = row.maker(kind, known_to(kind, names), given)
      end
      local plain = makers[kind](one)
      plain.event_type = kind
      return plain
   end
end

-- Microseconds since 1970.
local function micro(ns) return tonumber(ns / 1000) end

-- A function that names the rows of a source, each by what it is made of: the same name for the
-- same record, whenever and wherever it is read.  When it was is part of it: flows are counted from
-- 1 in each run over an interface, and in each file of the same name.
function row.namer(source, kind)
   local last, count = nil, 0
   return function (record)
      if kind == "flow" then
         return ("%s:flow:%.0f:%.0f"):format(source, micro(record.start_ns), record.flow_id)
      end
      local place = (kind == "second" or kind == "begin") and 0 or tonumber(record.ordinal)
      local flow_id = kind == "packet" and 0 or record.flow_id         -- packets have a number
      local name = ("%s:%s:%.0f:%.0f:%.0f"):format(source, kind, micro(record.ns), flow_id, place)
      count = name == last and count + 1 or 0
      last = name
      return count == 0 and name or ("%s:%d"):format(name, count)
   end
end

-- A function that tells the id of any row; of records it is to be asked of each, in their order.
function row.identifier()
   local namers, last = {}, nil
   return function (one)
      if not row.is_record(one) then return one.row_id end
      local about, kind = cells.about(one), one.event_type
      if about ~= last then namers, last = {}, about end
      namers[kind] = namers[kind] or row.namer(about.source or "-", kind)
      return namers[kind](one)
   end
end

row.ENDS = { "start", "end", "src_ip", "src_port", "dest_ip", "dest_port", "proto" }

return row

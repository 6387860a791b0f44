-- What can be asked of an ended flow, of its beginning, and of its seconds.
--
--    flow.src_ip  flow.bytes_toserver  flow.duration  flow.ended  flow.bidirectional_mean_ps

local ffi    = require "ffi"
local bit    = require "bit"
local abi    = require "weir.abi"
local apps   = require "weir.apps"
local cells  = require "weir.cells"
local ends   = require "weir.ends"
local names  = require "weir.schema.names"
local schema = require "weir.schema"

local C, band = abi.C, bit.band
local pointer = ffi.typeof "const struct weir_flow *"

local get = {}                                           -- by name: function (flow)

-- Seconds since 1970, and from the first packet to the last.
function get.start(f) return tonumber(f.start_ns) / 1e9 end
get["end"] = function (f) return tonumber(f.end_ns) / 1e9 end
function get.duration(f) return tonumber(f.duration_ns) / 1e9 end

function get.ended(f) return names.reasons[f.reason] end

get.community_id = require "weir.community"

-- What its destination is called, who told it, and whether that is definitive; nil when nobody
-- knows, or nobody asked for names.
local function add_names(to)
   function to.dest_name(r)
      local home, text = r.home, r.name
      if band(r.has, C.WEIR_HAS_NAME) == 0 or home == nil then return nil end
      if text.at + text.size >= home.words_size then return nil end
      return ffi.string(home.words + text.at, text.size)
   end
   function to.dest_name_by(r) return names.name_by[r.name_by] end
   function to.dest_name_sure(r)
      if band(r.has, C.WEIR_HAS_NAME) ~= 0 then return r.name_sure ~= 0 end
   end
end
add_names(get)

-- What is spoken in it; nil when nobody knows.
function get.app_proto(f) return names.apps[f.label] end

-- What it is for, and by what that is known: "parser", "name" or "port"; nil when nobody knows.
function get.app(f) return apps.names[(apps.of_flow(f))] end
function get.app_confidence(f)
   local _, by = apps.of_flow(f)
   return apps.by[by]
end

-- Its statistics, a record with NFStream's names; nil unless they were asked for.
function get.stats(f)
   if f.home == nil or f.home.stats == nil then return nil end
   return f.home.stats[f.stats_at]
end

-- Facts of its IP and TCP headers, a record (schema/facts.lua); nil unless they were asked for.
function get.facts(f)
   if f.home == nil or f.home.facts == nil then return nil end
   return f.home.facts[f.facts_at]
end

-- The numbers of a series that begins in `record` (the flow, or a part of it): an array.  Nil when
-- nobody measured them, and for an old record: nothing says how many there are left in its batch.
local function series(f, record, field)
   local home, inner = f.home, field.rows[1]
   local rows = home ~= nil and home[field.rows.records]
   if not rows or rows == nil then return nil end
   local place = ffi.cast(pointer, f)                    -- a difference would not compile
   if place < home.flows or place >= home.flows + home.flow_count then return nil end
   local first, list = record[field.member], {}
   for i = 1, record[field.beside] do
      local row = rows[first + i - 1]
      list[i] = type(row) == "number" and row or row[inner.member]
   end
   return list
end

-- Where its packets are in the file; nil unless that was asked for.
function get.offsets(f) return series(f, f, schema.of "flow".names.offsets) end

-- A function that asks a flow for a field inside one of its parts: nil when nobody measured it,
-- or the flow has no such thing.
local function inside(part, field)
   local row_of, member, has, mask = get[part.name], field.member, part.rows.has, field.mask
   if field.as == "series" then
      return function (f)
         local row = row_of(f)
         return row and row[field.beside] > 0 and series(f, row, field) or nil
      end
   end
   return function (f)
      local row = row_of(f)
      if row and (mask == 0 or band(row[has], mask) == mask) then return row[member] end
   end
end

-- A function that asks a flow for what an extension gave to it.
local function given(name)
   return function (f)
      local value, is_field = cells.read(f, name)
      if not is_field then
         local _, why = schema.field("flow", name)
         error(why, 3)                                   -- of who asks the index function
      end
      return value
   end
end

-- What is asked of every record, is inside a part, or was given by an extension: found when it is
-- first asked for, which saves a script of packets the schema of flows.
setmetatable(get, { __index = function (_, name)
   local field = not ends.get[name] and schema.of "flow".names[name]
   get[name] = ends.get[name] or field and field.part and inside(field.part, field)
      or not field and given(name) or false
   return get[name]
end })

-- A part has its own members; what it does not know is asked of the flow.
local function stranger(_, name)
   local field, why = schema.field("flow", name)
   error(field and ("'%s' is asked of the flow itself"):format(name) or why, 2)
end

ffi.metatype("struct weir_stats", { __index = stranger })
ffi.metatype("struct weir_facts", { __index = stranger })

ffi.metatype("struct weir_flow", {
   __index = ends.index("flow", get),
   __tostring = function (f)
      return ("flow %d: %s > %s, %s, %d bytes"):format(f.flow_id, get.src_ip(f) or "?",
         get.dest_ip(f) or "?", get.proto(f) or "?", f.bytes_toserver + f.bytes_toclient)
   end,
})

-- When a flow began, and a second of it: seconds since 1970.
local timed = setmetatable({}, { __index = ends.get })

local of_second = setmetatable({}, { __index = timed })
add_names(of_second)

function timed.time(record) return tonumber(record.ns) / 1e9 end

ffi.metatype("struct weir_second", { __index = ends.index("second", of_second) })
ffi.metatype("struct weir_begin", { __index = ends.index("begin", timed) })

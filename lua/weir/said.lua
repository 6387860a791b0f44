-- What can be asked of the records of protocols.
--
--    record.rrname  record.answers[1].rdata  record.src_ip  record.time
--
-- Texts are strings, lists are arrays: of strings, or of tables with the names of their fields.
-- What a record does not have is nil.

local ffi       = require "ffi"
local bit       = require "bit"
local abi       = require "weir.abi"
local address   = require "weir.address"
local community = require "weir.community"
local ends      = require "weir.ends"
local schema    = require "weir.schema"
local slice     = require "weir.slice"

local C, band = abi.C, bit.band
local bytes = ffi.typeof "const uint8_t *"

local get = setmetatable({}, { __index = ends.get })     -- of every record, by name

function get.time(record) return tonumber(record.ns) / 1e9 end

function get.event_type(record) return schema.kinds[record.kind + 1] end

function get.community_id(record)
   if band(record.has, C.WEIR_HAS_IP) == 0 then return nil end
   return community(record)
end

-- In a compiled loop over names LuaJIT may ask here for what the struct has itself: then the name
-- has to stand in the code.
for _, member in ipairs(abi.members "weir_said") do
   local name = member.name
   get[name] = get[name] or loadstring(("return function (r) return r.%s end"):format(name))()
end

-- By `as` of a field: what Lua reads.  `home` is the record's batch, which may have gone on: then
-- what is read are other texts and rows, or none.
local read = {}

local function text_of(home, text)
   if text.size == 0 or text.at + text.size >= home.words_size then return nil end
   return ffi.string(home.words + text.at, text.size)
end

function read.string(home, row, field) return text_of(home, row[field.member]) end

-- Bytes that are looked at and not copied; nil when there are none.
function read.slice(home, row, field)
   local text = row[field.member]
   if text.size == 0 or text.at + text.size >= home.words_size then return nil end
   return slice.new(ffi.cast(bytes, home.words) + text.at, text.size)
end

function read.boolean(_, row, field) return row[field.member] ~= 0 end

local function named(_, row, field)
   local number = row[field.member]
   if number == 0 and field.skip_zero then return nil end
   return field.names[number] or tostring(number)
end
read.name8, read.name16 = named, named

function read.time(_, row, field)
   local ns = tonumber(row[field.member])
   if ns == 0 and field.skip_zero then return nil end
   return ns / 1e9
end

function read.plain(_, row, field) return row[field.member] end

function read.ether(_, row, field) return (address.mac(row[field.member])) end

local function value_of(home, row, field)
   return ((read[field.as] or read.plain)(home, row, field))
end

local function table_of(home, row, kind)
   local found = {}
   for _, field in ipairs(kind) do found[field.name] = value_of(home, row, field) end
   return found
end

local function each(home, row, field, make)
   local list, rows, found = row[field.member], home[field.rows.records], {}
   if list.first + list.count > home[field.rows.records .. "_count"] then return found end
   for i = 1, list.count do found[i] = make(home, rows[list.first + i - 1], field.rows) end
   return found
end

function read.table(home, row, field) return each(home, row, field, table_of) end

function read.series(home, row, field)
   return each(home, row, field, function (_, one, kind) return one[kind[1].member] end)
end

function read.strings(home, row, field)
   return each(home, row, field, function (_, text) return text_of(home, text) or "" end)
end

function read.numbers(home, row, field)
   return each(home, row, field, function (_, number) return number.number end)
end

-- The data of a list's rows, by what their first field says.
function read.grouped(home, row, field)
   local groups = {}
   each(home, row, field, function (_, one, kind)
      local name, value = value_of(home, one, kind[1]), value_of(home, one, kind[2])
      groups[name] = groups[name] or value and {}
      table.insert(groups[name] or {}, value)
   end)
   return groups
end

-- The getters of a kind: those of every record, and of its own fields.
local function getters(kind)
   local own = setmetatable({}, { __index = get })
   for _, field in ipairs(kind) do
      local f, mask = read[field.slice and "slice" or field.as] or read.plain, field.mask
      local member = kind.members[field.name]
      local is_read = field.as == "constant" or field.member == "ns" or get[field.name]
         or member and member.key == field.name
      if not is_read then
         own[field.name] = function (record)
            if record.home ~= nil and band(record.has, mask) == mask then
               return (f(record.home, record, field))
            end
         end
      end
   end
   return own
end

-- Looks a field up in a record; the kind's schema is loaded with the first one that is asked.
local function index(kind)
   local look
   return function (record, name)
      look = look or ends.index(kind, getters(schema.of(kind)))
      return (look(record, name))
   end
end

-- One metatype for each struct: kinds that share one have the same fields.
local known = {}
for _, kind in ipairs(schema.protocols) do
   local struct = schema.struct(kind)
   if not known[struct] then ffi.metatype("struct " .. struct, { __index = index(kind) }) end
   known[struct] = true
end

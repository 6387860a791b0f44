-- Databases of exchanges, as Stratosphere records them: what is in their rows, as the records of a
-- capture are.  weir.open reads them; here is what is of them alone.
--
--    print(sample.is "probe.db")                         -- whether there are exchanges in it

local ffi    = require "ffi"
local abi    = require "weir.abi"
local schema = require "weir.schema"

local C = abi.C
local sample = {}
sample.__index = sample

local counts = ffi.new "struct weir_sample_counts"       -- filled and read at once
local known                                              -- the columns that are read, as C has them

-- The columns of schema/exchange.lua that say something; their names stay as long as the schema.
local function columns()
   if known then return known.array, known.count end
   local list = {}
   for _, column in ipairs(schema.of "exchange".columns) do
      if column.part then list[#list + 1] = column end
   end
   known = { array = ffi.new("struct weir_sample_column[?]", #list), count = #list }
   for i, column in ipairs(list) do
      local c = known.array[i - 1]
      c.name, c.part = column.name, C["WEIR_ROW_" .. column.part]
      c.of = C["WEIR_OF_" .. column.of]
   end
   return known.array, known.count
end

-- A zone: "utc", "local", or as "+02:00".  Returns the seconds east of UTC and whether it is that
-- of this machine; or nil and the reason.
function sample.zone(text)
   if text == "utc" then return 0, false end
   if text == "local" then return 0, true end
   local sign, hours, minutes = text:match "^([+-])(%d%d):?(%d%d)$"
   if not sign or tonumber(hours) > 23 or tonumber(minutes) > 59 then
      return nil, ("no zone '%s': it can be utc, local, or as +02:00"):format(text)
   end
   return (hours * 3600 + minutes * 60) * (sign == "-" and -1 or 1), false
end

-- Opens a database; `zone` is that of its times, "utc" unless told; `follow`: at its end, wait for
-- rows that others add.  Returns nil and the reason when there are no exchanges in it.
function sample.open(path, zone, follow)
   local east, is_local = sample.zone(zone or "utc")
   if not east then return nil, is_local end
   local o = ffi.new "struct weir_sample_options"
   o.columns, o.column_count = columns()
   o.zone, o["local"], o.follow = east, is_local and 1 or 0, follow and 1 or 0
   local handle = C.weir_sample_open(path, o)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_sample_close) }, sample)
end

-- Whether a file is an SQLite database, of whatever.
function sample.is_database(path) return C.weir_is_database(path) ~= 0 end

-- Whether there are exchanges in a file; one that is damaged may look like it.
function sample.is(path)
   if C.weir_sample_shows(path) ~= 0 then return true end
   if not sample.is_database(path) then return false end
   local opened = sample.open(path)
   if opened then opened:close() end
   return opened ~= nil
end

local room = ffi.new "char[37]"

-- What the row of an exchange is called: as in the database that it is from, or by a name that
-- follows from who, when and what.
function sample.id(exchange)
   if exchange.row_id then return exchange.row_id end
   C.weir_exchange_id(exchange, room)
   return ffi.string(room, 36)
end

-- { rows, total, bad_headers, bad_times, cut_bodies }: how far it has been read, and what was odd.
function sample:counts()
   C.weir_sample_count(self.handle, counts)
   return {
      rows = counts.rows, total = counts.total, bad_headers = counts.bad_headers,
      bad_times = counts.bad_times, cut_bodies = counts.cut_bodies,
   }
end

-- Why no more rows could be read; nil while it is sound.
function sample:damage() return abi.text(C.weir_sample_damage(self.handle)) end

function sample:close()
   if self.handle then C.weir_sample_close(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

return sample

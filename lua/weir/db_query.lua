-- A statement of SQLite: its parameters get values, its rows are read; by weir.db, which makes it.

local ffi = require "ffi"
local abi = require "weir.abi"

local C, result = abi.C, abi.result
local EXACT = 2 ^ 53                      -- up to there a double tells whole numbers apart

local db_query, query = {}, {}
query.__index = query

-- ---- values ------------------------------------------------------------------------------

local blob = {}

-- A string that is bound as a blob, not as a text.
function db_query.blob(bytes) return setmetatable({ bytes = bytes }, blob) end

local function bind_number(handle, i, value)
   if value % 1 == 0 and value >= -EXACT and value <= EXACT then
      return C.weir_query_integer(handle, i, value)
   end
   return C.weir_query_number(handle, i, value)
end

local function bind_cdata(handle, i, value)
   if ffi.istype("int64_t", value) then return C.weir_query_integer(handle, i, value) end
   if ffi.istype("uint64_t", value) and value < 2ULL ^ 63 then
      return C.weir_query_integer(handle, i, ffi.cast("int64_t", value))
   end
   if value == nil then return C.weir_query_null(handle, i) end
end

local binders = { number = bind_number, cdata = bind_cdata }
binders["nil"] = function (handle, i) return C.weir_query_null(handle, i) end
function binders.boolean(handle, i, value)
   return C.weir_query_integer(handle, i, value and 1 or 0)
end
function binders.string(handle, i, value) return C.weir_query_text(handle, i, value, #value) end
function binders.table(handle, i, value)
   if getmetatable(value) ~= blob then return nil end
   return C.weir_query_blob(handle, i, value.bytes, #value.bytes)
end

local function bind(handle, i, value, level)
   local binder = binders[type(value)]
   local status = binder and binder(handle, i, value)
   if not status then
      error(("a %s is no value of a database"):format(type(value)), level + 1)
   end
   return result(status)
end

local kinds = { [0] = "null", "integer", "number", "text", "blob" }

-- Of which kind value `i` (from 0) of a batch is.
function db_query.kind_of(rows, i) return kinds[rows.values[i].kind] end

-- Value `i` (from 0) of the rows of a batch.
local function value_of(rows, i)
   local value = rows.values[i]
   local kind = value.kind
   if kind == C.WEIR_VALUE_NUMBER then return value.number end
   if kind == C.WEIR_VALUE_INTEGER then
      local number = value.number
      if number > -EXACT and number < EXACT then return number end
      return value.exact
   end
   if kind == C.WEIR_VALUE_NULL then return nil end
   return ffi.string(ffi.cast("const char *", rows.text) + value.at, value.size)
end
db_query.value_of = value_of

-- ---- statements --------------------------------------------------------------------------

local function living(self) return self.handle or error("the query is closed", 3) end

function query:close()
   if self.handle then C.weir_query_free(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

-- The names of its columns, and their types as declared (or false).
function query:columns()
   local handle, names, types = living(self), {}, {}
   for i = 1, C.weir_query_columns(handle) do
      names[i] = abi.text(C.weir_query_name(handle, i - 1)) or ""
      types[i] = abi.text(C.weir_query_type(handle, i - 1)) or false
   end
   return names, types
end

-- The names of its parameters, with their first character; false for one without a name.
function query:parameters()
   local handle, names = living(self), {}
   for i = 1, C.weir_query_parameters(handle) do
      names[i] = abi.text(C.weir_query_parameter(handle, i)) or false
   end
   return names
end

-- Whether it changes nothing.
function query:reads() return C.weir_query_reads(living(self)) ~= 0 end

local function bind_names(self, values, level)
   for i, name in ipairs(self:parameters()) do
      local ok, why = bind(self.handle, i, name and values[name:sub(2)], level + 1)
      if not ok then return nil, why end
   end
   return self
end

-- Gives them their values; what is wrong with these is an error at `level`.
local function bind_all(self, level, count, ...)
   local handle, first = living(self), ...
   C.weir_query_reset(handle)
   local wanted = C.weir_query_parameters(handle)
   if count == 1 and type(first) == "table" and getmetatable(first) ~= blob then
      return bind_names(self, first, level + 1)
   end
   if count ~= wanted then
      error(("the query has %d parameters, %d values are given"):format(wanted, count), level + 1)
   end
   for i = 1, count do
      local ok, why = bind(handle, i, (select(i, ...)), level + 1)
      if not ok then return nil, why end
   end
   return self
end

db_query.bind_all = bind_all

-- Gives its parameters their values, in order; or those that have names, as one table.
function query:bind(...) return bind_all(self, 2, select("#", ...), ...) end

-- Runs it to its end; with values they are bound before.
function query:run(...)
   local count = select("#", ...)
   if count > 0 then
      local ok, why = bind_all(self, 2, count, ...)
      if not ok then return nil, why end
   end
   return result(C.weir_query_run(living(self)))
end

-- Runs it with the first `count` values of an array, of which any may be nil.
function query:put(values, count)
   local handle = living(self)
   C.weir_query_reset(handle)
   for i = 1, count do
      local ok, why = bind(handle, i, values[i], 2)
      if not ok then return nil, why end
   end
   return result(C.weir_query_run(handle))
end

-- The next rows as a struct weir_rows, which stays until the next read, and how many; nil after
-- the last; nil and the reason.
function query:read(most)
   local out = self.out or ffi.new "const struct weir_rows *[1]"
   self.out = out
   local n = C.weir_query_read(living(self), most or 0, out)
   if n >= 0 then return out[0], n end
   if n ~= C.WEIR_END then return nil, abi.reason() end
end

-- Iterates over batches: struct weir_rows, and how many rows they are.
function query:batches()
   return function ()
      local rows, n = self:read()
      if not rows and n then error(n, 2) end
      return rows, n
   end
end

local function row_of(rows, r, names)
   local row, first = {}, r * rows.column_count - 1
   for i = 1, rows.column_count do row[names[i]] = value_of(rows, first + i) end
   return row
end

db_query.row_of = row_of

-- Iterates over rows: tables by the names of columns.
function query:rows()
   local rows, n, at, names = nil, 0, 0, nil
   return function ()
      if at == n then
         if self.is_lost then error("the database was written to while this was read", 2) end
         rows, n = self:read()
         if not rows then
            if n then error(n, 2) end
            if self.give_back then return self.give_back(self.base, self) end
            at, n = 0, 0
            return nil
         end
         at, names = 0, names or self:columns()
      end
      at = at + 1
      return row_of(rows, at - 1, names)
   end
end

-- What a query is; `handle`, `base` and `text` are given by who makes it.
db_query.class = query

return db_query

-- SQLite databases.
--
--    local base = db.open("x.db", { mode = "create" })
--    base:run("INSERT INTO host VALUES (?, :name)", 7, "router")
--    for row in base:rows "SELECT id, name FROM host" do print(row.id, row.name) end
--
-- NULL is nil, integers beyond 2^53 are int64_t, texts and blobs are strings with the bytes of the
-- file.  What is said of files and of SQL is nil and the reason; within loops it is an error.

local ffi = require "ffi"
local abi = require "weir.abi"

local C, result = abi.C, abi.result
local KEPT = 64                           -- queries that a connection keeps for the next time
local EXACT = 2 ^ 53                      -- up to there a double tells whole numbers apart

local db, query = {}, {}
db.__index, query.__index = db, query

local modes = {
   read = C.WEIR_DB_READ, write = C.WEIR_DB_WRITE, create = C.WEIR_DB_CREATE,
   foreign = C.WEIR_DB_FOREIGN, immutable = C.WEIR_DB_IMMUTABLE,
}

local function mode_of(mode)
   return modes[mode or "read"] or error(("no mode '%s' of a database"):format(mode), 3)
end

-- A layout by its name, or as { name, sql, application }; what must live as long comes second.
local function layout_of(layout)
   if not layout then return nil end
   if type(layout) == "table" then
      local made = ffi.new("struct weir_layout", layout.name, layout.sql, layout.application)
      return made, layout
   end
   local found = C.weir_layout_find(layout)
   return found ~= nil and found or error(abi.reason(), 3)
end

local function lent() return setmetatable({}, { __mode = "k" }) end

-- Opens a database: options are `mode` ("read" unless told) and `layout`, for weir_db_open.
function db.open(path, options)
   options = options or {}
   local layout = layout_of(options.layout)
   local handle = C.weir_db_open(path, mode_of(options.mode), layout)
   if handle == nil then return nil, abi.reason() end
   local self = { handle = ffi.gc(handle, C.weir_db_close), path = path }
   self.kept, self.kept_count, self.lent = {}, 0, lent()    -- queries by their text; to loops
   return setmetatable(self, db)
end

local function open(self) return self.handle or error("the database is closed", 3) end

-- Closes now.  Queries that are left go on to their end.
function db:close()
   for _, kept in pairs(self.kept) do kept:close() end
   if self.handle then C.weir_db_close(ffi.gc(self.handle, nil)) end
   self.handle, self.kept, self.kept_count = nil, {}, 0
end

-- ---- values ------------------------------------------------------------------------------

local blob = {}

-- A string that is bound as a blob, not as a text.
function db.blob(bytes) return setmetatable({ bytes = bytes }, blob) end

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
function db.kind_of(rows, i) return kinds[rows.values[i].kind] end

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
db.value_of = value_of

-- ---- queries -----------------------------------------------------------------------------

-- Prepares the first statement of a text, from byte `from` (1) on.  Returns the query and where
-- the next one begins; nil alone when there is none; nil and the reason.
function db:query(text, from)
   from = from or 1
   local stop = ffi.new "uint32_t[1]"
   local at = ffi.cast("const char *", text) + (from - 1)
   local handle = C.weir_query_new(open(self), at, #text - from + 1, stop)
   if handle ~= nil then
      local made = { handle = ffi.gc(handle, C.weir_query_free), base = self, text = text }
      return setmetatable(made, query), from + stop[0]
   end
   if C.weir_error_status() == C.WEIR_END then return nil end
   return nil, abi.reason()
end

-- Prepares a text that is one statement.  Returns nil and the reason when that fails, or, with true
-- behind it, when another statement follows, which nobody would run.
function db:single(text)
   local made, next_at = self:query(text)
   if not made then return nil, next_at or "a text without a statement" end
   if next_at > #text then return made end
   local more, why = self:query(text, next_at)
   if not more and not why then return made end
   made:close()
   if more then more:close() end
   return nil, "more than one statement, where one is taken", true
end

-- The query of a text that is one statement: one that was given back, or a new one.
local function take(self, text)
   local found = self.kept[text]
   if found then
      self.kept[text], self.kept_count = nil, self.kept_count - 1
      return found
   end
   return self:single(text)
end

-- Keeps a query for the next time.  A loop that is left never gives it back.
local function give_back(self, made)
   made.is_borrowed, self.lent[made] = nil, nil
   if self.kept_count == KEPT then self.kept, self.kept_count = {}, 0 end
   if not self.handle or self.kept[made.text] then return made:close() end
   self.kept[made.text], self.kept_count = made, self.kept_count + 1
end

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

-- Iterates over rows: tables by the names of columns.
function query:rows()
   local rows, n, at, names = nil, 0, 0, nil
   return function ()
      if at == n then
         if self.is_lost then error("the database was written to while this was read", 2) end
         rows, n = self:read()
         if not rows then
            if n then error(n, 2) end
            if self.is_borrowed then return give_back(self.base, self) end
            at, n = 0, 0
            return nil
         end
         at, names = 0, names or self:columns()
      end
      at = at + 1
      return row_of(rows, at - 1, names)
   end
end

-- ---- at once -----------------------------------------------------------------------------

local function ready(self, level, text, ...)
   local made, why = take(self, text)
   if not made then return nil, why end
   return bind_all(made, level + 1, select("#", ...), ...)
end

-- A loop that was left may still read, and others have written since: then nobody can write in
-- this connection.  What still reads is given up, which is an error for a loop that does go on.
local function unless_stale(self, act, with)
   local ok, why = act(with)
   if ok or C.weir_db_stale(self.handle) == 0 or not next(self.lent) then return ok, why end
   for made in pairs(self.lent) do
      C.weir_query_reset(made.handle)
      made.is_lost = true
   end
   self.lent = lent()
   return act(with)
end

-- Runs one statement with values; or all statements of a text.
function db:run(text, ...)
   if select("#", ...) == 0 then return result(C.weir_db_run(open(self), text, #text)) end
   local made, why = ready(self, 2, text, ...)
   if not made then return nil, why end
   local ok
   ok, why = unless_stale(self, made.run, made)
   give_back(self, made)
   return ok, why
end

-- Iterates over the rows of a statement, as tables.
function db:rows(text, ...)
   local made, why = ready(self, 2, text, ...)
   if not made then error(why, 2) end
   made.is_borrowed, self.lent[made] = true, true
   return made:rows()
end

-- All rows, as an array of tables.
function db:all(text, ...)
   local made, why = ready(self, 2, text, ...)
   if not made then return nil, why end
   local list, names = {}, nil
   local rows, n = made:read()
   while rows do
      names = names or made:columns()
      for r = 0, n - 1 do list[#list + 1] = row_of(rows, r, names) end
      rows, n = made:read()
   end
   if n then return nil, n end
   give_back(self, made)
   return list
end

-- The values of the first row.  Nothing when there is none; nil and the reason.
function db:first(text, ...)
   local made, why = ready(self, 2, text, ...)
   if not made then return nil, why end
   local rows, n = made:read(1)
   if not rows and n then return nil, n end
   local values, width = {}, rows and rows.column_count or 0
   for i = 1, width do values[i] = value_of(rows, i - 1) end
   C.weir_query_reset(made.handle)
   give_back(self, made)
   return unpack(values, 1, width)
end

-- ---- transactions ------------------------------------------------------------------------

local function begin(handle) return result(C.weir_db_begin(handle)) end

function db:begin() return unless_stale(self, begin, open(self)) end
function db:commit() return result(C.weir_db_commit(open(self))) end
function db:rollback() return result(C.weir_db_rollback(open(self))) end
function db:in_transaction() return C.weir_db_in_transaction(open(self)) ~= 0 end

-- Calls `body(...)` within a transaction that writes, which nobody sees half of.  When it fails
-- with an error nothing has been done, and the error goes on.
function db:transaction(body, ...)
   local begun, why = self:begin()
   if not begun then return nil, why end
   local ok, problem = pcall(body, ...)
   if not ok then
      self:rollback()
      error(problem, 0)
   end
   local done, reason = self:commit()
   if not done then self:rollback() end
   return done, reason
end

-- ---- files, limits -----------------------------------------------------------------------

-- One more file, as `name` in SQL; and what the first is called beside "main".
function db:attach(path, name, mode)
   return result(C.weir_db_attach(open(self), path, name, mode_of(mode)))
end
function db:name(name) return result(C.weir_db_name(open(self), name)) end

-- From now on it only reads, whatever it is asked.
function db:guard() return result(C.weir_db_guard(open(self))) end

-- What ends a query early: the signal that host.watch waits for; so many seconds from now.
function db:stops(on) C.weir_db_stops(open(self), on and 1 or 0) end
function db:limit(seconds) C.weir_db_limit(open(self), seconds or 0) end
function db:interrupt() C.weir_db_interrupt(open(self)) end

-- How long it waits for other processes, in seconds: two minutes unless told.
function db:patience(seconds) C.weir_db_patience(open(self), seconds) end

-- How many rows the last statement changed, and the id of the row inserted last.
function db:changes() return C.weir_db_changes(open(self)) end
function db:last_id()
   local id = C.weir_db_last_id(open(self))
   return id > -2LL ^ 53 and id < 2LL ^ 53 and tonumber(id) or id
end

-- Where in the text the last failure was, from 1; nil when SQLite does not say.
function db:error_at()
   local at = C.weir_db_error_at(open(self))
   return at >= 0 and at + 1 or nil
end

-- Whether the file is in order; or nil and the first thing that is not.
function db:check()
   local said, why = self:first "PRAGMA integrity_check(1)"
   if said == "ok" then return true end
   return nil, said or why
end

-- What the last failure was: "stopped" (by a signal, or in time), "query" (it makes no sense), or
-- "file".
function db.trouble()
   local status = C.weir_error_status()
   return status == C.WEIR_STOPPED and "stopped" or status == C.WEIR_MISUSE and "query" or "file"
end

-- Whether a text ends where a statement does.
function db.complete(text) return C.weir_db_complete(text) ~= 0 end

-- A name as it stands in SQL.
function db.quote(name) return '"' .. name:gsub('"', '""') .. '"' end

return db

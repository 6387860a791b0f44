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
local db_query = require "weir.db_query"

local C, result = abi.C, abi.result
local KEPT = 64                           -- queries that a connection keeps for the next time

local bind_all, value_of, row_of = db_query.bind_all, db_query.value_of, db_query.row_of

local db = { blob = db_query.blob, kind_of = db_query.kind_of, value_of = value_of }
db.__index = db

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
      return setmetatable(made, db_query.class), from + stop[0]
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
   made.give_back, self.lent[made] = nil, nil
   if self.kept_count == KEPT then self.kept, self.kept_count = {}, 0 end
   if not self.handle or self.kept[made.text] then return made:close() end
   self.kept[made.text], self.kept_count = made, self.kept_count + 1
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
   made.give_back, self.lent[made] = give_back, true
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

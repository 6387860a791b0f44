-- The tables and views of traffic.db that are made of schemas: brought up to date whenever the
-- file is opened for writing, so that a field that is new has its column.

local columns = require "weir.traffic.columns"

local tables = {}

local function quoted(name) return '"' .. name .. '"' end

-- The columns of a table as SQL declares them.
local function declared(head, fields)
   local list = { unpack(head) }
   for _, field in ipairs(fields) do list[#list + 1] = quoted(field.name) .. " " .. field.type end
   return table.concat(list, ", ")
end

local FLOW = {
   "flow_id INTEGER PRIMARY KEY", "timestamp INTEGER NOT NULL",
   "talk_id INTEGER NOT NULL REFERENCES talk", "name_id INTEGER NOT NULL REFERENCES name",
}
local SAID = {
   "row_id INTEGER PRIMARY KEY", "flow_id INTEGER", "timestamp INTEGER NOT NULL",
   "talk_id INTEGER NOT NULL REFERENCES talk", "source_id INTEGER NOT NULL REFERENCES source",
}

-- What makes the tables of a kind where they are missing.
local function create(kind)
   local head = kind.kind == "flow" and FLOW or SAID
   local list = {
      ("CREATE TABLE IF NOT EXISTS %s (%s) STRICT"):format(kind.rows, declared(head, kind.stored)),
      ("CREATE INDEX IF NOT EXISTS %s_time ON %s (timestamp)"):format(kind.view, kind.rows),
      ("CREATE INDEX IF NOT EXISTS %s_talk ON %s (talk_id)"):format(kind.view, kind.rows),
   }
   if kind.kind == "flow" then
      list[#list + 1] = ("CREATE INDEX IF NOT EXISTS %s_name ON %s (name_id) WHERE name_id > 0")
         :format(kind.view, kind.rows)
      list[#list + 1] = ("CREATE TABLE IF NOT EXISTS %s (%s) STRICT"):format(kind.more,
         declared({ ("flow_id INTEGER PRIMARY KEY REFERENCES %s"):format(kind.rows) }, kind.apart))
   end
   return list
end

-- Adds the columns that a table does not have yet.
local function widen(base, name, fields)
   local has = {}
   for row in base:rows(("PRAGMA table_info(%s)"):format(name)) do has[row.name] = true end
   for _, field in ipairs(fields) do
      if not has[field.name] then
         local ok, why = base:run(("ALTER TABLE %s ADD COLUMN %s %s"):format(name,
            quoted(field.name), field.type))
         if not ok then error(why, 0) end
      end
   end
end

local function run(base, text)
   local ok, why = base:run(text)
   if not ok then error(why, 0) end
end

-- Makes a view, or makes it anew when it is another by now.
local function set_view(base, kind)
   local wanted = ("CREATE VIEW %s AS %s"):format(kind.view, columns.select(kind))
   local there = base:first("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?",
      kind.view)
   if there == wanted then return end
   run(base, ("DROP VIEW IF EXISTS %s"):format(kind.view))
   run(base, wanted)
end

-- Whether all is as it should be: nothing need be written then.
local function is_made(base, kinds)
   for _, kind in ipairs(kinds) do
      local there = base:first("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?",
         kind.view)
      if there ~= ("CREATE VIEW %s AS %s"):format(kind.view, columns.select(kind)) then
         return false
      end
   end
   return true
end

-- Brings the tables and views of these kinds (of weir.traffic.columns) up to date.  Returns nil
-- and the reason when that fails.
function tables.make(base, kinds)
   if is_made(base, kinds) then return true end
   local ok, done, why = pcall(base.transaction, base, function ()
      for _, kind in ipairs(kinds) do
         if kind.kind ~= "second" then
            for _, text in ipairs(create(kind)) do run(base, text) end
            widen(base, kind.rows, kind.stored)
            if kind.kind == "flow" then widen(base, kind.more, kind.apart) end
         end
         set_view(base, kind)
      end
   end)
   if not ok then return nil, done end
   return done, why
end

-- ---- what is done with rows ---------------------------------------------------------------------

local function parameters(from, fields)
   local list, names = {}, {}
   for i, field in ipairs(fields) do
      list[i], names[i] = "?" .. (from + i - 1), quoted(field.name)
   end
   return names, list
end

local function insert(name, head, numbers, from, fields)
   local names, values = parameters(from, fields)
   return ("INSERT OR FAIL INTO %s (%s) VALUES (%s)"):format(name,
      table.concat(head, ", ") .. (names[1] and ", " or "") .. table.concat(names, ", "),
      table.concat(numbers, ", ") .. (names[1] and ", " or "") .. table.concat(values, ", "))
end

local OLD = "(SELECT rowid FROM %s WHERE timestamp < ?1 ORDER BY timestamp, rowid LIMIT ?2)"

-- The statements of struct weir_traffic_table (weir.h).
function tables.statements(kind)
   local old = OLD:format(kind.rows)
   local list = { prune = ("DELETE FROM %s WHERE rowid IN %s"):format(kind.rows, old) }
   if kind.kind ~= "flow" then
      list.insert = insert(kind.rows, { "flow_id", "timestamp", "talk_id", "source_id" },
         { "?1", "?2", "?3", "?4" }, 6, kind.stored)
      return list
   end
   list.insert = insert(kind.rows, { "flow_id", "timestamp", "talk_id", "name_id" },
      { "?1", "?2", "?3", "?5" }, 6, kind.stored)
   list.more = insert(kind.more, { "flow_id" }, { "?1" }, 2, kind.apart)
   list.prune_more = ("DELETE FROM %s WHERE rowid IN %s"):format(kind.more, old)
   return list
end

-- Deletes those of the talks ?1 < id <= ?2 that nothing is of any more.
function tables.sweep(kinds)
   local parts = {}
   for i, kind in ipairs(kinds) do
      parts[i] = ("NOT EXISTS (SELECT 1 FROM %s r WHERE r.talk_id = talk.id)"):format(kind.rows)
   end
   return ("DELETE FROM talk WHERE id > ?1 AND id <= ?2 AND %s"):format(
      table.concat(parts, " AND "))
end

return tables

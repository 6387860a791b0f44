-- Rows in a database: a table for each channel, a column for each field that came, each row once
-- by its `row_id`, however often it comes.
--
--    local rows = store.open "alerts.db"
--    rows:put("alerts", row)                -- what fails is an error
--    rows:commit()

local db     = require "weir.db"
local json   = require "weir.json"
local row    = require "weir.row"
local schema = require "weir.schema"
local text   = require "weir.text"
local values = require "weir.report.values"

local store = {}
store.__index = store

local COLUMNS = 500                       -- of a table: rows of others may have any

local function check(ok, why)
   if not ok then error(why, 0) end
   return ok
end

-- options: columns (the fields that are kept; all, unless told), tell(line).
function store.open(path, options)
   options = options or {}
   local columns = options.columns and options.columns[1] and options.columns
   local base = check(db.open(path, { mode = "create" }))
   return setmetatable({
      base = base, tables = {}, plain = row.plainly(columns), id_of = row.identifier(),
      tell = options.tell or function () end, wanted = columns,
   }, store)
end

-- ---- tables ------------------------------------------------------------------------------------

-- What a column of such values is declared as.  As a number it would make one of "007", too, where
-- texts come later.
local TYPES = { number = "", string = "TEXT", boolean = "", table = "TEXT" }

-- The names among those of a row that have no column yet, in the order of the kind's schema.
local function newcomers(self, known, one)
   local names, place = {}, {}
   local kind = schema.is_kind(one.event_type) and schema.of(one.event_type) or {}
   for i, field in ipairs(kind) do place[field.name] = i end
   for name, value in pairs(one) do
      local is_new = type(name) == "string" and known[name] == nil and TYPES[type(value)]
      local is_told = name == "row_id" or name == "event_type" and value == known.name
      if is_new and not is_told then names[#names + 1] = name end
   end
   for i, name in ipairs(self.wanted or {}) do place[name] = i - 1000 end
   table.sort(names, function (a, b)
      local x, y = place[a] or math.huge, place[b] or math.huge
      if x ~= y then return x < y end
      return a < b
   end)
   return names
end

local function add_column(self, known, name, kind)
   local folded = name:lower()
   if known.folded[folded] or #known >= COLUMNS or name:find "%z" then
      known[name] = false                -- as SQL has it, it is there; or no more fit
      return self.tell(("'%s' has no column in '%s'"):format(name, known.name))
   end
   check(self.base:run(("ALTER TABLE %s ADD COLUMN %s %s"):format(db.quote(known.name),
      db.quote(name), TYPES[kind])))
   known[#known + 1], known.folded[folded] = name, true
   known[name] = #known
end

-- The table of a channel: its columns by place, and their places by name.
local function open_table(self, channel)
   local name = db.quote(channel)
   check(self.base:run(("CREATE TABLE IF NOT EXISTS %s (row_id TEXT PRIMARY KEY)"):format(name)))
   local known = { name = channel, folded = {}, ascii = {} }
   if schema.is_kind(channel) then known.ascii = values.ascii(channel) end
   for _, column in ipairs(check(self.base:all(("PRAGMA table_info(%s)"):format(name)))) do
      known[#known + 1], known[column.name] = column.name, #known + 1
      known.folded[column.name:lower()] = true
      if column.name == "row_id" and column.pk == 1 then known.has_key = true end
   end
   if not known.has_key then
      error(("'%s' has a table '%s' that is not of such rows: name another file"):format(
         self.base.path, channel), 0)
   end
   self.tables[channel] = known
   return known
end

-- The statement that puts a row into a table as its columns are now.
local function prepare(self, known)
   local names = {}
   for i, name in ipairs(known) do names[i] = db.quote(name) end
   if known.insert then known.insert:close() end
   known.insert = check(self.base:query(("INSERT OR REPLACE INTO %s (%s) VALUES (%s)"):format(
      db.quote(known.name), table.concat(names, ", "), ("?, "):rep(#names - 1) .. "?")))
   known.row = {}
end

-- ---- rows --------------------------------------------------------------------------------------

local function value_of(known, name, value)
   local kind = type(value)
   if kind == "string" then
      return (known.ascii[name] or text.is_utf8(value)) and value or db.blob(value)
   end
   if kind == "number" then return value - value == 0 and values.reason(name, value) or nil end
   if kind == "table" then return json.encode(value) end
   return value
end

-- Makes columns for what has none.
local function grow(self, known, one)
   local before = #known
   for _, name in ipairs(newcomers(self, known, one)) do
      add_column(self, known, name, type(one[name]))
   end
   if not known.insert or #known > before then prepare(self, known) end
end

-- Puts a row into the table of a channel.  It is safe with the next commit.
function store:put(channel, one)
   local id, plain = self.id_of(one), self.plain(one)
   if type(id) ~= "string" then error("a row without a row_id cannot be kept", 0) end
   if not self.is_open then check(self.base:begin()) end
   self.is_open = true
   local known = self.tables[channel] or open_table(self, channel)
   for name in pairs(plain) do
      if not known.insert or known[name] == nil and name ~= "event_type" then
         grow(self, known, plain)
         break
      end
   end
   local cells = known.row
   for i, name in ipairs(known) do cells[i] = value_of(known, name, plain[name]) end
   cells[1] = id
   check(known.insert:put(cells, #known))
end

-- Makes safe what was put.
function store:commit()
   if not self.is_open then return end
   self.is_open = false
   check(self.base:commit())
end

function store:close()
   for _, known in pairs(self.tables) do
      if known.insert then known.insert:close() end
   end
   self.base:close()
end

return store

-- Runs the statements of a text, one by one, and the words with a dot that say what there is.
--
--    local runner = run.new { base = base, list = list, shape = shape }
--    local ok, why, code, place = runner:text "SELECT 1; .tables"

local attach = require "weir.attach"
local db     = require "weir.db"
local host   = require "weir.host"
local report = require "weir.cli.report"
local text   = require "weir.text"

local run = {}
run.__index = run

local exit = report.exit

-- Options: `base` and `list` as attach.open gives them, `out`, `shape` as show.new does, `count`
-- (rows of each query), `seconds` (of each query), `values` of parameters by name, `ask` (somebody
-- at a prompt).
function run.new(options) return setmetatable(options, run) end

-- ---- what went wrong -------------------------------------------------------------------------

-- The line of a text that a byte is in, with a mark below it.
local function line_at(source, at)
   local first = #source:sub(1, at - 1):match "[^\n]*$"
   local line = source:sub(at - first):match "[^\n]*"
   local before = text.width(text.safe(line:sub(1, first)))
   return "  " .. text.safe(line) .. "\n  " .. (" "):rep(before) .. "^"
end

local function code_of()
   local trouble = db.trouble()
   if trouble == "stopped" then return host.stopped() and exit.interrupted or exit.unreadable end
   return trouble == "query" and exit.usage or exit.unreadable
end

-- `from`: where in the text the statement begins.
local function failed(self, why, source, from)
   local code, at = code_of(), self.base:error_at()
   local place = code == exit.usage and at and line_at(source, from + at - 1) or nil
   return nil, attach.explain(why), code, place
end

-- ---- a statement -----------------------------------------------------------------------------

-- What a parameter is given: a number if it looks like one.
local function value_of(word)
   if word:find "^-?%d+$" and #word < 16 then return tonumber(word) end
   return word:find "^-?%d+%.%d+$" and tonumber(word) or word
end

local function bind(self, query)
   local values = {}
   for _, name in ipairs(query:parameters()) do
      local plain = name and name:sub(2)
      local word = plain and self.values[plain]
      if not word then
         return nil, ("the query has a parameter '%s': say --set %s=VALUE"):format(name or "?",
            plain or "NAME")
      end
      values[plain] = value_of(word)
   end
   if next(values) then return query:bind(values) end
   return true
end

-- Reads and writes until there is no more; returns how many rows, and whether more are left.
local function write_rows(self, query)
   local shape, total, most = self.shape, 0, self.count or math.huge
   while total < most do
      local batch, n = query:read(most - total < 4096 and most - total or 0)
      if not batch then return not n and total, n or false end
      total = total + n
      local ok, why, gone = shape:write(batch, n)
      if not ok then return nil, why, gone and exit.closed or exit.unreadable end
      if host.stopped() then return nil, "stopped", exit.interrupted end
   end
   return total, query:read(1) ~= nil
end

local function tell(self, total, more)
   if not self.ask then return end
   local rows = total == 1 and "1 row" or total .. " rows"
   report.say(more and ("the first %s; -c shows more"):format(rows) or rows)
end

local function show(self, query, source, from)
   self.shape:begin((query:columns()))
   local total, more, code = write_rows(self, query)
   if not total and code then return nil, more, code end
   local ok, why, gone = self.shape:finish(not total)
   if not total then return failed(self, more, source, from) end
   if not ok then return nil, why, gone and exit.closed or exit.unreadable end
   tell(self, total, more)
   return true
end

local function execute(self, query, source, from)
   local ok, why = bind(self, query)
   if not ok then return nil, why, exit.usage end
   if #query:columns() > 0 then return show(self, query, source, from) end
   ok, why = query:run()
   if not ok then return failed(self, why, source, from) end
   local changed = not query:reads() and self.base:changes() or 0
   if self.ask and changed > 0 then
      report.say(("%d row%s changed"):format(changed, changed == 1 and "" or "s"))
   end
   return true
end

-- Runs the statement of a text that begins at `at`; returns where the next one does, or math.huge.
local function statement(self, source, at)
   self.base:limit(self.seconds)
   local query, next_at = self.base:query(source, at)
   if not query then
      if not next_at then return math.huge end
      return failed(self, next_at, source, at)
   end
   local ok, why, code, place = execute(self, query, source, at)
   query:close()
   if not ok then return nil, why, code, place end
   return next_at
end

-- ---- words with a dot ------------------------------------------------------------------------

local words = {}

local TABLES = [[
   SELECT schema || '.' || name AS name, type, ncol AS columns FROM pragma_table_list
   WHERE schema <> 'temp' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND type <> 'shadow'
   ORDER BY schema, name]]

local DATABASES = "SELECT name, file FROM pragma_database_list WHERE name <> 'temp'"

function words.tables(self) return statement(self, TABLES, 1) end

function words.databases(self)
   return statement(self, DATABASES, 1)
end

-- Lines of SQL, safe for a terminal.
local function shown(sql) return (sql:gsub("[^\n\t]+", text.safe)) end

local SCHEMA = [[
   SELECT sql FROM %s.sqlite_schema WHERE sql IS NOT NULL AND (?1 IS NULL OR tbl_name = ?1)
   ORDER BY tbl_name, rowid]]

-- The SQL of all that there is, or of what has that name: x, or kb.x.
function words.schema(self, name)
   local found = 0
   for _, one in ipairs(self.list) do
      local wanted = name and (name:match("^" .. one.name .. "%.(.+)$") or name)
      local rows, why = self.base:all(SCHEMA:format(db.quote(one.name)), wanted)
      if not rows then return nil, why, code_of() end
      if #rows > 0 then self.out:write(("-- %s, %s\n"):format(one.name, text.safe(one.path))) end
      for _, row in ipairs(rows) do self.out:write(shown(row.sql) .. ";\n") end
      found = found + #rows
   end
   if found == 0 and name then
      return nil, ("there is no '%s': .tables lists what there is"):format(name), exit.usage
   end
   return self.out:flush()
end

function words.help()
   report.page [[
SELECT …;         a query, which may go over several lines, up to its semicolon
.tables           what there is to ask
.schema [NAME]    how it was made
.databases        the files
.quit             leave, as Ctrl-D does
Ctrl-C ends a query.  What only reads is allowed, unless weir sql --write was said.
]]
   return true
end

local function word(self, line)
   local name, rest = line:match "^%s*%.(%w+)%s*(.-)[%s;]*$"
   if not words[name] then
      return nil, ("no command '%s': .tables, .schema, .databases, .help, .quit"):format(
         text.safe(line)), exit.usage
   end
   return words[name](self, rest ~= "" and rest or nil)
end

-- Runs a text: statements, and words that begin with a dot and end with their line.  Returns nil,
-- the reason, an exit code and lines that show where.
function run:text(source)
   local at = 1
   while at <= #source do
      local first, last = source:find("^%s*%.%a[^\n]*", at)
      local next_at, why, code, place
      if first then
         next_at, why, code = word(self, source:sub(first, last))
         next_at = next_at and last + 1
      else
         next_at, why, code, place = statement(self, source, at)
      end
      if not next_at then return nil, why, code, place end
      at = next_at
   end
   return true
end

return run

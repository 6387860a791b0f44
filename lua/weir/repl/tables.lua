-- What databases hold that can be asked as views: tables and views called as a kind of record, and
-- those of a knowledge base.
--
--    for _, found in ipairs(tables.of(base, list)) do print(found.view()) end

local db     = require "weir.db"
local schema = require "weir.schema"
local view   = require "weir.view"

local tables = {}

-- Of a knowledge base.
local FACTS = {
   entities = "What is known of: things, each of a type",
   relationships = "How entities are related",
   evidence = "Which records a fact was learnt from",
   runs = "Which extensions were run over what, and when",
}

-- Their times, which are seconds since 1970; a view has nanoseconds.
local TIMES = { first = true, last = true, started = true, ended = true }
local OF_SECONDS = "CAST(round(%s * 1e6) AS INTEGER) * 1000"

local CLASSES = { INT = "number", INTEGER = "number", REAL = "number", NUMERIC = "number" }

-- The columns of a table in SQL: names, and what is declared.
local function columns_of(base, database, name)
   local list = {}
   for row in base:rows("SELECT name, type FROM pragma_table_info(?, ?)", name, database) do
      list[#list + 1] = row
      list[row.name] = row
   end
   return list
end

-- A kind that is called otherwise: `flows` are one-second rows in traffic.db.
local CALLED = { biflow = "flow" }

local function kind_of(name)
   for _, kind in ipairs(schema.kinds) do
      if kind == (CALLED[name] or name) then return kind end
   end
end

-- A view of the fields that a kind has and the table, too.
local function of_kind(base, database, name, kind)
   return function ()
      local there, list = columns_of(base, database, name), {}
      for _, column in ipairs(require "weir.view.fields".of(kind)) do
         if there[column.name] then list[#list + 1] = column.name end
      end
      return view.of_table(base, { table = name, schema = database, kind = kind, columns = list })
   end
end

local function of_table(base, database, name)
   return function ()
      local list = {}
      for i, column in ipairs(columns_of(base, database, name)) do
         local is_time = TIMES[column.name] and column.type == "REAL"
         list[i] = { name = column.name, sql = is_time and OF_SECONDS:format(column.name) or nil,
            class = is_time and "time" or CLASSES[column.type:upper()] or "text" }
      end
      return view.of_table(base, { table = name, schema = database, columns = list })
   end
end

local NAMES = "SELECT name FROM %s.sqlite_schema WHERE type IN ('table', 'view') ORDER BY name"

-- What the databases of a connection hold, { name, path }: { name, kind, about, view }, which
-- is a function.
function tables.of(base, databases)
   local list = {}
   for _, database in ipairs(databases) do
      -- In a workspace the tables of that name that others have beside exchanges are not its own.
      local has_facts = database.name == "kb" or not databases[2]
      for row in base:rows(NAMES:format(db.quote(database.name))) do
         local kind, about = kind_of(row.name), FACTS[row.name]
         if kind then
            list[#list + 1] = { name = row.name, kind = kind, about = schema.what(kind),
               view = of_kind(base, database.name, row.name, kind) }
         elseif about and has_facts then
            list[#list + 1] = { name = row.name, about = about,
               view = of_table(base, database.name, row.name) }
         end
      end
   end
   return list
end

return tables

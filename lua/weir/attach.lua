-- Databases in one connection: files, and folders with those of a workspace.
--
--    local base, list = attach.open({ "weir-data", "x.db" }, { write = false })
--    base:first "SELECT count(*) FROM traffic.flows"

local db   = require "weir.db"
local host = require "weir.host"

local attach = {}

local WORKSPACE = { "traffic", "probe", "kb", "jobs" }
local OURS = 0x576569                     -- "Wei", as application_id begins in files of ours
local MOST = 11                           -- files in one connection, as SQLite has it

-- The name of a file in SQL: that of the file, as far as it can be a name.
local function name_of(path)
   local name = path:match("([^/]+)$"):gsub("%.[^.]*$", ""):gsub("[^%w_]", "_")
   if name == "main" or name == "temp" or name == "" or name:find "^%d" then name = "_" .. name end
   return name
end

-- A file that somebody else made is only looked at; one of ours may change while it is open.
function attach.mode(path, write)
   if write then return "write" end
   local base, why = db.open(path, { mode = "foreign" })
   if not base then return nil, why end
   local application = base:first "PRAGMA application_id"
   base:close()
   return application and math.floor(application / 256) == OURS and "read" or "foreign"
end

local function add(list, name, path)
   local unique, n = name, 1
   local taken = {}
   for _, one in ipairs(list) do taken[one.name:lower()] = true end
   while taken[unique:lower()] do
      n = n + 1
      unique = name .. n
   end
   list[#list + 1] = { name = unique, path = path }
end

local function add_folder(list, folder)
   local found = false
   for _, name in ipairs(WORKSPACE) do
      local path = ("%s/%s.db"):format(folder, name)
      if host.is_file(path) then
         add(list, name, path)
         found = true
      end
   end
   if found then return true end
   return nil, ("'%s' is no workspace: it has none of %s.db"):format(folder,
      table.concat(WORKSPACE, ".db, "))
end

-- The databases that words stand for: a list of { name, path }; or nil and the reason.
function attach.list(words)
   local list = {}
   for _, word in ipairs(words) do
      local ok, why = true, nil
      if host.is_folder(word) then
         ok, why = add_folder(list, word:gsub("(.)/+$", "%1"))
      else
         add(list, name_of(word), word)
      end
      if not ok then return nil, why end
   end
   return list
end

-- A name that several files have means none of them: a view in front of it fails with the choices.
local function refuse_ambiguous(base)
   local choices = base:all [[
      SELECT min(name) AS name, group_concat(schema || '.' || name, ' or ') AS choices
      FROM pragma_table_list WHERE schema <> 'temp' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
      GROUP BY lower(name) HAVING count(*) > 1]]
   for _, row in ipairs(choices or {}) do
      local text = ("several files have a table '%s': say %s"):format(row.name, row.choices)
      local ok, why = base:run(("CREATE TEMP VIEW %s AS SELECT * FROM temp.%s"):format(
         db.quote(row.name), db.quote(text)))
      if not ok then return nil, why end
   end
   return true
end

-- What SQLite says, also when it comes upon such a view.
function attach.explain(why) return (why:gsub("^no such table: temp%.(several files)", "%1")) end

-- Opens one more of the list: the first is `main` too, the others are attached to its connection.
local function open_one(base, one)
   if base then
      local ok, why = base:attach(one.path, one.name, one.mode)
      return ok and base, why
   end
   local why
   base, why = db.open(one.path, { mode = one.mode })
   if base then base:name(one.name) end
   return base, why
end

-- Opens a list of { name, path } in one connection, which only reads unless `write` is said;
-- or nil and the reason.  A name that several have is refused with the choices.
function attach.files(list, options)
   if #list == 0 then return nil, "no database is named" end
   if #list > MOST then return nil, ("more than %d databases at once"):format(MOST) end
   local base, why
   for _, one in ipairs(list) do
      one.mode, why = attach.mode(one.path, options.write)
      if not one.mode then return nil, why end
      base, why = open_one(base, one)
      if not base then return nil, why end
   end
   local ok
   ok, why = refuse_ambiguous(base)
   if ok and not options.write then ok, why = base:guard() end
   return ok and base, why
end

-- Opens all that the words name.  Returns the connection and the list; or nil and the reason.
function attach.open(words, options)
   local list, why = attach.list(words)
   if not list then return nil, why end
   local base
   base, why = attach.files(list, options)
   if not base then return nil, why end
   return base, list
end

return attach

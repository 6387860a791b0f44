-- What a session is given: what it is, and what it offers by name.  A new kind of input is an entry
-- in `kinds`.
--
--    local input = assert(inputs.open "x.pcap")       -- { path, is = "capture", offers, … }
--    print(input.flows)

local attach = require "weir.attach"
local facts  = require "weir.repl.facts"
local host   = require "weir.host"
local kb     = require "weir.kb"
local sample = require "weir.sample"
local schema = require "weir.schema"
local sql    = require "weir.repl.sql"
local tables = require "weir.repl.tables"
local text   = require "weir.text"
local view   = require "weir.view"
local views  = require "weir.views"
local weir   = require "weir"

local inputs = {}

-- ---- what there is ---------------------------------------------------------------------------

local function is_workspace(path) return host.is_folder(path) and attach.list { path } ~= nil end

-- What the records of a kind are called as a whole.
local function called(kind)
   return views.kind(kind .. "s") == kind and kind .. "s" or kind
end

-- The kinds of records of a capture: each as what it is called, made by its views.
local function offer_records(self)
   for _, kind in ipairs(schema.kinds) do
      local name = called(kind)
      if views.kind(name) == kind and kind ~= "stream" then
         self:offer(name, schema.what(kind), kind, function () return self.source[name] end)
      end
   end
end

-- What databases have: of record kinds what captures have, and the tables of a knowledge base.
local function offer_tables(self)
   for _, found in ipairs(tables.of(self.base, self.databases)) do
      local name = found.kind and called(found.kind) or found.name
      self:offer(name, found.about, found.kind, found.view)
   end
end

-- What the knowledge base of a workspace says besides its tables.
local function offer_facts(self, path)
   if not (self.offered.entities and self.offered.relationships) then return end
   local about = 'What was learnt: kb.entities, kb:find "…", kb:why "…"'
   self:offer("kb", about, nil, function ()
      local base, why = kb.open(path)
      if not base then error(why, 0) end
      return facts.stored(base, self.entities, self.relationships)
   end)
end

-- What a database of exchanges has: these, as a capture has them.
local function offer_exchanges(self, path)
   self:offer("exchanges", schema.what "exchange", "exchange", function ()
      local opened, why = weir.open(path)
      return opened and opened.exchanges or error(why, 0)
   end)
end

local function open_capture(self)
   local why
   self.source, why = weir.open(self.path, self.how)
   if not self.source then return nil, why end
   offer_records(self)
   return true
end

local function open_databases(self)
   local why
   self.databases = attach.list { self.path }
   self.base, why = sql.open(self.databases)
   if not self.base then return nil, why end
   for _, database in ipairs(self.databases) do
      if sample.is(database.path) then offer_exchanges(self, database.path) end
   end
   offer_tables(self)
   for _, database in ipairs(self.databases) do
      if database.name == "kb" then offer_facts(self, database.path) end
   end
   return true
end

-- Whether a path `is` one; what opens it: true, or nil and the reason; whether extensions can run
-- over it.
local kinds = {
   { name = "workspace", is = is_workspace, open = open_databases },
   { name = "sample database", is = sample.is, open = open_databases, is_read = true },
   { name = "database", is = sample.is_database, open = open_databases },
   { name = "capture", is = function () return true end, open = open_capture, is_read = true },
}

-- ---- one input -------------------------------------------------------------------------------

local input = {}

-- What is offered by a name is made when it is first asked for.
function input.__index(self, name)
   local own = rawget(input, name)
   if own ~= nil then return own end
   local offer = rawget(self, "offered")[name]
   if not offer then return nil end
   local made = offer.make()
   rawset(self, name, made)
   return made
end

function input.__tostring(self) return ("%s: a %s"):format(self.path, self.is) end

function input:offer(name, about, kind, make)
   if self.offered[name] then return end
   self.offered[name] = { name = name, about = about, kind = kind, make = make }
   self.offers[#self.offers + 1] = self.offered[name]
end

-- The input that a path stands for; nil and the reason when it cannot be read.  `how`: options of
-- weir.open for captures.
function inputs.open(path, how)
   for _, kind in ipairs(kinds) do
      if kind.is(path) then
         local self = setmetatable({
            path = path, is = kind.name, is_read = kind.is_read, how = how or {}, offers = {},
            offered = {}, databases = {},
         }, input)
         local ok, why = kind.open(self)
         if not ok then return nil, why end
         return self
      end
   end
end

-- ---- all inputs of a session --------------------------------------------------------------------

-- What is offered, each name once.
function inputs.offers(session)
   local list, seen = {}, {}
   for _, one in ipairs(session.inputs) do
      for _, offer in ipairs(one.offers) do
         if not seen[offer.name] then list[#list + 1] = offer end
         seen[offer.name] = true
      end
   end
   return list
end

-- Files of records, read as one; it stays for the next time.
local function together(session, list)
   local paths = {}
   for i, one in ipairs(list) do paths[i] = one.path end
   local key = table.concat(paths, "\0")
   session.together = session.together or {}
   local source, why = session.together[key], nil
   if not source then source, why = weir.open(paths, list[1].how) end
   session.together[key] = source
   return source or error(why, 0)
end

-- What a name stands for; nil when no input offers it.  Captures and sample databases that offer it
-- are asked together; which of others is meant has to be said.
function inputs.find(session, name)
   local list, places, are_read = {}, {}, true
   for i, one in ipairs(session.inputs) do
      if one.offered[name] then
         list[#list + 1] = one
         places[#places + 1] = ("inputs[%d].%s (%s)"):format(i, name, one.path)
         are_read = are_read and one.is_read
      end
   end
   if #list < 2 then return list[1] and list[1][name] end
   local kind = list[1].offered[name].kind
   if are_read and kind then return together(session, list)[name] end
   local choices = table.concat(places, " or ")
   error(("'%s' is in %d inputs: say %s"):format(name, #places, choices), 3)
end

-- Asks the databases of the session, as `weir sql` calls them; without any, what SQL can say by
-- itself.
function inputs.sql(session, query, ...)
   if type(query) ~= "string" then error("sql takes a text", 2) end
   if not session.base then
      local paths = {}
      for _, one in ipairs(session.inputs) do
         if one.databases[1] then paths[#paths + 1] = one.path end
      end
      local open = paths[1] and attach.open or sql.none
      local base, why = open(paths, { write = false })
      session.base = base or error(why, 2)
   end
   return sql.ask(session.base, query, ...)
end

-- ---- for completion and help -------------------------------------------------------------------

local function is_view(value)
   local ok, scope = pcall(function () return value.scope end)
   return ok and type(scope) == "table" and type(value) == "table"
end
inputs.is_view = is_view

-- The names that an input offers; none of other values.
function inputs.names(value)
   local list = {}
   if getmetatable(value) ~= input then return list end
   for _, offer in ipairs(value.offers) do list[#list + 1] = offer.name end
   return list
end

-- The columns of a view, nil of other values.
function inputs.fields(value)
   if value == nil or not is_view(value) then return nil end
   local list = {}
   for i, column in ipairs(value.scope) do list[i] = column.name end
   return list
end

-- What a method of `owner` gives: of a view mostly another one.
function inputs.result(owner, method)
   for _, name in ipairs { "rows", "each", "table", "first", "value", "columns" } do
      if method == view[name] then return nil end
   end
   return owner ~= nil and is_view(owner) and owner or nil
end

-- The function whose source says what a method does: those of views that are steps are made in a
-- loop, and told of where the steps are.
function inputs.told(method)
   for name, step in pairs(require "weir.view.steps") do
      if method == view[name] then
         local about = debug.getinfo(method, "u")
         return about.isvararg and about.nparams == 1 and step or method
      end
   end
   return method
end

-- What a value says in help of itself, in lines of a width, if it is something of an input.
function inputs.help(value, width)
   if type(value) == "table" and is_view(value) then
      local names = text.wrap(table.concat(inputs.fields(value), ", "), width - 2)
      return "a view, with the columns\n  " .. table.concat(names, "\n  ")
   end
   if getmetatable(value) ~= input then return nil end
   local lines = { tostring(value) }
   for _, offer in ipairs(value.offers) do
      lines[#lines + 1] = ("  %s: %s"):format(offer.name, offer.about)
   end
   return table.concat(lines, "\n")
end

return inputs

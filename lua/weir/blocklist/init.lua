-- Lists of names, networks and hashes that somebody thinks ill of, in the forms that such lists
-- have (weir.blocklist.formats), read anew when their files change.
--
--    local lists = assert(blocklist.new { lists = { "ads.txt", "feodo/c2=feodo.csv" } })
--    local list, what = lists:name "x.ads.example"      --> list.name "ads", what "ads.example"
--    lists:address "192.0.2.1"
--    lists:hash "b386946a5a44d1ddcc843bc75336dfce"

local file  = require "weir.blocklist.file"
local host  = require "weir.host"
local watch = require "weir.watch"

local blocklist, lists = {}, {}
lists.__index = lists

local SETTLE = 1                          -- seconds without change after which a list is read anew
local MEMORY = 65536                      -- answers that are remembered

-- What is said of a list: a table, or "PATH", "NAME=PATH", "NAME/CATEGORY=PATH".
local function about(given)
   if type(given) == "table" then
      if type(given.path) ~= "string" then return nil, "a list has a path" end
      return { path = given.path, category = given.category,
         name = given.name or given.path:match "([^/]*)$":gsub("%.%w+$", "") }
   end
   local name, path = tostring(given):match "^([%w_./ -]+)=(.+)$"
   if not name then
      path = tostring(given)
      return { path = path, name = (path:match "([^/]*)$":gsub("%.%w+$", "")) }
   end
   local plain, category = name:match "^([^/]+)/(.+)$"
   return { path = path, name = plain or name, category = category }
end

-- ---- reading ------------------------------------------------------------------------------

local function counted(n, word) return ("%d %s%s"):format(n, word, n == 1 and "" or "s") end

-- What there is to say of a list that was read.
local function tell(self, list)
   local text = ("list '%s': %s (%s)"):format(list.name,
      list.set.count == 1 and "1 entry" or list.set.count .. " entries", list.form)
   if list.left > 0 then text = text .. ", " .. counted(list.left, "line") .. " of no use here" end
   if list.is_cut then text = text .. ", and no room for more" end
   if list.broken > 0 then
      text = text .. ", " .. counted(list.broken, "line") .. " that "
         .. (list.broken == 1 and "makes" or "make") .. " no sense"
   end
   self.say((list.broken > 0 or list.is_cut) and "warning" or "info", text)
end

-- Reads those of `all` that are called for, in place of what they were.
local function read_all(self, given, into)
   for i, one in ipairs(given or {}) do
      local facts, why = about(one)
      local list
      if facts then list, why = file.read(facts) end
      if not list then return nil, why end
      tell(self, list)
      into[i] = list
   end
   return true
end

local function folder_of(path) return path:match "^(.*)/" or "." end

local function watch_all(self)
   local why
   self.watch, why = watch.open()
   if not self.watch then return self.say("warning", "lists are not read anew: " .. why) end
   local seen = {}
   for _, group in ipairs { self.list, self.allow } do
      for _, list in ipairs(group) do
         local folder = folder_of(list.path)
         if not seen[folder] then self.watch:folder(folder) end
         seen[folder] = true
      end
   end
end

-- options: lists, allow (lists of what is never told), say(level, text).  Nil and the reason when
-- one cannot be read.
function blocklist.new(options)
   local self = setmetatable({
      list = {}, allow = {}, say = options.say or function () end, known = {}, count = 0,
      changed = {}, looked = host.clock(),
   }, lists)
   local ok, why = read_all(self, options.lists, self.list)
   if ok then ok, why = read_all(self, options.allow, self.allow) end
   if not ok then return nil, why end
   if self.list[1] then watch_all(self) end
   return self
end

-- Those that the options of an extension name; of none that of its sample.  Raises why they cannot
-- be read.
function blocklist.of(extension, sample)
   local log, given = extension.log, extension.options.lists
   if not given[1] then
      log:info("no lists are named: that of the sample is used")
      given = { sample }
   end
   return assert(blocklist.new {
      lists = given, allow = extension.options.allow,
      say = function (level, text) log[level](log, "%s", text) end,
   })
end

-- ---- finding ------------------------------------------------------------------------------

-- The first list that has it, and what in it matched.
local function search(self, kind, text)
   for _, list in ipairs(self.allow) do
      if list.set[kind](list.set, text) then return nil end
   end
   for _, list in ipairs(self.list) do
      local what = list.set[kind](list.set, text)
      if what and not (list.allowed.count > 0 and list.allowed[kind](list.allowed, text)) then
         return { list = list, what = what }
      end
   end
   return nil
end

local function find(self, kind, text)
   local found = self.known[text]
   if found == nil then
      if self.count >= MEMORY then self.known, self.count = {}, 0 end
      found = search(self, kind, text) or false
      self.known[text], self.count = found, self.count + 1
   end
   if found then return found.list, found.what end
   return nil
end

-- Each returns the list (name, category) and what in it matched; nil when none has it.
function lists:address(text) return find(self, "address", text) end
function lists:hash(text) return find(self, "hash", (text:lower():gsub(":", ""))) end
function lists:name(text)
   return find(self, "name", text:lower():gsub("%.$", ""))
end

-- Looks at columns of a batch of rows (see docs/extensions.md), in the order of `looks`, each a
-- column and what is in it, of which the first counts that is on a list; tells it in `out`.
function lists:judge(batch, out, looks)
   for i = 1, batch.n do out.blocked[i] = false end
   for _, look in ipairs(looks) do
      local column, kind = batch[look[1]], look[2]
      for i = 1, batch.n do
         local list, what
         if column[i] and not out.blocked[i] then list, what = self[kind](self, column[i]) end
         if list then
            out.blocked[i], out.blocked_by[i], out.blocked_for[i] = true, list.name, what
            out.blocked_as[i] = list.category
         end
      end
   end
end

-- ---- changes ------------------------------------------------------------------------------

-- Reads a list anew; the former one stays where that fails, or nothing is left of it.
local function read_anew(self, group, i)
   local old = group[i]
   local list, why = file.read(old)
   local is_empty = list and list.set.count == 0 and old.set.count > 0
   if is_empty then list, why = nil, "nothing is in it" end
   if not list then
      return self.say("warning", ("list '%s' stays as it was: %s"):format(old.name, why))
   end
   group[i], self.known, self.count = list, {}, 0
   tell(self, list)
end

local function is_path(list, path)
   return (list.path:find "/" and list.path or "./" .. list.path) == path
end

-- Asked between other work: reads anew what has changed and is quiet since.
function lists:look()
   local now = host.clock()
   if not self.watch or now - self.looked < SETTLE / 2 then return end
   self.looked = now
   for _, path in ipairs(self.watch:changes() or {}) do self.changed[path] = now end
   for path, at in pairs(self.changed) do
      if now - at >= SETTLE then
         self.changed[path] = nil
         for _, group in ipairs { self.list, self.allow } do
            for i, list in ipairs(group) do
               if is_path(list, path) then read_anew(self, group, i) end
            end
         end
      end
   end
end

function lists:close()
   if self.watch then self.watch:close() end
   self.watch = nil
end

return blocklist

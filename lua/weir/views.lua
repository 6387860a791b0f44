-- The views that a capture or a workspace has, by name: capture.flows, capture.packets, data.dns.
-- They cost a script that asks for none nothing: views are loaded with the first that is used.
--
--    for packet in capture:packets() do … end            -- packets as they are read
--    print(capture.packets:count())                      -- a view (weir.view)

-- What kinds of records are called as a whole, where that is not their own name.
local PLURAL = {
   packets = "packet", flows = "flow", seconds = "second", begins = "begin", streams = "stream",
   exchanges = "exchange",
}
local SINGULAR = {}
for _, kind in pairs(PLURAL) do SINGULAR[kind] = true end

local views = {}

-- The kind of record that a name stands for; nil when it stands for none.
function views.kind(name)
   if PLURAL[name] then return PLURAL[name] end
   if SINGULAR[name] then return nil end
   for _, kind in ipairs(require "weir.schema".kinds) do
      if kind == name then return kind end
   end
end

-- Packets can be gone through while they are read, which needs no view.
local packets = {}

function packets:__call(capture)
   if capture then return capture:stream() end
   return self.view:rows()
end

function packets:__index(name)
   if name == "view" then
      rawset(self, "view", require "weir.view".of_capture(self.capture, "packet"))
      return self.view
   end
   return self.view[name]
end

function packets:__tostring() return tostring(self.view) end

-- What make(kind) returns for the view of that name, which `of` keeps; nil when there is none.
local function kept(of, name, make)
   local kind = views.kind(name)
   if not kind then return nil end
   local known = rawget(of, "views") or {}
   of.views = known
   if not known[name] then known[name] = make(kind) end
   return known[name]
end

-- The view of a capture of that name; nil when there is none.
function views.of_capture(capture, name)
   return kept(capture, name, function (kind)
      if kind == "packet" then return setmetatable({ capture = capture }, packets) end
      return require "weir.view".of_capture(capture, kind)
   end)
end

local KEY = "talk_id"

-- The SELECT of columns of a kind, KEY among them.
local function select_of(columns, stored, names)
   local list = {}
   for _, name in ipairs(names) do
      if name ~= KEY then list[#list + 1] = name end
   end
   local text = columns.select(stored, list[1] and list or { "timestamp" })
   if #list == #names then return text end
   return (text:gsub("^SELECT ", ("SELECT r.%s AS %s, "):format(KEY, KEY), 1))
end

-- The SELECTs that lead from a talk to what stands behind these joins; where it is not a column of
-- the last of them, one for all.
local function path_of(value, joins)
   local path, at, from = {}, "t", "talk"
   local JOIN = " JOIN (%w+) (%w+) ON %w+%.id = (%w+)%.([%w_]+)"
   for into, alias, before, member in joins:gmatch(JOIN) do
      if before ~= at then break end
      path[#path + 1] = ("SELECT id, %s FROM %s"):format(member, from)
      at, from = alias, into
   end
   local alias, member = value:match "^(%w+)%.([%w_]+)$"
   if alias ~= at then return { ("SELECT t.id, %s FROM talk t%s"):format(value, joins) } end
   path[#path + 1] = ("SELECT id, %s FROM %s"):format(member, from)
   return path
end

-- What rows say of who spoke stands in the dictionary of talks, and those that it leads to.
local function star_of(columns, stored)
   local paths = {}
   return {
      key = KEY,
      path = function (name)
         local of_talk = stored[name] and stored[name].of_talk
         if paths[name] == nil and of_talk then
            paths[name] = { ("SELECT t.id, %s FROM talk t"):format(of_talk) }
         elseif paths[name] == nil then
            local value, joins = columns.select(stored, { name }):match(
               '^SELECT (.+) AS "[%w_]+" FROM [%w_]+ r JOIN talk t ON t%.id = r%.talk_id(.*)$')
            paths[name] = value and path_of(value, joins) or false
         end
         return paths[name] or nil
      end,
   }
end

-- What traffic.db has of a kind: a SELECT joins the dictionaries of those columns that are asked.
local function of_traffic(data, kind)
   local columns = require "weir.traffic.columns"
   local stored, list = columns.of(kind), {}
   if not data.base:first("SELECT 1 FROM traffic.sqlite_schema WHERE name = ?", stored.view) then
      return nil
   end
   for _, column in ipairs(require "weir.view.fields".of(kind)) do
      if stored[column.name] then list[#list + 1] = column.name end
   end
   return require "weir.view".of_table(data.base, {
      kind = kind, columns = list, about = data.folder, star = star_of(columns, stored),
      order = kind == "flow" and { "flow_id" } or { "timestamp", "flow_id" },
      select = function (names) return select_of(columns, stored, names) end,
   })
end

-- The view of a workspace (weir.workspace) of that name; nil when it has no such records.
-- Exchanges are read from their database, all else is asked of traffic.db.
function views.of_workspace(data, name)
   return kept(data, name, function (kind)
      if kind ~= "exchange" then return of_traffic(data, kind) end
      local probe = require "weir.capture".open(data.paths.probe)
      return probe and require "weir.view".of_capture(probe, kind)
   end)
end

return views

-- A view over a million flows, grouped, summed, sorted, the first ten: milliseconds of CPU from
-- columns in memory, and from a table of SQLite.  The flows are made up: 20 000 names, some of them
-- much oftener.

local columns = require "weir.columns"
local db      = require "weir.db"
local fields  = require "weir.view.fields"
local frame   = require "weir.view.frame"
local host    = require "weir.host"
local view    = require "weir.view"

local FLOWS, NAMES, TIMES = 1000000, 20000, 5

local flow = fields.of "flow"
local list = { flow.dest_name, flow.dest_port, flow.bytes_toclient }

-- The name of the i-th flow, and its bytes: the same in Lua and in SQL.
local NAME = ("(i * 7919 %% %d) * (i * 104729 %% %d) / %d"):format(NAMES, NAMES, NAMES)
local BYTES = "i * 2654435761 % 100000"

local function in_memory()
   local by_name, words = {}, columns.dictionary()
   for _, column in ipairs(list) do
      by_name[column.name] = frame.column(column.name, column.class, FLOWS)
   end
   by_name.dest_name.words = words
   for i = 0, FLOWS - 1 do
      local name = math.floor((i * 7919 % NAMES) * (i * 104729 % NAMES) / NAMES)
      by_name.dest_name.values[i] = words:add(("host%d.example.org"):format(name))
      by_name.dest_port.values[i] = 443
      by_name.bytes_toclient.values[i] = i * 2654435761 % 100000
   end
   return view.of_columns(by_name, list, FLOWS, "flow")
end

local function in_sqlite()
   local path = os.tmpname()
   local base = assert(db.open(path, { mode = "create" }))
   assert(base:run "CREATE TABLE flow (dest_name TEXT, dest_port INTEGER, bytes_toclient INTEGER)")
   assert(base:run(([[INSERT INTO flow
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
      SELECT 'host' || (%s) || '.example.org', 443, %s FROM n]]):format(FLOWS - 1, NAME, BYTES)))
   return view.of_table(base, { table = "flow", kind = "flow", columns = list }), path
end

local function milliseconds(of)
   local times = {}
   for i = 1, TIMES do
      local from = host.cpu()
      local rows = assert(of:group "dest_name":sum "bytes_toclient":sort "-bytes_toclient"
         :head(10):table())
      times[i] = (host.cpu() - from) * 1000
      assert(#rows == 10)
   end
   table.sort(times)
   return times[math.ceil(TIMES / 2)]
end

local memory, stored, path = in_memory(), in_sqlite()
local a = memory:group "dest_name":sum "bytes_toclient":csv()
assert(a == stored:group "dest_name":sum "bytes_toclient":csv())
print(("memory %.1f\nsqlite %.1f"):format(milliseconds(memory), milliseconds(stored)))
os.remove(path)

-- Reads a channel to its end into a database: URL CHANNEL GROUP CONSUMER FILE [PARTITIONS]
--
-- A row is there once, by its id, with how often it came and who had it last.

local channel = require "weir.channel"
local db      = require "weir.db"

local url, name, group, consumer, path, partitions = unpack(arg)

local hub = assert(channel.open { url = url, idle = 0.5, partitions = tonumber(partitions) or 1 })
local base = assert(db.open(path, { mode = "create" }))
base:patience(60)
assert(base:run [[PRAGMA journal_mode = wal; PRAGMA synchronous = off;
   CREATE TABLE IF NOT EXISTS got (id TEXT PRIMARY KEY, n INTEGER, times INTEGER, who TEXT)]])

local from = hub:subscribe(name, { group = group, consumer = consumer })
while not from.ended do
   local rows = hub:poll(1) and from:take(50)
   if rows then
      assert(base:begin())
      for _, row in ipairs(rows) do
         assert(base:run([[INSERT INTO got VALUES (?, ?, 1, ?) ON CONFLICT (id) DO
            UPDATE SET times = times + 1, who = excluded.who]], row.row_id, row.n, consumer))
      end
      assert(base:commit())
      os.execute "sleep 0.01"             -- whoever kills this finds it here most of the time
      from:done(rows)
   end
end
assert(hub:close())
base:close()

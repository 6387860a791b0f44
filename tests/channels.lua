-- Kills consumers of a channel in mid-batch: `build/weir lua tests/channels.lua [KILLS]`
--
-- Two consumers share two partitions while rows come; again and again one of them ends with kill -9
-- and another one takes its place.  In the end each row is in their database, once.

package.path = "tests/?.lua;" .. package.path

local channel = require "weir.channel"
local db      = require "weir.db"
local host    = require "weir.host"
local server  = require "server"
local try     = require "try"

local channels = {}

local ROWS = 1000                          -- between one kill and the next

-- Starts a program of tests/ in the background; returns its process.
function channels.spawn(words)
   local pid, code = try.path(), try.path()
   os.execute(("(%s lua tests/%s & echo $! >%s; wait $!; echo $? >%s) >/dev/null 2>&1 &"):format(
      try.program, words, pid, code))
   for _ = 1, 200 do
      local file = io.open(pid)
      local number = file and file:read "*l"
      if file then file:close() end
      if number then
         os.remove(pid)
         return { pid = number, code = code }
      end
      os.execute "sleep 0.01"
   end
   error "the process does not start"
end

-- Its exit code, or nil after so many seconds.
function channels.wait(process, seconds)
   local limit = host.clock() + seconds
   while host.clock() < limit do
      local file = io.open(process.code)
      local code = file and file:read "*l"
      if file then file:close() end
      if code then
         os.remove(process.code)
         return tonumber(code)
      end
      os.execute "sleep 0.02"
   end
end

local function consumer(redis, path, number)
   return channels.spawn(("drain.lua %s x sink consumer-%d %s 2"):format(redis.url, number, path))
end

-- Kills so many; returns how many rows were put, those of the database, and how often rows came
-- that had come before.
function channels.kill(redis, kills, random)
   local path = try.fast_path ".db"
   local hub = assert(channel.open { url = redis.url, partitions = 2, idle = 5 })
   local out = hub:publisher("x", { name = "maker", groups = { "sink" } })
   local two, count = { consumer(redis, path, 1), consumer(redis, path, 2) }, 0
   local function put_some()
      local till = host.clock() + 0.2 + random(200) / 1000
      for _ = 1, ROWS do
         count = count + 1
         out:put { row_id = "row-" .. count, n = count }
         if count % 50 == 0 then hub:poll(0.005) end
      end
      while host.clock() < till do hub:poll(0.01) end
   end
   for i = 1, kills do
      put_some()
      local one = 1 + random(2)
      os.execute("kill -9 " .. two[one].pid)
      assert(channels.wait(two[one], 10) == 137, "it was not killed")
      two[one] = consumer(redis, path, i + 2)
   end
   put_some()
   out:finish()
   assert(hub:close())
   for _, process in ipairs(two) do
      assert(channels.wait(process, 30) == 0, "no end of the rows")
   end
   local base = assert(db.open(path))
   local rows, again, sum = base:first "SELECT count(*), sum(times) - count(*), sum(n) FROM got"
   base:close()
   os.execute(("rm -f %s %s-*"):format(path, path))
   assert(sum == count * (count + 1) / 2 or rows ~= count, "rows are not what was put")
   return count, rows, again
end

if arg and arg[0] and arg[0]:find "channels%.lua$" then
   local redis = server.new()
   local is_well, count, rows, again = pcall(channels.kill, redis, tonumber(arg[1]) or 50,
      try.random(os.time()))
   redis:remove()
   assert(is_well, count)
   print(("%d rows put, %d there, %d came more than once"):format(count, rows, again))
   assert(count == rows, "rows are lost")
end

return channels

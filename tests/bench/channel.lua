-- Rows a second through channels: `build/weir lua tests/bench/channel.lua [ROWS]`
--
-- In memory: put, take and done of a row, in batches as extensions have them.  Over Redis, when
-- redis-server is there: one process that puts all rows and takes all of them back.  By the clock,
-- by CPU of this process, and how much of the time it waited for a CPU that others had.

package.path = "tests/?.lua;" .. package.path

local channel = require "weir.channel"
local host    = require "weir.host"
local try     = require "try"

local BATCH = 1000
local FORMAT = "%-36s %10.0f rows/s by the clock, %10.0f of CPU, waited %3.0f %% for one"

local function row(i)
   return {
      row_id = ("flow-%d"):format(i), flow_id = ("%d"):format(i % 5000), src_ip = "192.0.2.17",
      dest_ip = "198.51.100.200", dest_port = 443, app_proto = "tls", bytes = 1234 + i % 4096,
      score = 0.8172635 + i,
   }
end

-- Seconds that this process could have run, and others did.
local function waited() return try.contents "/proc/self/schedstat":match " (%d+)" / 1e9 end

-- Calls f, and prints what it took for so many rows.
local function measure(name, count, f)
   local clock, cpu, wait = host.clock(), host.cpu(), waited()
   f()
   clock, cpu, wait = host.clock() - clock, host.cpu() - cpu, waited() - wait
   print(FORMAT:format(name, count / clock, count / cpu, 100 * wait / clock))
end

local function in_memory(count)
   local hub = assert(channel.open {})
   local from = hub:subscribe("x", { group = "a" })
   local out = hub:publisher("x", { name = "maker" })
   local rows, taken = {}, 0
   for i = 1, BATCH do rows[i] = row(i) end
   measure("in memory, put + take + done", count, function ()
      for _ = 1, count / BATCH do
         for i = 1, BATCH do out:put(rows[i]) end
         local got = from:take(BATCH)
         taken = taken + #got
         from:done(got)
      end
   end)
   assert(taken == count)
end

-- One process that puts all rows and takes all of them back.
local function there_and_back(redis, count)
   local hub = assert(channel.open { url = redis.url })
   local from = hub:subscribe("x", { group = "a" })
   local out = hub:publisher("x", { name = "maker" })
   local taken = 0
   measure("over Redis, one process: in and out", count, function ()
      for i = 1, count do
         out:put(row(i))
         if i % BATCH == 0 or i == count then
            hub:poll(0)
            local rows = from:take(BATCH)
            taken = taken + #(rows or {})
            from:done(rows or {})
         end
      end
      out:finish()
      while not from.ended do
         hub:poll(1)
         local rows = from:take(BATCH) or {}
         taken = taken + #rows
         from:done(rows)
      end
   end)
   assert(taken == count and hub:close())
end

in_memory((tonumber(arg[1]) or 200000) * 100)
if try.has "redis-server" then
   local redis = require "server".new()
   local is_well, why = pcall(there_and_back, redis, tonumber(arg[1]) or 200000)
   redis:remove()
   assert(is_well, why)
else
   print "over Redis: not measured, redis-server is not installed"
end

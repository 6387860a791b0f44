-- Rows a second through channels: `build/weir lua tests/bench/channel.lua [ROWS]`
--
-- In memory: put, take and done of a row, in batches as extensions have them.  Over Redis, when
-- redis-server is there: one process that puts all rows and takes all of them back, and two, of
-- which one puts and one takes.  CPU is that of our processes; the wall clock has the server's too.

package.path = "tests/?.lua;" .. package.path

local channel = require "weir.channel"
local host    = require "weir.host"
local try     = require "try"

local BATCH = 1000
local FORMAT = "%-44s %10.0f rows/s by the clock %10.0f rows/s of CPU"

local function row(i)
   return {
      id = ("flow-%d"):format(i), flow_id = ("%d"):format(i % 5000), src_ip = "192.0.2.17",
      dest_ip = "198.51.100.200", dest_port = 443, app_proto = "tls", bytes = 1234 + i % 4096,
      score = 0.8172635 + i,
   }
end

-- Calls f, and prints what it took for so many rows.
local function measure(name, count, f)
   local clock, cpu = host.clock(), host.cpu()
   f()
   clock, cpu = host.clock() - clock, host.cpu() - cpu
   print(FORMAT:format(name, count / clock, count / cpu))
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

in_memory((tonumber(arg[1]) or 200000) * 100)

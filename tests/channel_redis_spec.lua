-- Channels over a real Redis: rows there and back, the end of them, partitions.

local channel = require "weir.channel"
local host    = require "weir.host"
local server  = require "server"
local try     = require "try"

local function row(i) return { id = tostring(i), n = i, flow_id = tostring(i % 7) } end

describe("a channel over Redis", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis, hubs, lines

   setup(function () redis = server.new() end)
   teardown(function () redis:remove() end)
   before_each(function () hubs, lines = {}, {} end)
   after_each(function ()
      for _, hub in ipairs(hubs) do hub:close(0.5) end
      redis:ask "flushall"
   end)

   local function open(options)
      options = options or {}
      options.url, options.idle = redis.url, options.idle or 5
      options.tell = function (line) lines[#lines + 1] = line end
      local hub = assert(channel.open(options))
      hubs[#hubs + 1] = hub
      return hub
   end

   -- Lets all hubs go on until f is true.
   local function until_true(f, what)
      local limit = host.clock() + 5
      while not f() do
         assert(host.clock() < limit, what or "it took too long")
         for _, hub in ipairs(hubs) do
            if not hub.closed then hub:poll(0.002) end
         end
      end
   end

   -- Takes all until the consumer has ended; returns the rows.
   local function drain(from)
      local all = {}
      until_true(function ()
         local rows = from:take()
         for _, r in ipairs(rows or {}) do all[#all + 1] = r end
         from:done(rows or {})
         return from.ended
      end, "no end of the rows")
      return all
   end

   local function publish(first, last, options)
      local out = open():publisher("x", options or { name = "maker" })
      for i = first, last do out:put(row(i)) end
      out:finish()
      assert(table.remove(hubs):close())
   end

   it("brings rows as they were, once, in order, to each group", function ()
      local hub = open()
      local a = hub:subscribe("x", { group = "a", consumer = "1" })
      local b = open():subscribe("x", { group = "b", consumer = "1" })
      local out = hub:publisher("x", { name = "maker" })
      local odd = { id = "odd", bytes = "\255\0", n = 2 ^ 53, f = 1 / 3, list = { 1, { x = "y" } } }
      out:put(odd)
      for i = 1, 3000 do out:put(row(i)) end
      out:finish()
      for _, from in ipairs { a, b } do
         local rows = drain(from)
         assert.equal(3001, #rows)
         assert.same(odd, rows[1])
         for i = 1, 3000 do assert(rows[i + 1].n == i) end
      end
      local stats = hub:stats().x
      assert.equal(3001, stats.published)
      assert.equal(3001, stats.groups.a.taken)
      assert.equal(0, stats.groups.a.lag + stats.groups.a.pending + stats.waiting)
   end)

   it("touches nothing beside its prefix, and leaves no more than it has to", function ()
      redis:ask "set other 1"
      redis:ask "xadd weirs:x:{0} 1-1 id 1"
      publish(1, 10)
      drain(open():subscribe("x", { group = "a" }))
      table.remove(hubs):close()
      local keys = try.lines(redis:ask "keys '*'")
      table.sort(keys)
      assert.same({ "other", "weir:x:ends", "weir:x:producers", "weir:x:{0}", "weirs:x:{0}" }, keys)
      assert.equal("1\n", redis:ask "get other")
   end)

   it("refuses a row that cannot travel, and says which field of which channel", function ()
      local out = open():publisher("x", {})
      local made, why = out:put { id = "7", f = print }
      assert.is_nil(made)
      assert.equal("channel x: row 7 cannot travel: field f is a function", why)
      assert.same({ why }, lines)
      assert.has_error(function () out:put { n = 1 } end)
      assert.is_true(out:put { id = "8" })
      assert.is_true(out:flush())
      assert.equal("1\n", redis:ask "xlen weir:x:{0}")
   end)

   it("sends what is left after a moment, without being told", function ()
      local hub = open()
      hub:publisher("x", {}):put(row(1))
      until_true(function () return redis:ask "xlen weir:x:{0}" == "1\n" end)
   end)

   describe("ends", function ()
      it("for who comes when all is over", function ()
         publish(1, 100)
         assert.equal(100, #drain(open():subscribe("x", { group = "late" })))
      end)

      it("not for who waits for the next generation on what was read", function ()
         publish(1, 10)
         drain(open():subscribe("x", { group = "a" }))
         local again = open():subscribe("x", { group = "a", consumer = "again" })
         local limit = host.clock() + 0.6
         until_true(function () return host.clock() > limit end)
         assert.is_false(again.ended)
         publish(11, 15)
         assert.equal(5, #drain(again))
      end)

      it("for all consumers of a group, also those without a partition", function ()
         local one = open():subscribe("x", { group = "a", consumer = "1" })
         local two = open():subscribe("x", { group = "a", consumer = "2" })
         publish(1, 50)
         local count = 0
         until_true(function ()
            for _, from in ipairs { one, two } do
               local rows = from:take() or {}
               count = count + #rows
               from:done(rows)
            end
            return one.ended and two.ended
         end)
         assert.equal(50, count)
      end)

      it("only when all producers have finished, and each that is expected", function ()
         local from = open():subscribe("x", { group = "a", producers = { "one", "two" } })
         local out = open():publisher("x", { name = "one" })
         out:put(row(1))
         publish(2, 3, { name = "other" })
         out:finish()
         local count, limit = 0, host.clock() + 0.6
         until_true(function ()
            local rows = from:take() or {}
            count = count + #rows
            from:done(rows)
            return host.clock() > limit
         end)
         assert.equal(3, count)
         assert.is_false(from.ended)
         publish(4, 4, { name = "two" })
         assert.equal(1, #drain(from))
      end)

      it("not as long as a row is not dealt with", function ()
         publish(1, 2)
         local from, rows = open():subscribe("x", { group = "a" }), nil
         until_true(function () rows = from:take(); return rows end)
         local limit = host.clock() + 0.6
         until_true(function () return host.clock() > limit end)
         assert.is_false(from.ended)
         from:done(rows)
         drain(from)
      end)

      it("although a producer died, which is told", function ()
         local gone = open { idle = 0.3 }
         local out = gone:publisher("x", { name = "mortal" })
         out:put(row(1))
         assert(out:flush())
         gone.client:close()              -- as kill -9 does it: nothing more is heard of it
         gone.closed = true
         local from = open { idle = 0.3 }:subscribe("x", { group = "a" })
         assert.equal(1, #drain(from))
         assert.equal(1, #lines)
         assert.truthy(lines[1]:find("producer mortal is gone without an end", 1, true))
      end)
   end)

   it("keeps each flow with one consumer, and in order, when two share two partitions", function ()
      local froms, of, last, counts = {}, {}, {}, { 0, 0 }
      for i = 1, 2 do
         froms[i] = open { partitions = 2, idle = 0.9 }:subscribe("x", { group = "a",
            consumer = "c" .. i })
      end
      local out = open { partitions = 2 }:publisher("x", { name = "maker" })
      until_true(function ()              -- each has found its partition
         return froms[1].parts[1].is_mine and froms[2].parts[2].is_mine
            or froms[1].parts[2].is_mine and froms[2].parts[1].is_mine
      end)
      for i = 1, 2000 do out:put(row(i)) end
      out:finish()
      until_true(function ()
         for i, from in ipairs(froms) do
            local rows = from:take(100) or {}
            for _, r in ipairs(rows) do
               assert((of[r.flow_id] or i) == i, "a flow has two consumers")
               assert((last[r.flow_id] or 0) < r.n, "a flow is out of order")
               of[r.flow_id], last[r.flow_id] = i, r.n
            end
            counts[i] = counts[i] + #rows
            from:done(rows)
         end
         return froms[1].ended and froms[2].ended
      end)
      assert.equal(2000, counts[1] + counts[2])
      assert(counts[1] > 0 and counts[2] > 0)
   end)

   it("reads those partitions that it is told to, and no others", function ()
      local hub = open { partitions = 2 }
      local one = hub:subscribe("x", { group = "a", consumer = "1", partitions = { 0 } })
      local two = hub:subscribe("x", { group = "a", consumer = "2", partitions = { 1 } })
      assert.has_error(function () hub:subscribe("x", { group = "a", partitions = { 2 } }) end)
      local out, count = hub:publisher("x", {}), 0
      for i = 1, 100 do out:put(row(i)) end
      out:finish()
      until_true(function ()
         for _, from in ipairs { one, two } do
            local rows = from:take() or {}
            count = count + #rows
            from:done(rows)
         end
         return one.ended and two.ended
      end)
      assert.equal(100, count)
   end)
end)

-- Channels over a real Redis: rows there and back, the end of them, partitions.

local hubs   = require "hubs"
local server = require "server"
local try    = require "try"

describe("a channel over Redis", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis, h

   setup(function () redis = server.new() end)
   teardown(function () redis:remove() end)
   before_each(function () h = hubs.new(redis) end)
   after_each(function ()
      h:close()
      redis:ask "flushall"
   end)

   -- Publishes rows of these numbers, and closes.
   local function publish(first, last, name)
      local out = h:open():publisher("x", { name = name or "maker" })
      hubs.put(out, first, last)
      out:finish()
      assert(table.remove(h.list):close())
   end

   -- How many rows come until all have ended.
   local function count_all(...)
      local count = 0
      h:drain({ ... }, function () count = count + 1 end)
      return count
   end

   -- How many come within half a second of one that does not end.
   local function count_some(from)
      local count = 0
      h:go_on_for(0.25)
      for rows in function () return from:take() end do
         count = count + #rows
         from:done(rows)
      end
      h:go_on_for(0.25)
      assert.is_false(from.ended)
      return count
   end

   local function keys()
      local list = try.lines(redis:ask "keys '*'")
      table.sort(list)
      return list
   end

   it("brings rows as they were, once, in order, to each group", function ()
      local hub = h:open()
      local a = hub:subscribe("x", { group = "a", consumer = "1" })
      local b = h:open():subscribe("x", { group = "b", consumer = "1" })
      local out = hub:publisher("x", { name = "maker" })
      local odd = { id = "odd", bytes = "\255\0", n = 2 ^ 53, f = 1 / 3, list = { 1, { x = "y" } } }
      out:put(odd)
      hubs.put(out, 1, 3000)
      out:finish()
      local rows = { {}, {} }
      h:drain({ a, b }, function (i, row) table.insert(rows[i], row) end)
      for _, list in ipairs(rows) do
         assert.equal(3001, #list)
         assert.same(odd, list[1])
         for i = 1, 3000 do assert(list[i + 1].n == i) end
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
      assert.equal(10, count_all(h:open():subscribe("x", { group = "a" })))
      table.remove(h.list):close()
      local left = { "other", "weir:x:ends", "weir:x:producers", "weir:x:{0}", "weirs:x:{0}" }
      assert.same(left, keys())
      assert.equal("1\n", redis:ask "get other")
   end)

   it("refuses a row that cannot travel, and says which field of which channel", function ()
      local out = h:open():publisher("x", {})
      local made, why = out:put { id = "7", f = print }
      assert.is_nil(made)
      assert.equal("channel x: row 7 cannot travel: field f is a function", why)
      assert.same({ why }, h.lines)
      assert.has_error(function () out:put { n = 1 } end)
      assert.is_true(out:put { id = "8" })
      assert.is_true(out:flush())
      assert.equal("1\n", redis:ask "xlen weir:x:{0}")
   end)

   it("sends what is left after a moment, without being told", function ()
      hubs.put(h:open():publisher("x", {}), 1, 1)
      h:go_on(function () return redis:ask "xlen weir:x:{0}" == "1\n" end)
   end)

   it("ends for who comes when all is over", function ()
      publish(1, 100)
      assert.equal(100, count_all(h:open():subscribe("x", { group = "late" })))
   end)

   it("does not end for who waits for new producers on what was read", function ()
      publish(1, 10)
      count_all(h:open():subscribe("x", { group = "a" }))
      local again = h:open():subscribe("x", { group = "a", consumer = "again" })
      assert.equal(0, count_some(again))
      publish(11, 15)
      assert.equal(5, count_all(again))
   end)

   it("ends for all consumers of a group, also those without a partition", function ()
      local one = h:open():subscribe("x", { group = "a", consumer = "1" })
      local two = h:open():subscribe("x", { group = "a", consumer = "2" })
      publish(1, 50)
      assert.equal(50, count_all(one, two))
   end)

   it("ends only when all producers have finished, and each that is expected", function ()
      local from = h:open():subscribe("x", { group = "a", producers = { "one", "two" } })
      local out = h:open():publisher("x", { name = "one" })
      hubs.put(out, 1, 1)
      publish(2, 3, "other")
      out:finish()
      assert.equal(3, count_some(from))
      publish(4, 4, "two")
      assert.equal(1, count_all(from))
   end)

   it("does not end as long as a row is not dealt with", function ()
      publish(1, 2)
      local from, rows = h:open():subscribe("x", { group = "a" }), nil
      h:go_on(function ()
         rows = from:take()
         return rows
      end)
      assert.equal(0, count_some(from))
      from:done(rows)
      assert.equal(0, count_all(from))
   end)

   it("ends although a producer died, which is told", function ()
      local gone = h:open { idle = 0.3 }
      local out = gone:publisher("x", { name = "mortal" })
      hubs.put(out, 1, 1)
      assert(out:flush())
      gone.client:close()                 -- as kill -9 does it: nothing more is heard of it
      gone.closed = true
      assert.equal(1, count_all(h:open { idle = 0.3 }:subscribe("x", { group = "a" })))
      assert.equal(1, #h.lines)
      assert.is_true(h:told "producer mortal is gone without an end")
   end)

   it("keeps each flow with one consumer, and in order, when two share two partitions", function ()
      local froms, of, last, counts = {}, {}, {}, { 0, 0 }
      for i = 1, 2 do
         froms[i] = h:open { partitions = 2, idle = 0.9 }:subscribe("x", { group = "a",
            consumer = "c" .. i })
      end
      local out = h:open { partitions = 2 }:publisher("x", { name = "maker" })
      h:go_on(function ()                 -- each has found its partition
         return froms[1].parts[1].is_mine and froms[2].parts[2].is_mine
            or froms[1].parts[2].is_mine and froms[2].parts[1].is_mine
      end)
      hubs.put(out, 1, 2000)
      out:finish()
      h:drain(froms, function (i, row)
         local flow = row.flow_id
         assert((of[flow] or i) == i, "a flow has two consumers")
         assert((last[flow] or 0) < row.n, "a flow is out of order")
         of[flow], last[flow], counts[i] = i, row.n, counts[i] + 1
      end)
      assert.equal(2000, counts[1] + counts[2])
      assert(counts[1] > 0 and counts[2] > 0)
   end)

   it("reads those partitions that it is told to, and no others", function ()
      local hub = h:open { partitions = 2 }
      local one = hub:subscribe("x", { group = "a", consumer = "1", partitions = { 0 } })
      local two = hub:subscribe("x", { group = "a", consumer = "2", partitions = { 1 } })
      assert.has_error(function () hub:subscribe("x", { group = "a", partitions = { 2 } }) end)
      local out = hub:publisher("x", {})
      hubs.put(out, 1, 100)
      out:finish()
      assert.equal(100, count_all(one, two))
   end)
end)

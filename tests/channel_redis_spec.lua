-- Channels over a real Redis: rows there and back, keys, partitions.

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
      local odd = { row_id = "odd", bytes = "\255\0", n = 2 ^ 53, f = 1 / 3,
         list = { 1, { x = "y" } } }
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
      h:publish(1, 10)
      assert.equal(10, h:count(h:open():subscribe("x", { group = "a" })))
      table.remove(h.list):close()
      local left = { "other", "weir:x:ends", "weir:x:producers", "weir:x:{0}", "weirs:x:{0}" }
      assert.same(left, keys())
      assert.equal("1\n", redis:ask "get other")
   end)

   it("refuses a row that cannot travel, and says which field of which channel", function ()
      local out = h:open():publisher("x", {})
      local made, why = out:put { row_id = "7", f = print }
      assert.is_nil(made)
      assert.equal("channel x: row 7 cannot travel: field f is a function", why)
      assert.same({ why }, h.lines)
      assert.has_error(function () out:put { n = 1 } end)
      assert.is_true(out:put { row_id = "8" })
      assert.is_true(out:flush())
      assert.equal("1\n", redis:ask "xlen weir:x:{0}")
   end)

   it("sends what is left after a moment, without being told", function ()
      hubs.put(h:open():publisher("x", {}), 1, 1)
      h:go_on(function () return redis:ask "xlen weir:x:{0}" == "1\n" end)
   end)

   it("finds what others have read and left", function ()
      local from = h:open { idle = 0.3 }:subscribe("x", { group = "a" })
      h:go_on(function () return from.parts[1].is_mine and from.is_started end)
      h:go_on(function () return not from.parts[1].is_reading end)
      from.parts[1].is_reading = true     -- so that it does not
      h:publish(1, 3)
      redis:ask "xreadgroup group a ghost count 2 streams weir:x:{0} '>'"
      from.parts[1].is_reading = false
      assert.equal(3, h:count(from))
   end)

   it("takes rows of a megabyte a few at a time", function ()
      local from, hub = h:open():subscribe("x", { group = "a" }), h:open()
      local out, large, most = hub:publisher("x", {}), ("x"):rep(2 ^ 20), 0
      for i = 1, 66 do
         out:put { row_id = tostring(i), text = large }
         most = math.max(most, out.bytes)
      end
      out:finish()
      assert(most < 66 * 2 ^ 20)
      h:go_on_for(0.1)
      local count = 0
      h:drain({ from }, function (_, row)
         assert(#row.text == #large and from.parts[1].ready <= 100)
         count = count + 1
      end)
      assert.equal(66, count)
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
      assert.equal(100, h:count(one, two))
   end)
end)

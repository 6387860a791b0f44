-- When channels over Redis end: in all orders in which producers and consumers come and go.

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

   -- How many come within a while of one that does not end.
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

   it("ends for who comes when all is over", function ()
      h:publish(1, 100)
      assert.equal(100, h:count(h:open():subscribe("x", { group = "late" })))
   end)

   it("does not end for who waits for new producers on what was read", function ()
      h:publish(1, 10)
      local hub = h:open()
      h:count(hub:subscribe("x", { group = "a" }))
      assert(hub:close())
      local again = h:open():subscribe("x", { group = "a", consumer = "again" })
      assert.equal(0, count_some(again))
      h:publish(11, 15)
      assert.equal(5, h:count(again))
   end)

   it("ends once more for who was killed before all that it read had ended", function ()
      h:publish(1, 10)
      local hub = h:open()
      local from = hub:subscribe("x", { group = "a" })
      hub:subscribe("y", { group = "a" })
      assert.equal(10, h:count(from))
      assert(hub:close())                                -- "y" has not ended
      assert.equal(0, h:count(h:open():subscribe("x", { group = "a", consumer = "again" })))
   end)

   it("ends for all consumers of a group, also those without a partition", function ()
      local one = h:open():subscribe("x", { group = "a", consumer = "1" })
      local two = h:open():subscribe("x", { group = "a", consumer = "2" })
      h:publish(1, 50)
      assert.equal(50, h:count(one, two))
   end)

   it("ends only when all producers have finished, and each that is expected", function ()
      local from = h:open():subscribe("x", { group = "a", producers = { "one", "two" } })
      local out = h:open():publisher("x", { name = "one" })
      hubs.put(out, 1, 1)
      h:publish(2, 3, "other")
      out:finish()
      assert.equal(3, count_some(from))
      h:publish(4, 4, "two")
      assert.equal(1, h:count(from))
   end)

   it("does not end as long as a row is not dealt with", function ()
      h:publish(1, 2)
      local from, rows = h:open():subscribe("x", { group = "a" }), nil
      h:go_on(function ()
         rows = from:take()
         return rows
      end)
      assert.equal(0, count_some(from))
      from:done(rows)
      assert.equal(0, h:count(from))
   end)

   it("ends although a producer died, which is told", function ()
      local gone = h:open { idle = 1 }
      local out = gone:publisher("x", { name = "mortal" })
      hubs.put(out, 1, 1)
      assert(out:flush())
      gone.client:close()                 -- as kill -9 does it: nothing more is heard of it
      gone.closed = true
      assert.equal(1, h:count(h:open { idle = 1 }:subscribe("x", { group = "a" })))
      assert.equal(1, #h.lines)
      assert.is_true(h:told "producer mortal is gone without an end")
   end)
end)

-- Channels whose consumers are killed in mid-batch, and whose Redis is killed under load.

local channels = require "channels"
local host     = require "weir.host"
local hubs     = require "hubs"
local server   = require "server"
local try      = require "try"

describe("a channel", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis

   after_each(function () redis:remove() end)

   it("loses no row when consumers are killed, and none is twice where ids count", function ()
      redis = server.new()
      local kills = tonumber(os.getenv "WEIR_KILLS") or 5
      local count, there = channels.kill(redis, kills, try.random(42))
      assert.equal(count, there)
   end)

   it("goes on with new rows when Redis has forgotten all, and says so", function ()
      redis = server.new()
      local h = hubs.new(redis)
      local from, out = h:open():subscribe("x", { group = "a" }), h:open():publisher("x", {})
      local sink = hubs.sink()
      hubs.put(out, 1, 10)
      h:go_on(function ()
         local rows = from:take() or {}
         from:done(rows)
         return #rows > 0
      end)
      redis:ask "flushall"
      h:go_on(function () return h:told "lost rows and groups" end)
      hubs.put(out, 11, 20)
      out:finish()
      h:drain({ from }, sink.row)
      assert.equal(155, sink.sum)
      h:close()
   end)

   it("loses no row when Redis is killed under load and starts again", function ()
      redis = server.new "--appendonly yes --appendfsync always"
      local h = hubs.new(redis)
      local from, out = h:open():subscribe("x", { group = "a" }), h:open():publisher("x", {})
      local sink, count = hubs.sink(), 0
      for _ = 1, 3 do
         local limit = host.clock() + 0.15
         h:go_on(function ()
            hubs.put(out, count + 1, count + 200)
            count = count + 200
            local rows = from:take(500) or {}
            for _, row in ipairs(rows) do sink.row(1, row) end
            from:done(rows)
            return host.clock() > limit
         end)
         redis:kill()
         redis:start()
      end
      out:finish()
      h:drain({ from }, sink.row)
      assert.equal(count, sink.count)
      assert.equal(count * (count + 1) / 2, sink.sum)
      assert.is_true(h:told("Redis at", "cannot be used"))
      assert.is_true(h:told "answers again")
      local added = redis:ask "xinfo stream weir:x:{0}":match "entries%-added\n(%d+)"
      assert.equal(count, tonumber(added))
      h:close()
   end)
end)

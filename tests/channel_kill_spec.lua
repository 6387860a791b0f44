-- Consumers of a channel over Redis that are killed in mid-batch, and a server that is.

local channels = require "channels"
local server   = require "server"
local try      = require "try"

describe("a channel whose consumers are killed in mid-batch", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis

   before_each(function () redis = server.new() end)
   after_each(function () redis:remove() end)

   it("loses no row, and none is twice where ids count", function ()
      local kills = tonumber(os.getenv "WEIR_KILLS") or 5
      local count, there = channels.kill(redis, kills, try.random(42))
      assert.equal(count, there)
   end)
end)

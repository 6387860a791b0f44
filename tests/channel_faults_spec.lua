-- Channels over a Redis that fails: full, slow, silent, locked; and rows that nobody can deal with.

local hubs   = require "hubs"
local server = require "server"
local try    = require "try"

describe("channels over a Redis that fails", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis, h

   local function start(options)
      redis = server.new(options)
      h = hubs.new(redis)
   end
   after_each(function ()
      h:close()
      redis:remove()
   end)

   it("wait when it has no memory, say so, and go on when rows were dealt with", function ()
      start "--maxmemory 3mb --maxmemory-policy noeviction"
      local from, out = h:open():subscribe("x", { group = "a" }), h:open():publisher("x", {})
      local pad, sink = ("x"):rep(1000), hubs.sink()
      for i = 1, 3000 do out:put { row_id = tostring(i), n = i, pad = pad } end
      h:go_on(function () return h:told("no memory left", "maxmemory") end)
      out:finish()
      h:drain({ from }, sink.row)
      assert.equal(3000, sink.count)
      assert.equal(0, sink.again)
      assert.equal(1, #h.lines)
   end)

   it("wait for one that is slow", function ()
      start()
      local from, out = h:open():subscribe("x", { group = "a" }), h:open():publisher("x", {})
      local sink = hubs.sink()
      hubs.put(out, 1, 1000)
      h:go_on(function () return from:can_take() end)
      redis:ask "client pause 700 all"
      hubs.put(out, 1001, 2000)
      out:finish()
      h:drain({ from }, sink.row)
      assert.equal(2000, sink.count)
      assert.equal(0, sink.again)
      assert.same({}, h.lines)
   end)

   it("connect anew when it says nothing at all", function ()
      start()
      local hub = h:open()
      local out = hub:publisher("x", {})
      h:go_on(function () return hub.is_open end)
      os.execute(("kill -STOP $(cat %s/pid)"):format(redis.folder))
      hubs.put(out, 1, 1)
      h:go_on_for(0.1)
      hub.client.heard = hub.client.heard - 6
      h:go_on(function () return h:told "has not answered for 6 seconds" end)
      hub.client.heard = hub.client.heard - 30
      h:go_on(function () return h:told "no answer for 30 seconds" end)
      os.execute(("kill -CONT $(cat %s/pid)"):format(redis.folder))
      assert.is_true(out:flush())
      assert.equal("1\n", redis:ask "xlen weir:x:{0}")
   end)

   it("say once that a password is wrong, without showing it, or a host unknown", function ()
      start "--requirepass right"
      local hub = h:open()
      hubs.put(hub:publisher("x", {}), 1, 1)
      h:go_on(function () return h:told "wants a password" end)
      h:go_on(function () return hub.client.delay > 0.2 end)       -- not at once, again and again
      assert.equal(1, #h.lines)
      hub.teller:forget "password"
      hub.client.options.password = "secret"
      hub.client:reset "the password is another"
      h:go_on(function () return h:told "refuses the password" end)
      local count = #h.lines
      h:go_on_for(0.5)
      assert.equal(count, #h.lines)
      for _, line in ipairs(h.lines) do assert.is_nil(line:find("secret", 1, true)) end
      h:open { url = "redis://no.such.host.invalid:6379" }
      h:go_on(function () return h:told("no.such.host.invalid:6379", "channels.url") end)
      assert.equal(count + 1, #h.lines)
   end)

   it("say that it is a replica, and go on when it is none", function ()
      start "--replicaof 127.0.0.1 1"
      local out = h:open():publisher("x", {})
      hubs.put(out, 1, 1)
      h:go_on(function () return h:told "primary" end)
      redis:ask "replicaof no one"
      assert.is_true(out:flush())
   end)

   it("put rows that fail, and what is none, to the dead letters, and go on", function ()
      start()
      local from = h:open { deliveries = 3 }:subscribe("x", { group = "a" })
      local out = h:open():publisher("x", {})
      hubs.put(out, 1, 10)
      assert(out:flush())
      redis:ask [[xadd weir:x:{0} '*' id z json '{"id":']]
      redis:ask [[xadd weir:x:{0} '*' what ever]]
      hubs.put(out, 11, 20)
      out:finish()
      local tries, done = 0, 0
      h:drain({ from }, function (_, row)
         if row.n == 5 then
            tries = tries + 1
            from:failed(row, "poison: \255")
         else
            done = done + 1
         end
      end)
      assert.equal(3, tries)
      assert.equal(19, done)
      assert.equal(3, from.dead)
      local letters = redis:ask "xrange weir:x:dead - +"
      local told = "id\n5\nts\n%S+\njson\n{[^\n]*}\nerror\npoison: [^\n]+\nchannel\nx\n"
         .. "group\na\nentry\n%S+\ndeliveries\n3\n"
      assert.truthy(letters:find(told), letters)
      assert.truthy(letters:find("this is no row", 1, true))
      assert.truthy(letters:find("it has no json", 1, true))
      assert.is_true(h:told("group a: row", "dead letters"))
   end)

   it("make whoever puts too much wait, and trim nothing that was not read", function ()
      start()
      local from, is_over = h:open { most = 100 }:subscribe("x", { group = "a" }), false
      local hub = h:open { most = 100, stopped = function () return is_over end }
      local out, sink, put = hub:publisher("x", { groups = { "a" } }), hubs.sink(), 0
      hub.loop:after(0.3, function () is_over = true end)
      while not is_over do
         put = put + 1
         hubs.put(out, put, put)
      end
      assert(put >= 200 and put <= 310, put)
      assert(tonumber(redis:ask "xlen weir:x:{0}") <= 100)
      is_over = false
      out:finish()
      h:drain({ from }, sink.row)
      assert.equal(put, sink.count)
   end)

   it("trim what is too much, and count what nobody had read", function ()
      start()
      redis:ask "xgroup create weir:x:{0} idler 0 mkstream"
      local hub = h:open { most = 1000, full = "drop" }
      local out = hub:publisher("x", {})
      for i = 1, 5000, 500 do
         hubs.put(out, i, i + 499)
         assert(out:flush())
      end
      local length = tonumber(redis:ask "xlen weir:x:{0}")
      assert(length >= 1000 and length < 1200)
      assert.equal(5000 - length, hub:stats().x.dropped)
   end)

   it("drop the newest while it cannot be reached, when that is wanted, and count them", function ()
      start()
      local hub = h:open { most = 1000, full = "drop" }
      local out = hub:publisher("x", {})
      h:go_on(function () return hub.is_open end)
      redis:kill()
      hubs.put(out, 1, 3000)
      assert.equal(2000, out.dropped)
      redis:start()
      h:go_on(function () return out.waiting == 0 end)
      assert.equal("1000\n", redis:ask "xlen weir:x:{0}")
   end)
end)

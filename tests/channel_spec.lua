-- Channels in memory, and what is the same whatever carries them.

local address = require "weir.channel.address"
local channel = require "weir.channel"
local loop    = require "weir.loop"

local lines

local function open(options)
   options = options or {}
   lines = {}
   options.tell = function (line) lines[#lines + 1] = line end
   return assert(channel.open(options))
end

local function row(i) return { row_id = tostring(i), n = i } end

local function put(out, first, last)
   local has_room = true
   for i = first, last do has_room = out:put(row(i)) end
   return has_room
end

local function numbers(rows)
   local list = {}
   for i, r in ipairs(rows or {}) do list[i] = r.n end
   return list
end

describe("a channel in memory", function ()
   it("gives each group each row once, in order, by reference", function ()
      local hub = open()
      local a, b = hub:subscribe("x", { group = "a" }), hub:subscribe("x", { group = "b" })
      local out = hub:publisher("x", { name = "maker" })
      local first = row(1)
      out:put(first)
      put(out, 2, 5)
      assert.is_true(hub:poll(0))
      assert.equal(first, a:take(10)[1])
      assert.same({ 1, 2 }, numbers(b:take(2)))
      assert.same({ 3, 4, 5 }, numbers(b:take(9)))
      assert.is_nil(a:take(10))
      assert.is_false(hub:poll(0))
   end)

   it("ends when all producers have finished and all is dealt with", function ()
      local hub = open()
      local from = hub:subscribe("x", { group = "a" })
      local one, two = hub:publisher("x", { name = "1" }), hub:publisher("x", { name = "2" })
      put(one, 1, 3)
      one:finish()
      one:finish()
      local rows = from:take()
      from:done(rows)
      assert.is_false(from.ended)
      put(two, 4, 4)
      two:finish()
      assert.is_false(from.ended)
      rows = from:take()
      assert.is_false(from.ended)
      from:done(rows)
      assert.is_true(from.ended)
      assert.is_true(hub:subscribe("x", { group = "late" }).ended)
      assert.has_error(function () two:put(row(5)) end, "this publisher has finished")
   end)

   it("has whoever puts too much wait, and loses nothing", function ()
      local hub = open { most = 10 }
      local from = hub:subscribe("x", { group = "a" })
      local out = hub:publisher("x", { name = "maker" })
      assert.is_true(put(out, 1, 9))
      assert.is_false(put(out, 10, 12))
      assert.same({ 1, 2, 3, 4, 5 }, numbers(from:take(5)))
      assert.is_true(put(out, 13, 14))
      assert.is_false(put(out, 15, 15))
      assert.same({ 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, numbers(from:take()))
      assert.equal(0, hub:stats().x.groups.a.dropped)
   end)

   it("drops the newest when it is told to, and counts them", function ()
      local hub = open { most = 10, full = "drop" }
      local from = hub:subscribe("x", { group = "a" })
      assert.is_true(put(hub:publisher("x", {}), 1, 25))
      assert.equal(10, #from:take())
      local stats = hub:stats().x
      assert.equal(15, stats.groups.a.dropped)
      assert.equal(25, stats.published)
   end)

   it("counts what nobody subscribes to", function ()
      local hub = open()
      put(hub:publisher("x", {}), 1, 4)
      assert.equal(4, hub:stats().x.unread)
   end)

   it("delivers a row that failed again, and then puts it to the dead letters", function ()
      local hub = open { deliveries = 3 }
      local from = hub:subscribe("x", { group = "a" })
      local out = hub:publisher("x", {})
      put(out, 1, 4)
      out:finish()
      local seen = {}
      while not from.ended do
         local rows = assert(from:take(3))
         for _, r in ipairs(rows) do
            seen[#seen + 1] = r.n
            if r.n == 2 then from:failed(r, "poison") end
         end
         from:done(rows)
      end
      assert.same({ 1, 2, 3, 2, 2, 4 }, seen)
      local group = hub:stats().x.groups.a
      assert.equal(1, group.dead)
      assert.equal(0, group.pending)
      assert.equal("poison", group.letters[1].error)
      assert.equal(1, #lines)
      assert.truthy(lines[1]:find("channel x, group a: row 2 failed", 1, true))
   end)

   it("tells of many dead letters once a minute, and keeps a thousand", function ()
      local hub = open { deliveries = 1 }
      local from = hub:subscribe("x", { group = "a" })
      put(hub:publisher("x", {}), 1, 1500)
      for _, r in ipairs(from:take()) do from:failed(r, "no") end
      assert.equal(1, #lines)
      local group = hub:stats().x.groups.a
      assert.equal(1500, group.dead)
      assert.equal(1000, #group.letters)
      assert.equal("1500", group.letters[1000].row.row_id)
   end)

   it("tells nothing that could drive a terminal, or fill it", function ()
      local hub = open { deliveries = 1 }
      local from = hub:subscribe("x", { group = "a" })
      hub:publisher("x", {}):put { row_id = "\27[2J" .. ("x"):rep(10000) }
      from:failed(from:take()[1], "no")
      assert.is_nil(lines[1]:find("\27", 1, true))
      assert(#lines[1] < 300 and lines[1]:find "dead letters: no$")
   end)

   it("keeps nothing of what was taken, however it is taken", function ()
      local hub = open()
      local from = hub:subscribe("x", { group = "a" })
      local out, at = hub:publisher("x", {}), 0
      put(out, 1, 100)
      for i = 1, 10000 do
         put(out, 100 + i, 100 + i)
         local rows = from:take(1)
         at = at + 1
         assert(rows[1].n == at and #from.queue <= 202)
         from:done(rows)
      end
      assert.equal(100, hub:stats().x.groups.a.lag)
   end)

   it("lets a loop go on while nothing can be taken", function ()
      local l = assert(loop.new())
      local hub = open { loop = l }
      local from, out = hub:subscribe("x", { group = "a" }), hub:publisher("x", {})
      l:after(0.01, function () out:put(row(1)) end)
      assert.is_true(hub:poll(5))
      assert.equal(1, #from:take())
      l:close()
   end)

   it("refuses what is a bug", function ()
      local hub = open()
      assert.has_error(function () hub:publisher("a b", {}) end)
      assert.has_error(function () hub:subscribe("x", {}) end)
      assert.has_error(function () hub:publisher("x", {}):put {} end)
   end)
end)

describe("what opens channels", function ()
   it("refuses options that make no sense", function ()
      for options, said in pairs {
         [{ transport = "pigeon" }] = "memory or redis", [{ most = 0 }] = "most is a whole number",
         [{ partitions = 1.5 }] = "partitions is a whole", [{ full = "x" }] = "wait or drop",
         [{ prefix = "a:*" }] = "prefix", [{ idle = "x" }] = "idle is a number",
         [{ url = "http://x" }] = "redis://host", [{ url = "rediss://x" }] = "tunnel",
         [{ url = "redis://h:70000" }] = "redis://user", [{ url = "redis://h/x" }] = "redis://",
         [{ url = "unix://x" }] = "unix:///path", [{ url = "unix://:s@x" }] = "unix:///path",
         [{ url = "unix:///x?password=s" }] = "unix://user:password@/path",
      } do
         local hub, why = channel.open(options)
         assert.is_nil(hub)
         assert.truthy(why:find(said, 1, true), why)
      end
   end)

   it("reads addresses, and shows none of their passwords", function ()
      assert.same({ host = "h", port = 1, database = 2, user = "u", password = "p@:/%",
         shown = "h:1" }, address.parse "redis://u:p%40:%2f%25@h:1/2")
      assert.same({ host = "::1", port = 6379, database = 0, password = "s", shown = "::1:6379" },
         address.parse "redis://:s@[::1]")
      assert.same({ path = "/a b", database = 3, shown = "/a b" },
         address.parse "unix:///a%20b?db=3")
      assert.same({ path = "/a@b?", database = 0, user = "u", password = "p/", shown = "/a@b?" },
         address.parse "unix://u:p%2f@/a%40b%3f")
      assert.same({ path = "/a@b", database = 0, shown = "/a@b" }, address.parse "unix:///a@b")
   end)
end)

-- The client of Redis, with a real server on a socket of its own.

local loop  = require "weir.loop"
local redis = require "weir.redis"
local try   = require "try"

describe("a client of Redis", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local folder, path, l, client

   local function start(options)
      os.execute(([[redis-server --port 0 --unixsocket %s --dir %s --save '' --pidfile %s/pid \
         --daemonize yes %s >/dev/null]]):format(path, folder, folder, options or ""))
      for _ = 1, 100 do
         if os.execute(("redis-cli -s %s ping >/dev/null 2>&1"):format(path)) == 0 then return end
         os.execute "sleep 0.02"
      end
   end

   -- Ends the server at once.
   local function kill()
      os.execute(("kill -9 $(cat %s/pid) && rm -f %s"):format(folder, path))
   end

   -- Goes on until f is true.
   local function until_true(f)
      local is_late = false
      local limit = l:after(10, function () is_late = true end)
      while not f() and not is_late do assert(l:step() ~= nil) end
      l:forget(limit)
      assert(not is_late, "it took too long")
   end

   local function ask(...)
      local is_told, reply, why = false, nil, nil
      assert(client:call({ ... }, function (...)
         is_told = true
         reply, why = ...
      end))
      until_true(function () return is_told end)
      return reply, why
   end

   before_each(function ()
      folder = try.path()
      os.execute("mkdir " .. folder)
      path = folder .. "/socket"
      l = assert(loop.new())
   end)
   after_each(function ()
      client:close()
      l:close()
      os.execute(("kill -9 $(cat %s/pid) 2>/dev/null; rm -rf %s"):format(folder, folder))
   end)

   it("sends words of any bytes, and reads what replies can be", function ()
      start()
      client = redis.new(l, { path = path })
      assert.equal("OK", ask("SET", "a", "x\0\r\ny"))
      assert.equal("x\0\r\ny", ask("GET", "a"))
      assert.equal(5, ask("STRLEN", "a"))
      assert.equal(false, ask("GET", "nothing"))
      ask("XADD", "s", "1-1", "f", "v", "g", "w")
      ask("XGROUP", "CREATE", "s", "readers", "0")
      assert.same({ { "s", { { "1-1", { "f", "v", "g", "w" } } } } },
         ask("XREADGROUP", "GROUP", "readers", "me", "STREAMS", "s", ">"))
      local reply, why = ask("GET", "a", "b")
      assert.is_nil(reply)
      assert.truthy(why:find "wrong number of arguments")
   end)

   it("has replies in the order of commands, ten thousand on their way", function ()
      start()
      client = redis.new(l, { path = path })
      local next_one = 1
      for i = 1, 10000 do
         client:call({ "ECHO", i }, function (reply)
            assert.equal(tostring(next_one), reply)
            next_one = i + 1
         end)
      end
      until_true(function () return next_one == 10001 end)
   end)

   it("takes values of many megabytes", function ()
      start()
      client = redis.new(l, { path = path })
      local large = ("0123456789abcdef"):rep(2 ^ 20)
      ask("SET", "large", large)
      assert.equal(large, ask("GET", "large"))
   end)

   it("reads entries of streams, and nothing out of replies that are none", function ()
      start()
      client = redis.new(l, { path = path })
      local function read(reader, ...)
         local reply
         client:call({ ... }, function (r) reply = r or false end, reader)
         until_true(function () return reply ~= nil end)
         return reply
      end
      local entries, claimed = redis.entries "json", redis.claimed "json"
      ask("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")
      ask("XADD", "s", "1-1", "id", "x", "json", "{}")
      ask("XADD", "s", "1-2", "other", "y")
      local want = { count = 2, ids = { "1-1", "1-2" }, values = { "{}", false } }
      assert.same(want, read(entries, "XREADGROUP", "GROUP", "g", "me", "STREAMS", "s", ">"))
      want.cursor, want.gone = "0-0", 0
      assert.same(want, read(claimed, "XAUTOCLAIM", "s", "g", "you", 0, "0-0"))
      assert.equal(0, read(entries, "XREADGROUP", "GROUP", "g", "me", "STREAMS", "s", ">").count)
      for _, odd in ipairs {
         "1", "'x'", "{}", "{1}", "{1,2}", "{{}}", "{{1}}", "{{1,2}}", "{{'s',{1}}}",
         "{{'s',{{}}}}", "{{'s',{{'1-1'}}}}", "{{'s',{{{},{}}}}}", "{{'s',{{'1-1',{'json'}}}}}",
         "{'0-0',{}}",
         "{{'s',{{'1-1',{{'json'},'json',{1,{2}}}}}}}", "{'0-0',{{'1-1',{'json',{}}}},1}", "false",
      } do
         for _, reader in ipairs { entries, claimed } do
            local found = read(reader, "EVAL", "return " .. odd, 0)
            assert(type(found) == "table" and found.count <= 1)
            assert.is_not_true(found.values[1])
         end
      end
      assert.equal(false, read(claimed, "EVAL", "return redis.error_reply('no')", 0))
   end)

   it("says what was lost, and connects again", function ()
      start()
      local states = {}
      client = redis.new(l, { path = path, on_state = function (on) states[#states + 1] = on end })
      assert.equal("PONG", ask "PING")
      local lost
      client:call({ "BLPOP", "nothing", "0" }, function (_, why) lost = why end)
      l:step(0.05)
      kill()
      until_true(function () return lost end)
      local later
      client:call({ "SET", "after", "1" }, function (reply) later = reply end)
      start()
      until_true(function () return later end)
      assert.equal("OK", later)
      assert.is_true(states[1])
      assert.is_false(states[2])
      assert.is_true(states[#states])
   end)

   it("tells of a password that is wrong", function ()
      start "--requirepass right"
      local why
      client = redis.new(l, { path = path, password = "wrong",
         on_state = function (on, reason) why = why or not on and reason end })
      until_true(function () return why end)
      assert.truthy(why:find "WRONGPASS")
      client:close()
      client = redis.new(l, { path = path, password = "right", database = 3 })
      assert.equal("OK", ask("SET", "a", "1"))
   end)

   it("waits for a server that is not there", function ()
      client = redis.new(l, { path = path })
      local reply
      client:call({ "PING" }, function (r) reply = r end)
      l:step(0.15)
      start()
      until_true(function () return reply end)
      assert.equal("PONG", reply)
   end)
end)

-- Waiting for timers, signals, files, children, and answers of real servers.

local ffi  = require "ffi"
local loop = require "weir.loop"
local try  = require "try"

local serving = require "serving"

ffi.cdef [[
   int fork(void); void _exit(int); int getpid(void); int kill(int, int);
   int pipe(int *); long write(int, const void *, unsigned long); int close(int);
]]
local libc = ffi.C

-- Goes on until nothing is waited for, or for so many seconds.
local function finish(l, seconds)
   local is_late = false
   local limit = l:after(seconds or 10, function () is_late = true end)
   while not is_late and l.count > 1 do assert(l:step() ~= nil) end
   l:forget(limit)
   assert(not is_late, "it took too long")
end

describe("a loop", function ()
   local l

   before_each(function () l = assert(loop.new()) end)
   after_each(function () l:close() end)

   it("tells of timers in their order, once or again", function ()
      local told, again = {}, 0
      l:after(0.03, function () told[#told + 1] = "late" end)
      l:after(0.01, function () told[#told + 1] = "early" end)
      local every
      every = l:every(0.005, function ()
         again = again + 1
         if again == 3 then l:forget(every) end
      end)
      finish(l)
      assert.same({ "early", "late" }, told)
      assert.equal(3, again)
   end)

   it("tells nothing of what was forgotten, and uses its number again only later", function ()
      local first, told
      first = l:after(0, function () error "it was forgotten" end)
      l:forget(first)
      local second = l:after(0, function () told = true end)
      assert.not_equal(first, second)
      finish(l)
      assert.truthy(told)
   end)

   it("tells of a signal once a turn, however often it came", function ()
      local count, watch = 0, nil
      watch = l:signal(10, function (number)
         assert.equal(10, number)
         count = count + 1
         l:forget(watch)
      end)
      for _ = 1, 5 do libc.kill(libc.getpid(), 10) end
      finish(l)
      assert.equal(1, count)
   end)

   it("tells how children ended", function ()
      local ends = {}
      local child = libc.fork()
      if child == 0 then libc._exit(7) end
      l:child(child, function (code) ends.code = code end)
      local other = libc.fork()
      if other == 0 then while true do end end
      l:child(other, function (_, signal) ends.signal = signal end)
      libc.kill(other, 9)
      finish(l)
      assert.same({ code = 7, signal = 9 }, ends)
      local n, why = l:child(999999, function () end)
      assert.is_nil(n)
      assert.truthy(why:find "cannot wait for process 999999")
   end)

   it("tells as long as there is something to read", function ()
      local ends, count = ffi.new "int[2]", 0
      libc.pipe(ends)
      local watch
      watch = l:readable(ends[0], function ()
         count = count + 1
         if count == 3 then l:forget(watch) end
      end)
      libc.write(ends[1], "x", 1)
      finish(l)
      assert.equal(3, count)
      libc.close(ends[0])
      libc.close(ends[1])
   end)

   it("waits no longer than asked", function ()
      l:after(60, function () end)
      assert.is_true(l:step(0))
      assert.is_true(l:step(0.01))
   end)

   it("has room for thousands of timers", function ()
      local count = 0
      for _ = 1, 5000 do l:after(0, function () count = count + 1 end) end
      finish(l)
      assert.equal(5000, count)
   end)

   it("goes on within what it tells, and behind an error there", function ()
      local told = {}
      l:after(0, function ()
         told[#told + 1] = "first"
         l:step(0.1)
      end)
      l:after(0, function ()
         told[#told + 1] = "second"
         error "wrong"
      end)
      l:after(0, function () told[#told + 1] = "third" end)
      assert.is_false(pcall(finish, l))
      l:step(0.1)
      table.sort(told)
      assert.same({ "first", "second", "third" }, told)
   end)
end)

describe("a request", function ()
   if not try.has "python3" then return pending "python3 is not installed" end
   local l, server, port

   setup(function () server, port = serving.start "web" end)
   teardown(function () server:close() end)
   before_each(function () l = assert(loop.new()) end)
   after_each(function () l:close() end)

   local function ask(path, options)
      local request, answer = options or {}, nil
      request.url = path:find "^%a+:" and path or ("http://127.0.0.1:%s%s"):format(port, path)
      assert(l:request(request, function (a) answer = a end))
      finish(l)
      return answer
   end

   it("yields the answer", function ()
      local answer = ask "/ok"
      assert.equal(200, answer.status)
      assert.equal("well", answer.body)
      assert.equal("one", answer.headers["x-many"])
      assert.is_nil(answer.why)
   end)

   it("sends a body and headers", function ()
      local answer = ask("/", { body = "a\0b", headers = { ["X-Asked"] = "twice" } })
      assert.equal(201, answer.status)
      assert.equal("twice:a\0b", answer.body)
   end)

   it("follows redirects, to a number of them, and to the web alone", function ()
      local answer = ask "/there"
      assert.equal("well", answer.body)
      assert.truthy(answer.url:find "/ok$")
      assert.truthy(ask("/round", { redirects = 3 }).why:find "redirects")
      assert.truthy(ask "/elsewhere".why)
      assert.equal(302, ask("/there", { redirects = 0 }).status)
   end)

   it("gives up in time, and beyond its limits", function ()
      assert.truthy(ask("/hang", { timeout = 0.2 }).why:lower():find "time")
      assert.truthy(ask "/lie".why)
      assert.truthy(ask("/bomb", { most = 1000000 }).why:find "more than 1000000 bytes")
      assert.truthy(ask "/heads".why)
      assert.truthy(ask "http://127.0.0.1:1/".why:find "connect")
      assert.truthy(ask "ftp://127.0.0.1/".why)
   end)

   it("uses a connection again", function ()
      assert.equal(ask "/peer".body, ask "/peer".body)
   end)

   it("refuses what would smuggle a line", function ()
      for _, bad in ipairs {
         { url = "http://127.0.0.1/\r\nX: y" }, { url = "http://127.0.0.1/", method = "GET /" },
         { url = "http://127.0.0.1/", headers = { X = "y\r\nZ: z" } },
      } do
         local n, why = l:request(bad, function () end)
         assert.is_nil(n)
         assert.truthy(why)
      end
   end)

   it("believes in certificates that it has reason to", function ()
      if not try.has "openssl" then return pending "openssl is not installed" end
      local folder = serving.certificate()
      local secure, its_port = serving.start("web", ("%s/cert %s/key"):format(folder, folder))
      local url = ("https://127.0.0.1:%s/ok"):format(its_port)
      assert.truthy(ask(url).why:lower():find "certificate")
      assert.equal(200, ask(url, { ca_file = folder .. "/cert" }).status)
      local other = ("https://localhost:%s/ok"):format(its_port)
      assert.truthy(ask(other, { ca_file = folder .. "/cert" }).why)
      secure:close()
      os.execute("rm -r " .. folder)
   end)
end)

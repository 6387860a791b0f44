-- weir.http against servers that do as they should, and others.

local host    = require "weir.host"
local http    = require "weir.http"
local pace    = require "weir.http.pace"
local serving = require "serving"
local step    = require "weir.http.next"
local try     = require "try"

describe("the pace of requests", function ()
   it("is so many in any span of time", function ()
      local rate = assert(pace.rate "3/minute")
      local waits = {}
      for i, now in ipairs { 100, 110, 120, 130, 160, 165, 170 } do
         waits[i] = pace.wait("pace.example", rate, now)
         if waits[i] == 0 then pace.note("pace.example", now) end
      end
      assert.same({ 0, 0, 0, 30, 0, 5, 0 }, waits)
   end)

   it("is written as people do", function ()
      assert.same({ most = 4, span = 60 }, pace.rate "4/minute")
      assert.same({ most = 10, span = 1 }, pace.rate(10))
      assert.same({ most = 500, span = 86400 }, pace.rate " 500 / day")
      for _, bad in ipairs { "4", "0/second", "4/week", "1001/day", "-1/second", 2.5 } do
         local rate, why = pace.rate(bad)
         assert.is_nil(rate)
         assert.truthy(why:find "is no rate: write 4/minute")
      end
   end)

   it("is what a host asks for", function ()
      pace.hold("held.example", 50)
      assert.equal(10, pace.wait("held.example", nil, 40))
      assert.equal(0, pace.wait("held.example", nil, 51))
   end)

   it("remembers a bounded number of hosts, the latest", function ()
      for i = 1, 5000 do pace.note("host" .. i, 1000 + i) end
      local rate = pace.rate "1/day"
      assert.equal(0, pace.wait("host1", rate, 7000))
      assert.truthy(pace.wait("host5000", rate, 7000) > 0)
   end)
end)

describe("what a server asks us to wait", function ()
   it("is a number of seconds, or a moment", function ()
      assert.equal(120, step.asked("120", 0))
      assert.equal(37, step.asked("Sun, 06 Nov 1994 08:49:37 GMT", 784111740))
      assert.equal(0, step.asked("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 + 5))
      assert.equal(3600, step.asked("99999999999999999999", 0))
      for _, bad in ipairs { "soon", "-1", "1.5", "Sun, 06 Foo 1994 08:49:37 GMT", "" } do
         assert.is_nil(step.asked(bad, 0))
      end
   end)
end)

describe("weir.http", function ()
   if not try.has "python3" then return pending "python3 is not installed" end
   local server, port, other, other_port, base

   setup(function ()
      server, port = serving.start "faulty"
      other, other_port = serving.start "faulty"
      base = "http://127.0.0.1:" .. port
   end)
   teardown(function () server:close() other:close() end)

   -- The reason why a question has no answer, within so many seconds.
   local function fails(path, options, seconds)
      local begun = host.clock()
      options = options or {}
      options.retries = options.retries or 0
      local answer, why = http.get(base .. path, options)
      assert.is_nil(answer)
      assert(host.clock() - begun < (seconds or 1), why)
      assert.truthy(why:find("^no answer from 127.0.0.1: "), why)
      return why
   end

   it("asks, and sends", function ()
      local answer = assert(http.get(base .. "/a?b=c", { headers = { ["X-ApiKey"] = "k" } }))
      assert.equal(200, answer.status)
      assert.equal("GET /a?b=c key=k body=", answer.body)
      assert.equal(base .. "/a?b=c", answer.url)
      assert.equal("POST /a key=None body=b\0c", http.post(base .. "/a", "b\0c").body)
   end)

   it("uses a connection again, from call to call", function ()
      local first = http.get(base .. "/peer").body
      for _ = 1, 3 do assert.equal(first, http.get(base .. "/peer").body) end
   end)

   it("refuses what is no request", function ()
      assert.has_error(function () http.get(base, { timout = 1 }) end,
         "a request has no 'timout', did you mean 'timeout'?")
      assert.has_error(function () http.get(base, { timeout = "1" }) end,
         "'timeout' of a request is a number, not a string")
      assert.has_error(function () http.get(base, { rate = "often" }) end)
      for url, why in pairs { ["no url"] = "is no URL: it has no scheme",
         ["file:///etc/passwd"] = "is no URL of http", ["http://"] = "it has no host" } do
         local answer, got = http.get(url)
         assert.is_nil(answer)
         assert.truthy(got:find(why, 1, true), got)
      end
   end)

   it("gives up in time on who is silent, or drips", function ()
      assert.truthy(fails("/silent", { timeout = 0.2 }):find "timed out")
      assert.truthy(fails("/drip", { timeout = 0.3 }):find "timed out")
      assert.truthy(fails("/silent", { patience = 0.2, retries = 5 }))
   end)

   it("says what is wrong with an answer", function ()
      assert.truthy(fails "/garbage")
      assert.truthy(fails "/middle":find "93 bytes remaining")
      assert.truthy(fails "/nothing")
      assert.truthy(fails "/chunk")
      assert.truthy(fails("/negative"))
      assert.truthy(fails "/headers":find "head")
   end)

   it("takes no more than it may, in little memory", function ()
      local before = collectgarbage "count"
      assert.truthy(fails("/endless", { most = 100000 }):find "its body has more than 100000 bytes")
      assert(collectgarbage "count" - before < 4096)
   end)

   it("follows redirects, a number of them", function ()
      assert.equal("GET /x key=k body=",
         http.get(base .. "/to/302//x", { headers = { ["X-ApiKey"] = "k" } }).body)
      assert.truthy(fails("/next", { redirects = 4 }):find "it redirects more than 4 times")
      assert.equal(302, http.get(base .. "/to/302//x", { redirects = 0 }).status)
      assert.truthy(fails "/to/302/file:///etc/passwd":find "it redirects from http to file")
      assert.truthy(fails "/to/302/http:///":find "what is no URL: it has no host")
   end)

   it("sends no key to another origin, and no body where that is not meant", function ()
      local there = ("http://127.0.0.1:%s/x"):format(other_port)
      local options = { headers = { ["X-ApiKey"] = "k" } }
      assert.equal("GET /x key=None body=", http.get(base .. "/to/302/" .. there, options).body)
      assert.equal("GET /x key=None body=", http.post(base .. "/to/303/" .. there, "b").body)
      assert.equal("POST /y key=None body=b", http.post(base .. "/to/307//y", "b").body)
   end)

   it("asks again what is busy for the moment, when it said that it would not be", function ()
      local answer = assert(http.get(base .. "/busy/1/-/a"))
      assert.equal("2", answer.body)
      local begun = host.clock()
      assert.equal("2", http.get(base .. "/busy/1/1/b").body)
      local took = host.clock() - begun
      assert(took >= 0.95 and took < 2, took)
   end)

   it("asks again when the connection breaks, but sends nothing twice unasked", function ()
      assert.equal("2", http.get(base .. "/drop/1/a").body)
      local answer, why = http.post(base .. "/drop/1/b", "x")
      assert.is_nil(answer)
      assert.truthy(why:find "^no answer from 127.0.0.1: ", why)
      assert.equal("1", http.get(base .. "/count/drop/1/b").body)
      assert.equal("2", http.post(base .. "/drop/1/c", "x", { retries = 1 }).body)
   end)

   it("has many answers at the same time, in their order", function ()
      local list, begun = {}, host.clock()
      for i = 1, 24 do
         list[i] = { url = base .. (i % 2 == 0 and "/wait/0.3/" or "/number/") .. i, timeout = 5 }
      end
      list[25] = { url = base .. "/nothing", retries = 0 }
      local answers = http.all(list, 12)
      for i = 1, 24 do
         assert.equal(i % 2 == 0 and "waited" or ("GET /number/%d key=None body="):format(i),
            answers[i].body)
      end
      assert.is_nil(answers[25].status)
      assert.truthy(answers[25].why:find "^no answer from")
      assert(host.clock() - begun < 3)
   end)

   it("keeps to a rate, and says when that would take too long", function ()
      local list, begun = {}, host.clock()
      for i = 1, 4 do
         list[i] = { url = ("http://localhost:%s/%d"):format(port, i), rate = "3/second" }
      end
      for _, answer in ipairs(http.all(list)) do assert.equal(200, answer.status) end
      local took = host.clock() - begun
      assert(took >= 0.95 and took < 2, took)
      local answer, why = http.get(list[1].url, { rate = "1/hour", patience = 5 })
      assert.is_nil(answer)
      assert.truthy(why:find "it would take more than 5 seconds")
   end)

   it("goes through a proxy that is named, and says when there is none", function ()
      local answer = assert(http.get("http://a.example/b", { proxy = base }))
      assert.equal("GET http://a.example/b key=None body=", answer.body)
      local _, why = http.get(base .. "/a", { proxy = "http://127.0.0.1:1", retries = 0 })
      assert.truthy(why:find "connect")
   end)

   it("leaves alone who asks for that, whatever it wants of it", function ()
      local busy = ("http://127.0.0.1:%s/busy/9/30/a"):format(other_port)
      assert.equal(429, http.get(busy, { patience = 5 }).status)
      local answer, why = http.get(("http://127.0.0.1:%s/x"):format(other_port), { patience = 5 })
      assert.is_nil(answer)
      assert.truthy(why:find "it would take more than 5 seconds")
      assert.equal(200, http.get(base .. "/x").status)
   end)

   it("believes no certificate without reason", function ()
      if not try.has "openssl" then return pending "openssl is not installed" end
      local folder = serving.certificate()
      local web, its_port = serving.start("web", ("%s/cert %s/key"):format(folder, folder))
      local url = ("https://127.0.0.1:%s/ok"):format(its_port)
      local begun = host.clock()
      local _, why = http.get(url)
      assert.truthy(why:find "certificate")
      assert(host.clock() - begun < 0.5, "it tried again")
      assert.equal("well", assert(http.get(url, { ca_file = folder .. "/cert" })).body)
      local other_name = ("https://localhost:%s/ok"):format(its_port)
      _, why = http.get(other_name, { ca_file = folder .. "/cert" })
      assert.truthy(why:find "localhost")
      web:close()
      os.execute("rm -r " .. folder)
   end)
end)

-- What a reputation service is asked, and what is made of its answers.

local cache      = require "weir.reputation.cache"
local host       = require "weir.host"
local http       = require "weir.http"
local kinds      = require "weir.reputation.kinds"
local reputation = require "weir.reputation"
local serving    = require "serving"
local try        = require "try"

describe("what can be asked about", function ()
   it("is public", function ()
      for text, kind in pairs {
         ["192.0.2.1"] = "ip_addresses", ["8.8.8.8"] = "ip_addresses",
         ["172.32.0.1"] = "ip_addresses", ["2001:db8::1"] = "ip_addresses",
         ["::ffff:8.8.8.8"] = "ip_addresses", ["www.example.org"] = "domains",
         ["_dmarc.example.org"] = "domains", [("ab"):rep(16)] = "files", [("0"):rep(64)] = "files",
      } do assert.equal(kind, kinds.of(text)) end
   end)

   it("is no private address, no local name", function ()
      for _, text in ipairs {
         "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1",
         "169.254.3.4", "100.64.0.1", "100.127.255.255", "0.0.0.0", "224.0.0.251", "239.1.1.1",
         "255.255.255.255", "::", "::1", "fe80::1", "fd00::1", "ff02::1", "fec0::1",
         "::ffff:10.0.0.1", "::ffff:192.168.0.9", "printer.local", "nas.LAN", "x.home.arpa",
         "1.0.0.10.in-addr.arpa", "wiki.internal", "a.localhost",
      } do
         local kind, why = kinds.of(text)
         assert.is_nil(kind, text)
         assert.equal("private", why, text)
      end
   end)

   it("cannot lead elsewhere", function ()
      for _, text in ipairs {
         "", "host", "../admin.x", "a/b.c", "a.b?c=d", "a..b", "a.b#c", "a b.c", "a%2fb.c",
         "a.b\r\n", "1.2.3", "1.2.3.4.5", "a.b:80", "a.123", ("a."):rep(200) .. "b", ("g"):rep(32),
      } do assert.is_nil((kinds.of(text)), text) end
   end)
end)

describe("what was looked up", function ()
   local now = 1000
   local function clock() return now end

   it("holds for a while, and the oldest go first", function ()
      local known = cache.new { most = 3, now = clock }
      for i = 1, 4 do known:put("domains", i .. ".example", { malicious = i }, 10 * i) end
      assert.is_nil(known:get("domains", "1.example"))
      assert.same({ malicious = 2 }, known:get("domains", "2.example"))
      now = 1020
      assert.is_nil(known:get("domains", "2.example"))
      assert.same({ malicious = 3 }, known:get("domains", "3.example"))
      for _ = 1, 1000 do known:put("domains", "4.example", false, 10) end
      assert.is_false(known:get("domains", "4.example"))
      assert.is_nil(known:get("domains", "3.example"))
      now = 1000
   end)

   it("is there again, whatever else is in its file", function ()
      local path = try.path()
      local known = assert(cache.new { most = 10, path = path, now = clock })
      known:put("ip_addresses", "2001:db8::1", { malicious = 3, reputation = -5 }, 60)
      known:put("domains", "a.example", false, 60)
      known:put("domains", "old.example", false, 1)
      known:close()
      local file = io.open(path, "a")
      file:write("garbage\n", ("9"):rep(5000), "\n1060\tdomains\tx.example\t1\t2\tknown\n",
         "9999999999999999\tdomains\ty.example\t-\t-\t-\t-\t-\tunknown\n\1\2\n")
      file:close()
      now = 1005
      known = assert(cache.new { most = 10, path = path, now = clock })
      assert.equal(5, known.broken)
      assert.same({ malicious = 3, reputation = -5 }, known:get("ip_addresses", "2001:db8::1"))
      assert.is_false(known:get("domains", "a.example"))
      assert.is_nil(known:get("domains", "old.example"))
      known:close()
      assert.equal(2, #try.lines(try.contents(path, true)))        -- it was written anew
      now = 1000
   end)

   it("says when it cannot be kept", function ()
      local service, why = reputation.new { cache = "/nowhere/at/all" }
      assert.is_nil(service)
      assert.truthy(why:find "cannot keep what was looked up: /nowhere")
   end)
end)

describe("a reputation service", function ()
   if not try.has "python3" then return pending "python3 is not installed" end
   local server, url, said

   setup(function ()
      local port
      server, port = serving.start("reputation", "right")
      url = "http://127.0.0.1:" .. port
   end)
   teardown(function () server:close() end)
   before_each(function ()
      said = {}
      assert(http.get(url .. "/mode/well"))
   end)

   local function service(options)
      options.url, options.rate = options.url or url .. "/", options.rate or ""
      options.key = options.key or "right"
      function options.say(_, text) said[#said + 1] = text end
      return assert(reputation.new(options))
   end

   local function asked() return http.get(url .. "/asked").body end

   it("is asked once, of what is public", function ()
      local s = service {}
      local found = s:of { "192.0.2.7", "10.0.0.7", "www.example.org", "192.0.2.7", "192.0.2.99" }
      assert.same({ malicious = 7, suspicious = 1, harmless = 82, undetected = 0, reputation = -7 },
         found["192.0.2.7"])
      assert.equal(15, found["www.example.org"].malicious)
      assert.is_nil(found["10.0.0.7"])
      assert.is_nil(found["192.0.2.99"])
      assert.same(found, s:of { "192.0.2.7", "www.example.org", "192.0.2.99" })
      assert.equal('["domains/www.example.org", "ip_addresses/192.0.2.7", '
         .. '"ip_addresses/192.0.2.99"]', asked())
      assert.same({}, said)
   end)

   it("is left alone when it does not answer, and that is said once", function ()
      for mode, why in pairs {
         busy = "it answers with status 429", broken = "its answer makes no sense",
         silent = "timed out",
      } do
         local one, its_port = serving.start("reputation", "right")      -- which will be left alone
         local place = "http://127.0.0.1:" .. its_port
         said = {}
         http.get(place .. "/mode/" .. mode)
         local s, begun = service { timeout = 0.2, wait = 1, url = place }, host.clock()
         assert.same({}, s:of { "192.0.2.1", "192.0.2.2" })
         local once = s.counts.asked
         assert.same({}, s:of { "192.0.2.1", "192.0.2.3" })
         assert.equal(once, s.counts.asked)
         assert(host.clock() - begun < 2)
         assert.equal(1, #said)
         assert.truthy(said[1]:find(why, 1, true), said[1])
         one:close()
      end
   end)

   it("says nothing of the key, right or wrong", function ()
      local s = service { key = "wrong-secret" }
      assert.same({}, s:of { "192.0.2.1" })
      assert.equal(1, #said)
      assert.truthy(said[1]:find "status 401: it does not accept the key")
      assert.is_nil(said[1]:find "secret")
   end)

   it("is asked no more often than its rate, and what there is no time for is left out", function ()
      local s = service { rate = "2/minute", wait = 0.5, url = url:gsub("127.0.0.1", "localhost") }
      local found, begun = s:of { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4" }, host.clock()
      assert.truthy(found["192.0.2.1"] and found["192.0.2.2"])
      assert.is_nil(found["192.0.2.3"])
      assert.equal(2, s.counts.late)
      assert(host.clock() - begun < 1)
      assert.same({}, said)
   end)

   it("is no service without a url", function ()
      assert.same({}, service { url = "" }:of { "192.0.2.1" })
      assert.equal("[]", asked())
   end)

   -- What the extension makes of a capture with options.
   local function lines(set)
      local list = {}
      for name, value in pairs(set) do
         list[#list + 1] = ("--set lookup.%s=%s"):format(name, value)
      end
      local out, err, code = try.run(("WEIR_LOOKUP_KEY=right %s read -q -r samples/web.pcap "
         .. "--ext lookup %s -T fields -e src_ip -e dest_ip -e malicious -e looked_up"):format(
            try.program, table.concat(list, " ")))
      assert.equal(0, code, err)
      return try.lines(out), err
   end

   it("tells the worst of a flow, and its key is in no output", function ()
      local made, err = lines { url = url, rate = "" }
      assert(#made > 0)
      for _, line in ipairs(made) do
         local src, dest, malicious, who = line:match "^(%S+)\t(%S+)\t(%S*)\t(%S*)$"
         local a, b = tonumber(src:match "%d+$"), tonumber(dest:match "%d+$")
         assert.equal(math.max(a, b), tonumber(malicious))
         assert.equal(a >= b and src or dest, who)
      end
      assert.truthy(err:find "asked, 0 of them in vain")
      assert.is_nil(err:find "right")
      assert.truthy(lines {}[1]:find "\t\t$")            -- nobody was asked
   end)

   it("is asked nothing again by the next run, with a file to remember", function ()
      local path = try.path()
      local first = lines { url = url, rate = "", cache = path }
      local once = asked()
      assert.same(first, (lines { url = url, rate = "", cache = path }))
      assert.equal(once, asked())
      assert.is_nil(try.contents(path, true):find "right")
   end)

   it("is asked about rows of channels as well", function ()
      local golden, load = require "weir.extension.golden", require "weir.extension.load"
      local ext = assert(load.file("extensions/inference/lookup.lua", {
         subscribe = { "dns" }, publish = { "known" },
         set = { url = url, key = "right", rate = "", fields = "rrname" },
      }))
      local made = assert(golden.records(ext, { ext }, "samples/dns.pcap"))
      assert.truthy(made[1]:find '"looked_up":"www.example.org","malicious":15,')
      assert.equal('["domains/example.org", "domains/no.example.org", "domains/www.example.org"]',
         asked())
   end)
end)

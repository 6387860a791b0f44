-- Lists in the forms that they come in, what is found in them, and what is made of it.

local blocklist = require "weir.blocklist"
local extend    = require "extend"
local file      = require "weir.blocklist.file"
local host      = require "weir.host"
local try       = require "try"

local folder

-- The list of a text.
local function read(text)
   local path = try.file(text)
   local list = assert(file.read { name = "x", path = path })
   os.remove(path)
   return list
end

-- What is told of a list that was read: form, entries, lines without sense, lines without use.
local function told(list) return { list.form, list.set.count, list.broken, list.left } end

describe("a list", function ()
   it("can be a file of hosts", function ()
      local list = read [[
# comment
0.0.0.0 ads.example.com two.example   # and a comment
127.0.0.1 localhost
::1 ip6-localhost
this makes no sense
0.0.0.0 UPPER.example
]]
      assert.same({ "hosts", 3, 1, 2 }, told(list))
      assert.equal("ads.example.com", list.set:name "x.y.ads.example.com")
      assert.equal("upper.example", list.set:name "upper.example")
      for _, name in ipairs { "example.com", "com", "bads.example.com", "localhost" } do
         assert.is_nil(list.set:name(name))
      end
   end)

   it("can be one of a blocker of advertisements", function ()
      local list = read [[
[Adblock Plus 2.0]
! comment
||ads.example^
||trackers.example^$third-party,important
||zip^
@@||good.ads.example^
||203.0.113.5^
||site.example/path/*
||odd.example^$domain=other.example
example.com##.banner
/banner/*/img^
plain.example
198.51.100.0/24
what is this
]]
      assert.same({ "adblock", 6, 1, 5 }, told(list))
      assert.equal("trackers.example", list.set:name "a.trackers.example")
      assert.equal("zip", list.set:name "a.zip")
      assert.equal("203.0.113.5", list.set:address "203.0.113.5")
      assert.equal("good.ads.example", list.allowed:name "x.good.ads.example")
      for _, name in ipairs { "site.example", "odd.example", "example.com" } do
         assert.is_nil(list.set:name(name))
      end
   end)

   it("takes no rule for a part of what is asked of a name for a rule for the name", function ()
      local list = read [[
[Adblock Plus 2.0]
||whole.example^$popup,3p
||shop.example^$removeparam=fbclid
||pictures.example^$image
||not.example^$badfilter
@@||search.example^$generichide
@@||good.example^$document
]]
      assert.same({ "adblock", 1, 0, 5 }, told(list))
      assert.equal("whole.example", list.set:name "whole.example")
      assert.same({ 1, "good.example" }, { list.allowed.count, list.allowed:name "good.example" })
   end)

   it("can be a response policy zone", function ()
      local list = read [[
$TTL 60
$ORIGIN rpz.example.
@ SOA ns.example. me.example. 1 2 3 4 5
  NS ns.example.
bad.example CNAME .                 ; nothing below it
*.worse.example 60 IN CNAME .
ok.worse.example CNAME rpz-passthru.
absolute.test.rpz.example. CNAME .
garden.example A 192.0.2.1
24.0.100.51.198.rpz-ip CNAME .
ns.bad.example.rpz-nsdname CNAME .
no sense
]]
      assert.same({ "rpz", 5, 1, 5 }, told(list))
      assert.equal("bad.example", list.set:name "bad.example")
      assert.is_nil(list.set:name "x.bad.example")
      assert.is_nil(list.set:name "worse.example")
      assert.equal("worse.example", list.set:name "x.worse.example")
      assert.equal("ok.worse.example", list.allowed:name "ok.worse.example")
      assert.equal("absolute.test", list.set:name "absolute.test")
      assert.equal("198.51.100.0/24", list.set:address "198.51.100.200")
   end)

   it("can be a table, whichever column it is about", function ()
      local ja3 = read [[
# ja3_md5,Firstseen,Lastseen,Listingreason
b386946a5a44d1ddcc843bc75336dfce,2017-07-14 18:08:15,2019-07-27 20:42:54,Dridex
8991a387e4cc841740f25d6f5139f92d,2017-07-14 19:02:03,2019-07-28 00:34:38,Adware
]]
      assert.same({ "csv", 2, 0, 0 }, told(ja3))
      assert.truthy(ja3.set:hash "8991a387e4cc841740f25d6f5139f92d")
      local sha1 = read [[
# Listingdate,SHA1,Listingreason
2026-01-02 03:04:05,0123456789ABCDEF0123456789abcdef01234567,Bot C&C
]]
      assert.truthy(sha1.set:hash "0123456789abcdef0123456789abcdef01234567")
      local c2 = read [[
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
"2026-01-17 07:30:05","198.51.100.133","443","offline","2026-01-17","Bot, the first"
"2026-02-17 07:30:05","203.0.113.9","443","online","2026-02-17","Bot"
"2026-02-17 07:30:05","nonsense","443","online","2026-02-17","Bot"
]]
      assert.same({ "csv", 2, 1, 1 }, told(c2))
      assert.equal("203.0.113.9", c2.set:address "203.0.113.9")
      local urls = read [[
"id","dateadded","url","url_status","tags","link","reporter"
"1","2026-01-01","http://198.51.100.3:8080/a.sh","online","elf,bot","https://list.example/1/","me"
"2","2026-01-01","http://bad.example/x,y.sh","online","elf,bot","https://list.example/2/","me"
]]
      assert.same({ "csv", 2, 0, 1 }, told(urls))
      assert.equal("198.51.100.3", urls.set:address "198.51.100.3")
      assert.equal("bad.example", urls.set:name "bad.example")
      assert.is_nil(urls.set:name "x.bad.example")       -- somebody else's
      assert.is_nil(urls.set:name "list.example")
   end)

   it("is about the column with most different things, although some make no sense", function ()
      local urls = read [[
"id","url","link"
"1","http://bad.example/x","https://list.example/1/"
"2","http://worse.example/y","https://list.example/2/"
"3","http://no host/","https://list.example/3/"
]]
      assert.same({ "csv", 2, 1, 1 }, told(urls))
      assert.equal("worse.example", urls.set:name "worse.example")
      assert.is_nil(urls.set:name "list.example")
      local mixed = read [[
# "first_seen_utc","ioc_id","ioc_value","ioc_type","malware"
"2026-01-01 00:00:00", "1", "198.51.100.7:8080", "ip:port", "win.bot"
"2026-01-02 00:00:00", "2", "evil.example", "domain", "win.bot"
]]
      assert.same({ "csv", 2, 0, 0 }, told(mixed))
      assert.equal("198.51.100.7", mixed.set:address "198.51.100.7")
   end)

   it("can be one thing a line: networks, ranges, names, hashes", function ()
      local list = read [[
# netset
198.51.100.0/24 ; SBL1
203.0.113.5-203.0.113.12
2001:db8:bad::/47
2001:db8:1::5
*.w.example
.dot.example
t13d1516h2_8daaf6152771_b186095e22b6
1.2.3.4.5
300.1.1.1
10.0.0.0/33
10.0.0.9-10.0.0.1
https://evil.example/path
bücher.example
]]
      assert.same({ "plain", 12, 4, 0 }, told(list))
      local found = {
         ["198.51.100.77"] = "198.51.100.0/24", ["198.51.101.0"] = false,
         ["203.0.113.4"] = false, ["203.0.113.5"] = "203.0.113.5",
         ["203.0.113.7"] = "203.0.113.6/31", ["203.0.113.8"] = "203.0.113.8/30",
         ["203.0.113.12"] = "203.0.113.12", ["203.0.113.13"] = false,
         ["2001:db8:bac::1"] = "2001:db8:bac::/47", ["2001:db8:bae::1"] = false,
         ["2001:db8:1::5"] = "2001:db8:1::5", ["::ffff:198.51.100.1"] = "198.51.100.0/24",
         ["nonsense"] = false, [""] = false,
      }
      for text, what in pairs(found) do assert.equal(what or nil, list.set:address(text), text) end
      assert.truthy(list.set:hash "t13d1516h2_8daaf6152771_b186095e22b6")
      assert.truthy(list.set:name "a.dot.example" and list.set:name "evil.example")
   end)

   it("has an address of IPv4 whichever way it is written", function ()
      local list = read [[
::ffff:203.0.113.5
::ffff:198.51.100.0/120
::ffff:0:0/96
::/8
2001:db8::/32
]]
      assert.same({ "plain", 5, 0, 0 }, told(list))
      for text, what in pairs {
         ["203.0.113.5"] = "203.0.113.5", ["::ffff:203.0.113.5"] = "203.0.113.5",
         ["198.51.100.9"] = "198.51.100.0/24", ["::ffff:192.0.2.1"] = "::ffff:0.0.0.0/96",
         ["::2"] = "::/8",
      } do
         assert.equal(what, list.set:address(text))
      end
      assert.is_nil(list.set:address "192.0.2.1")
   end)

   it("is found by the longest prefix", function ()
      local list = read "10.0.0.0/8\n10.1.0.0/16\n10.1.2.3\n0.0.0.0/0\n"
      assert.equal("10.1.2.3", list.set:address "10.1.2.3")
      assert.equal("10.1.0.0/16", list.set:address "10.1.2.4")
      assert.equal("10.0.0.0/8", list.set:address "10.2.0.0")
      assert.equal("0.0.0.0/0", list.set:address "192.0.2.1")
   end)

   it("can be anything at all", function ()
      local random = try.random(7)
      local bytes = {}
      for i = 1, 20000 do bytes[i] = string.char(random(256)) end
      local list = read(table.concat(bytes))
      assert(list.broken + list.left + list.set.count < 20000)
      assert.same({ "plain", 0, 1, 0 }, told(read(("x"):rep(1000000))))
      assert.same({ "plain", 0, 0, 0 }, told(read ""))
      assert.same({ "plain", 1, 0, 0 }, told(read "\r\n  one.example  \r\n"))
      assert.equal(1, read('"' .. (","):rep(4000) .. "\na.example\n").set.count)
      local none, why = file.read { name = "x", path = "/nowhere" }
      assert.is_nil(none)
      assert.truthy(why:find "cannot read the list /nowhere")
   end)

   it("takes no longer for a line that means harm", function ()
      local lines, begun = {}, host.cpu()
      for _, part in ipairs {
         " ", "a ", '"', '",', ",", "a.", ":", "1", "||", " ;", "a.b ", "#",
      } do
         local line = "a" .. part:rep(4000 / #part)
         for _ = 1, 20 do lines[#lines + 1] = line end
      end
      for _, head in ipairs {
         "a.b\n", "||a.b^\n", "0.0.0.0 a.b\n", "a.b CNAME .\n", "x,a.b\n",
      } do
         read(head:rep(300) .. table.concat(lines, "\n"))
      end
      assert(host.cpu() - begun < 2)
   end)

   it("of a hundred thousand is read in a moment", function ()
      local lines = {}
      for i = 1, 100000 do lines[i] = ("0.0.0.0 host%d.site%d.example"):format(i, i % 1000) end
      local text, begun = table.concat(lines, "\n"), host.cpu()
      local list = read(text)
      assert.equal(100000, list.set.count)
      assert(host.cpu() - begun < 2)
   end)
end)

describe("lists", function ()
   before_each(function () folder = extend.folder() end)
   after_each(function () extend.remove(folder) end)

   local function lists_of(texts, allow)
      local options, said = { lists = {}, allow = allow }, {}
      for name, text in pairs(texts) do
         table.insert(options.lists, name .. "=" .. extend.write(
            ("%s/%s.txt"):format(folder, name:match "^%w+"), text))
      end
      table.sort(options.lists)
      function options.say(_, line) said[#said + 1] = line end
      return assert(blocklist.new(options)), said
   end

   it("say which of them it is, and what in it matched", function ()
      local lists, said = lists_of {
         ["a/ads"] = "ads.example\n", b = "ads.example\n192.0.2.0/24\n",
      }
      local list, what = lists:name "X.Ads.Example."
      assert.same({ "a", "ads", "ads.example" }, { list.name, list.category, what })
      list, what = lists:address "192.0.2.9"
      assert.same({ "b", "192.0.2.0/24" }, { list.name, what })
      assert.is_nil((lists:name "example"))
      assert.same({ "list 'a': 1 entry (plain)", "list 'b': 2 entries (plain)" }, said)
      lists:close()
   end)

   it("tell nothing of what is allowed", function ()
      local allow = extend.write(folder .. "/allow.txt", "good.ads.example\n")
      local lists = lists_of({ a = "ads.example\n" }, { allow })
      assert.is_nil((lists:name "x.good.ads.example"))
      assert.truthy((lists:name "x.ads.example"))
      lists:close()
   end)

   it("are read anew when they change, and stay when nothing is left of them", function ()
      local lists, said = lists_of { a = "one.example\n" }
      local path = folder .. "/a.txt"
      local function until_said(count)
         for _ = 1, 40 do
            lists:look()
            if #said >= count then return end
            os.execute "sleep 0.1"
         end
      end
      assert.is_nil((lists:name "two.example"))
      extend.write(path, "two.example\nno sense\n")
      until_said(2)
      assert.truthy((lists:name "two.example"))
      assert.is_nil((lists:name "one.example"))
      assert.equal("list 'a': 1 entry (plain), 1 line that makes no sense", said[2])
      extend.write(path .. ".new", "")
      os.rename(path .. ".new", path)
      until_said(3)
      assert.equal("list 'a' stays as it was: nothing is in it", said[3])
      assert.truthy((lists:name "two.example"))
      lists:close()
   end)
end)

describe("the inference blocklist", function ()
   it("knows fingerprints, where the feature is that takes them", function ()
      local path = try.file "ae62e5839f7d35be26fc70a8eb32237f\n"
      local out = try.run(("%s read -q -r samples/tls.pcap --ext fingerprints --ext blocklist "
         .. "--set blocklist.lists=ja3/bad=%s -T fields -e ja3 -e blocked -e blocked_as "
         .. "-e blocked_for"):format(try.program, path))
      os.remove(path)
      local count = 0
      for _, line in ipairs(try.lines(out)) do
         local ja3, is_blocked, as, what = line:match "^(%x*)\t(%l+)\t(%l*)\t(%x*)$"
         local is_listed = ja3 == "ae62e5839f7d35be26fc70a8eb32237f"
         assert.same({ tostring(is_listed), is_listed and "bad" or "", is_listed and ja3 or "" },
            { is_blocked, as, what })
         count = count + (is_listed and 1 or 0)
      end
      assert(count >= 2)
   end)

   it("says when there is no such list", function ()
      local out, err = try.weir(
         "read -r samples/dns.pcap --ext blocklist --set blocklist.lists=/nowhere -T none")
      assert.equal("", out)
      assert.truthy(err:find "cannot read the list /nowhere")
   end)
end)

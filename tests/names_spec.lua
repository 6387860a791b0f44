-- Names of destinations: who told which, to whom, when, and what a flow then goes by.

package.path = "samples/?.lua;" .. package.path

local answer = require "answer"
local file   = require "file"
local frame  = require "frame"
local schema = require "weir.schema"
local talk   = require "talk"
local try    = require "try"
local weir   = require "weir"

local client, router = frame.client, frame.router
local other = { ether = "02:00:5e:00:53:0b", ip4 = "192.0.2.11", ip6 = "2001:db8::11" }

-- A server of any address.
local function host(address)
   local is_six = address:find ":"
   return { ether = router.ether, ip4 = is_six and "0.0.0.0" or address, ip6 = is_six and address }
end

local port = 20000

-- A datagram of DNS at a moment, to `o.to` (the client unless told).
local function told(at, m, o)
   o = o or {}
   port = port + 1
   local say = talk.udp { port = port, to = 53, ends = { o.to or client, router }, v = o.v }
   return say("<", { at = at, data = answer.message(m) })
end

-- What a host says to all of its network.
local function announced(at, m)
   local all = { ether = "01:00:5e:00:00:fb", ip4 = "224.0.0.251" }
   local from = { ether = "02:00:5e:00:53:20", ip4 = "192.0.2.20" }
   local say = talk.udp { port = 5353, to = 5353, ends = { from, all } }
   return say(">", { at = at, data = answer.message(m) })
end

-- A flow of one datagram to an address.
local function sent(at, address, o)
   o = o or {}
   port = port + 1
   local say = talk.udp { port = port, to = o.port or 9, v = address:find ":" and 6 or 4,
      ends = { o.from or client, host(address) } }
   return say(">", { at = at, data = o.data })
end

local function named(name, by, sure) return { name, by, sure } end

-- Calls `see` with each flow that frames make, but those of DNS.
local function each(frames, options, see, most)
   local path = try.file(file.pcap(frames), ".pcap")
   options.names, options.packets = true, false
   local capture = assert(weir.open(path, options))
   while true do
      local batch = capture:read(most or 1024)
      if not batch then break end
      for i = 0, batch.flow_count - 1 do see(batch.flows[i], "flow") end
      for i = 0, batch.second_count - 1 do see(batch.seconds[i], "second") end
   end
   os.remove(path)
   return capture
end

local DNS = { [53] = true, [5353] = true }

-- The names of the flows, in the order in which they began.
local function names_of(frames, options)
   local list = {}
   each(frames, options or { flows = true }, function (f)
      if DNS[f.dest_port] or DNS[f.src_port] then return end
      list[#list + 1] = named(f.dest_name, f.dest_name_by, f.dest_name_sure)
   end)
   return list
end

local WWW, CDN = "www.example.org", "198.51.100.7"
local to_www = { asked = WWW, { WWW, "A", CDN } }

describe("a flow's destination", function ()
   it("goes by the name that DNS told its client before", function ()
      assert.same({ named(WWW, "dns", true) }, names_of { told(0, to_www), sent(1, CDN) })
   end)

   it("goes by the name that was asked for, wherever aliases lead", function ()
      local rows = {
         asked = "WWW.Example.org",
         { "b.cdn.example.net", "A", "198.51.100.8" },            -- out of order
         { WWW, "CNAME", "a.cdn.example.net" },
         { "a.cdn.example.net", "CNAME", "B.cdn.example.net" },
         { "b.cdn.example.net", "A", CDN },
         { "elsewhere.example.net", "A", "198.51.100.9" },        -- not led to
      }
      assert.same({ named(WWW, "dns", true), named(WWW, "dns", true), {} },
         names_of { told(0, rows), sent(1, CDN), sent(2, "198.51.100.8"),
            sent(3, "198.51.100.9") })
   end)

   it("is not misled by aliases in a circle", function ()
      local rows = { asked = "a.example.org", { "a.example.org", "CNAME", "b.example.org" },
         { "b.example.org", "CNAME", "a.example.org" }, { "b.example.org", "A", CDN } }
      assert.same({ named("a.example.org", "dns", true) },
         names_of { told(0, rows), sent(1, CDN) })
   end)

   it("has the name that its own client asked for, when others asked for another", function ()
      local frames = {
         told(0, to_www), told(1, { asked = "cdn.example.com", { "cdn.example.com", "A", CDN } },
            { to = other }),
         sent(2, CDN), sent(3, CDN, { from = other }),
      }
      assert.same({ named(WWW, "dns", true), named("cdn.example.com", "dns", true) },
         names_of(frames))
   end)

   it("may have the name that others asked for", function ()
      assert.same({ named(WWW, "dns", false) },
         names_of { told(0, to_www, { to = other }), sent(1, CDN) })
   end)

   it("goes by what was told last before it began", function ()
      local now = { asked = "new.example.org", { "new.example.org", "A", CDN } }
      local frames = { told(0, to_www), told(10, now), told(30, to_www),
         sent(5, CDN), sent(20, CDN), sent(40, CDN) }
      table.sort(frames, function (a, b) return a.seconds < b.seconds end)
      assert.same({ named(WWW, "dns", true), named("new.example.org", "dns", true),
         named(WWW, "dns", true) }, names_of(frames))
   end)

   it("may go by what was told too late", function ()
      local frames = { sent(0, CDN), told(1, to_www) }
      assert.same({ named(WWW, "dns", false) }, names_of(frames))
   end)

   it("goes by the name as long as its TTL and an hour, then it may", function ()
      local frames = { told(0, to_www), sent(3899, CDN), sent(3901, CDN) }
      assert.same({ named(WWW, "dns", true), named(WWW, "dns", false) }, names_of(frames))
   end)

   it("has a name over IPv6, told over IPv6 or to the same device over IPv4", function ()
      local six = "2001:db8:80::80"
      local rows = { asked = WWW, type = "AAAA", { WWW, "AAAA", six } }
      assert.same({ named(WWW, "dns", true) },
         names_of { told(0, rows, { v = 6 }), sent(1, six) })
      assert.same({ named(WWW, "dns", true), named(WWW, "dns", false) },
         names_of { told(0, rows), sent(1, six), sent(1, six, { from = other }) })
   end)

   it("does not take an address of IPv6 for one of IPv4", function ()
      local rows = { asked = WWW, type = "AAAA", { WWW, "AAAA", "c633:6407::" } }
      assert.same({ {} }, names_of { told(0, rows), sent(1, CDN) })
   end)

   it("has the name that it announced itself", function ()
      local rows = { { "Printer.local", "A", "192.0.2.20", 120 },
         { "printer.example.org", "A", "192.0.2.21" } }
      assert.same({ named("printer.local", "mdns", true), {} },
         names_of { announced(0, rows), sent(1, "192.0.2.20"), sent(2, "192.0.2.21") })
   end)

   it("may have the name that its address leads to", function ()
      local reverse = answer.reverse(CDN)
      local rows = { asked = reverse, type = "PTR", { reverse, "PTR", "edge7.example.net" } }
      assert.same({ named("edge7.example.net", "ptr", false) },
         names_of { told(0, rows), sent(1, CDN) })
      assert.same({ named(WWW, "dns", true) },
         names_of { told(0, to_www), told(1, rows), sent(2, CDN) })
      local nibbles = "7.0.0.0" .. (".0"):rep(20) .. ".8.b.d.0.1.0.0.2.ip6.arpa"
      rows = { asked = nibbles, type = "PTR", { nibbles, "PTR", "seven.example.net" } }
      assert.same({ named("seven.example.net", "ptr", false) },
         names_of { told(0, rows), sent(1, "2001:db8::7") })
   end)

   it("has no name from an answer without one, or of an error", function ()
      local frames = {
         told(0, { asked = WWW, code = 3 }), told(1, { asked = WWW, code = 0 }),
         told(2, { asked = WWW, code = 2, { WWW, "A", CDN } }), sent(3, CDN),
      }
      assert.same({ {} }, names_of(frames))
   end)

   it("has no name that is none of a host", function ()
      for _, asked in ipairs { "bad name.example", "192.0.2.7", "a_b!.example", "\1.example",
         "\255\254.example", ("x"):rep(63) .. "." .. ("\200"):rep(60) } do
         assert.same({ {} }, names_of { told(0, { asked = asked, { asked, "A", CDN } }),
            sent(1, CDN) })
      end
      local idn = "b\195\188cher.example"
      for _, asked in ipairs { idn, "xn--bcher-kva.example", "_x._tcp.example", "localhost" } do
         assert.same({ named(asked, "dns", true) },
            names_of { told(0, { asked = asked, { asked, "A", CDN } }), sent(1, CDN) })
      end
   end)
end)

-- The facts of IoT Inspector that are about names: 2 to 4, and 10 where its parsers are.
describe("as IoT Inspector should have had it, an address", function ()
   it("keeps its history of names, and shows the latest definitive one", function ()
      local again = { asked = "b.example.org", { "b.example.org", "A", CDN } }
      local reverse = answer.reverse(CDN)
      local frames = {
         told(0, to_www), sent(1, CDN), told(2, again), sent(3, CDN),
         told(4, { asked = reverse, type = "PTR", { reverse, "PTR", "c.example.org" } }),
         sent(5, CDN),
      }
      assert.same({ named(WWW, "dns", true), named("b.example.org", "dns", true),
         named("b.example.org", "dns", true) }, names_of(frames))
   end)

   it("gets no name from questions without an answer, which do not collide", function ()
      local frames = {
         told(0, { asked = "a.example.org" }), told(0, { asked = "b.example.org", code = 0 }),
         told(1, to_www), sent(2, CDN), sent(3, "0.0.0.0"), sent(4, "198.51.100.9"),
      }
      assert.same({ named(WWW, "dns", true), {}, {} }, names_of(frames))
   end)

   it("gets the name that was asked for through aliases", function ()
      local rows = { asked = WWW, { WWW, "CNAME", "x.example.net" }, { "x.example.net", "A", CDN } }
      assert.same({ named(WWW, "dns", true) }, names_of { told(0, rows), sent(1, CDN) })
   end)
end)

-- ---- what a flow says itself -----------------------------------------------------------

local function is_known(kind)
   for _, known in ipairs(schema.protocols) do
      if known == kind then return true end
   end
end

local function size16(bytes) return frame.u16(#bytes) .. bytes end

-- A ClientHello for a server.
local function hello(server)
   local sni = frame.u16(0) .. size16(size16("\0" .. size16(server)))
   local body = "\3\3" .. ("\7"):rep(32) .. "\0" .. size16(frame.u16(0x1301)) .. "\1\0" ..
      size16(sni)
   local message = "\1\0" .. size16(body)
   return "\22\3\1" .. size16(message)
end

-- A connection whose client says these pieces, one a segment.
local function connection(at, to, address, pieces)
   port = port + 1
   local say = talk.tcp { port = port, to = to, ends = { client, host(address) }, at = at }
   local frames = { say ">S", say "<SA", say ">A" }
   for _, data in ipairs(pieces) do frames[#frames + 1] = say(">PA", { data = data }) end
   return unpack(frames)
end

describe("a flow that says where it goes", function ()
   it("goes by the SNI, also in two segments, whatever DNS told", function ()
      if not is_known "tls" then return pending "no parser of TLS" end
      local bytes = hello "Own.Example.org"
      for _, pieces in ipairs { { bytes }, { bytes:sub(1, 40), bytes:sub(41) } } do
         assert.same({ named("own.example.org", "sni", true) },
            names_of { told(0, to_www), connection(1, 443, CDN, pieces) })
      end
   end)

   it("goes by the Host of its first request", function ()
      if not is_known "http" then return pending "no parser of HTTP" end
      local get = "GET / HTTP/1.1\r\nHost: %s\r\n\r\n"
      assert.same({ named("own.example.org", "http", true) },
         names_of { told(0, to_www), connection(1, 80, CDN,
            { get:format "Own.example.org:80", get:format "later.example.org" }) })
      assert.same({ named(WWW, "dns", true) },
         names_of { told(0, to_www), connection(1, 80, CDN, { get:format(CDN) }) })
   end)
end)

-- ---- seconds, batches, bounds -------------------------------------------------------------

describe("names", function ()
   it("are in each second what was known by its end", function ()
      local say = talk.udp { port = 7, to = 9, ends = { client, host(CDN) } }
      local frames = { say(">", { at = 0 }), say(">", { at = 1.25 }), told(1.5, to_www),
         say(">", { at = 2 }) }
      local seconds = {}
      each(frames, { seconds = true }, function (s, kind)
         if kind ~= "second" or s.src_port ~= 7 then return end
         seconds[#seconds + 1] = named(s.dest_name, s.dest_name_by, s.dest_name_sure)
      end)
      assert.same({ {}, named(WWW, "dns", false), named(WWW, "dns", false) }, seconds)
   end)

   it("go by the device that a flow comes from now", function ()
      local six, frames = "2001:db8:80::80", {}
      local rows = { asked = WWW, type = "AAAA", { WWW, "AAAA", six } }
      frames[1] = told(0, rows)
      for i, ether in ipairs { "00:00:00:00:00:00", client.ether } do
         local from = { ether = ether, ip4 = client.ip4, ip6 = client.ip6 }
         local say = talk.udp { v = 6, port = 7, to = 9, ends = { from, host(six) } }
         frames[i + 1] = say(">", { at = i })
      end
      frames[4] = told(3, to_www)
      local seconds = {}
      each(frames, { seconds = true }, function (s, kind)
         if kind ~= "second" or s.src_port ~= 7 then return end
         seconds[#seconds + 1] = named(s.dest_name, s.dest_name_by, s.dest_name_sure)
      end)
      assert.same({ named(WWW, "dns", false), named(WWW, "dns", true) }, seconds)
   end)

   it("are the same wherever batches are cut, and for every seed", function ()
      local frames = {}
      for i = 1, 300 do
         local name = ("h%d.example.org"):format(i % 7)
         frames[#frames + 1] = told(i,
            { asked = name, { name, "A", ("198.51.100.%d"):format(i % 3) } })
         frames[#frames + 1] = sent(i, ("198.51.100.%d"):format(i % 5))
      end
      local first
      for _, most in ipairs { 1024, 1, 7 } do
         for seed = 1, 3 do
            local list = {}
            each(frames, { flows = true, seconds = true, seed = seed }, function (r, kind)
               list[#list + 1] = ("%s %s %s %s %s"):format(kind, r.flow_id, r.dest_name,
                  r.dest_name_by, r.dest_name_sure)
            end, most)
            table.sort(list)
            first = first or list
            assert.same(first, list)
         end
      end
   end)

   it("of one address are a few for each client; the oldest is forgotten", function ()
      local frames = { told(0, to_www) }
      for i = 1, 20 do
         local name = ("h%d.example.org"):format(i)
         frames[#frames + 1] = told(100 + i, { asked = name, { name, "A", CDN } })
      end
      table.insert(frames, 2, sent(50, CDN))
      frames[#frames + 1] = sent(130, CDN)
      local list = names_of(frames, { flows = true, idle = 1000 })
      assert.same({ named("h13.example.org", "dns", false), named("h20.example.org", "dns", true) },
         list)
   end)

   it("are forgotten when a capture of another time follows", function ()
      local early = try.file(file.pcap { told(0, to_www) }, ".pcap")
      local entry = sent(0, CDN)
      entry.seconds = entry.seconds - 86400
      local late = try.file(file.pcap { entry }, ".pcap")
      local found = {}
      for batch in assert(weir.open({ early, late }, { flows = true, names = true })):batches() do
         for i = 0, batch.flow_count - 1 do found[#found + 1] = batch.flows[i].dest_name or "-" end
      end
      assert.same({ "-", "-" }, found)
      os.remove(early)
      os.remove(late)
   end)

   it("are bounded: more than there is room for are given up, and counted", function ()
      local frames, count = {}, 0
      local say = talk.udp { port = 7, to = 53, ends = { client, router }, sum = 0 }
      local row = "\1a\0" .. frame.u16(1, 1) .. frame.u32(300) .. frame.u16(4)
      for i = 1, 1200 do
         local rows = {}
         for k = 1, 250 do
            count = count + 1
            rows[k] = row .. string.char(10, count / 65536, count / 256 % 256, count % 256)
         end
         frames[i] = say("<", { at = i, data = frame.u16(1, 0x8180, 1, #rows, 0, 0) .. "\1a\0" ..
            frame.u16(1, 1) .. table.concat(rows) })
      end
      local last = ("10.%d.%d.%d"):format(count / 65536, count / 256 % 256, count % 256)
      frames[1201], frames[1202] = sent(1201, "10.0.0.1"), sent(1201, last)
      local list = {}
      local capture = each(frames, { flows = true, active = 1e6 }, function (f)
         if f.dest_port == 9 then list[#list + 1] = f.dest_name or "-" end
      end)
      assert.same({ "-", "a" }, list)
      local _, seen = capture:counts()
      assert(seen.names_dropped > 0)
   end)
end)

describe("weir read", function ()
   local function run(frames, arguments)
      local path = try.file(file.pcap(frames), ".pcap")
      local out, err, code = try.weir(("read -q -r %s %s"):format(path, arguments))
      os.remove(path)
      assert.equal(0, code, err)
      return out
   end
   local frames = { told(0, to_www), sent(1, CDN), sent(1, CDN, { from = other }) }

   it("shows names in JSON unless --only or -n says otherwise", function ()
      local entry = '"dest_name":"www.example.org","dest_name_by":"dns","dest_name_sure":'
      local out = run(frames, "-T json")
      assert.truthy(out:find(entry .. "true", 1, true))
      assert.truthy(out:find(entry .. "false", 1, true))
      assert.truthy(run(frames, "-T json --only flow,second --names"):find(entry, 1, true))
      for _, arguments in ipairs { "-T json --only flow", "-T json -n", "-T csv" } do
         assert.falsy(run(frames, arguments):find("dest_name", 1, true))
      end
   end)

   it("shows them in tables in place of addresses, with ? when they may be another's", function ()
      local out = run(frames, "-T table")
      assert.truthy(out:find("www.example.org:9 ", 1, true))
      assert.truthy(out:find("www.example.org?:9 ", 1, true))
      assert.falsy(run(frames, "-T table -n"):find("www.example.org", 1, true))
   end)

   it("measures them when a field is named", function ()
      assert.equal("\nwww.example.org\nwww.example.org\n", run(frames, "-T fields -e dest_name"))
   end)
end)

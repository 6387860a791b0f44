-- What the decoder makes of frames: each fact against a capture of our own.

local abi    = require "weir.abi"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"
local wire   = require "wire"           -- frame.lua is in its folder
local frame  = require "frame"

local value_of = require "weir.ends".value

local function value(p, name) return value_of(p, "packet", name) end

-- What `look` says of each packet of a sample.
local function each(name, look, options)
   local list, capture = {}, assert(weir.open("samples/" .. name, options))
   for p in capture:packets() do list[#list + 1] = look(p) or false end
   return list
end

-- How many packets of a sample `look` says each thing of.
local function tally(name, look, options)
   local times = {}
   for _, said in ipairs(each(name, look, options)) do times[said] = (times[said] or 0) + 1 end
   return times
end

local INCOMPLETE = abi.C.WEIR_INCOMPLETE

local function trouble(p) return schema.of "packet".troubles[p.trouble] end
local function proto(p) return p.proto end

describe("a packet", function ()
   it("has addresses, ports and protocol by canonical name", function ()
      local ends = each("web.pcap", function (p) return tostring(p) end)
      assert.equal("packet 1: 192.0.2.10 > 192.0.2.1, no IP, 42 bytes", ends[1])
      assert.truthy(ends[3]:find "192.0.2.10 > 192.0.2.1, UDP")
   end)

   it("takes aliases of its fields", function ()
      local p = weir.open "samples/icmp.pcap":packets()()
      assert.equal("192.0.2.10", p["id.orig_h"])
      assert.equal(64, p["ip.ttl"])
   end)

   it("has time in seconds, and exactly in nanoseconds", function ()
      local times = each("bigendian-ns.pcap", function (p) return { p.time, p.ns } end)
      assert.same({ 1767225600.123456782, 1767225600123456782LL }, times[2])
   end)

   it("has TCP options", function ()
      local sizes = each("web.pcap", function (p)
         local option = p.tcp_option[2]
         return option and option:u16(0)
      end)
      assert.equal(1460, sizes[5])                    -- of a SYN
      assert.equal(false, sizes[7])
   end)

   it("has no TCP options of lengths that cannot be", function ()
      for _, options in ipairs(each("hostile.pcap", function (p) return p.tcp_option end)) do
         assert.same({}, options)
      end
   end)

   it("has one TCP option as it has all of them", function ()
      for _, name in ipairs { "web.pcap", "hostile.pcap", "../extensions/features/mss.pcap" } do
         each(name, function (p)
            local all = p.tcp_option
            for kind = 0, 255 do
               local one = p:option(kind)
               assert.equal(all[kind] and all[kind]:string(), one and one:string())
            end
         end)
      end
   end)

   it("has the size of its IP packet, without padding, whoever carries it", function ()
      local function size(p) return p.ip_size end
      local web = each("web.pcap", size)
      assert.same({ 0, 0, 61, 77, 60, 60, 52 }, { unpack(web, 1, 7) })          -- ARP has none
      assert.same({ [33] = 11, [53] = 3 }, tally("tunnels.pcap", size))
      assert.same({ 36, 36, 30 }, { unpack(each("fragments.pcap", size), 1, 3) })
   end)

   it("has the payload as bytes", function ()
      local requests = each("web.pcap", function (p) return p.payload:find "GET /" end)
      assert.equal(0, requests[8])
      assert.equal(false, requests[7])
   end)

   it("has its VLAN tags, outermost first", function ()
      local tags = each("vlan.pcap", function (p) return table.concat(p.vlan, ",") end)
      assert.same({ "10", "10", "10", "100,10", "100,10", "100,20,30" }, tags)
   end)

   it("is the innermost of its tunnels, which are kept beside it", function ()
      local kinds = each("tunnels.pcap", function (p)
         local words = {}
         for i, t in ipairs(p.tunnel) do words[i] = t.type .. (t.id ~= 0 and t.id or "") end
         return table.concat(words, "+") .. " " .. p.src_ip .. " " .. p.payload_size
      end)
      assert.same({
         "ipip 192.0.2.10 5", "ipip 2001:db8::10 5", "ipip 192.0.2.10 5", "ipip 2001:db8::10 5",
         "gre99 192.0.2.10 5", "gre 192.0.2.10 5", "gre7 192.0.2.10 5",
         "vxlan42 192.0.2.10 5", "geneve42 192.0.2.10 5",
         "gtp16909060 192.0.2.10 5", "gtp16909060 192.0.2.10 5",
         "teredo 2001:db8::10 5", "erspan 192.0.2.10 5", "gre+vxlan42 192.0.2.10 5",
      }, kinds)
   end)

   it("is found behind MPLS labels, PPPoE and PPP", function ()
      assert.same({ UDP = 5 }, tally("mpls.pcap", proto))
      assert.same({ UDP = 2, [false] = 2 }, tally("pppoe.pcap", proto))     -- two set it up
      assert.same({ UDP = 4, [false] = 1 }, tally("ppp.pcap", proto))
   end)

   it("is found on links that are seldom captured", function ()
      local packet = frame.ip4(frame.client, frame.server, frame.udp(1, 7, "hello"))
      local ethers = frame.ethernet(frame.client, frame.server, packet):sub(1, 12)
      local whole = ethers .. "\8\0" .. packet
      local llc = frame.llc(0x0800, packet)
      local air = frame.air(0x08, 2, frame.server, frame.server, frame.client, llc)
      local le32 = function (n) return frame.u32(n):reverse() end
      local hops = ethers:sub(1, 6) .. string.char(ethers:byte(7) + 128) .. ethers:sub(8)
      local links = {
         [6] = "\16\64" .. hops .. "\6\0\1\2\3\4" .. llc,
         [9] = "\143\0\8\0" .. packet, [10] = "\80" .. ethers .. llc,
         [11] = llc, [100] = llc, [109] = ("\0"):rep(12) .. packet,
         [117] = "\61" .. ("\0"):rep(63) .. packet,
         [119] = le32(0x44) .. le32(144) .. ("\0"):rep(136) .. air,
         [122] = ("\0"):rep(16) .. llc, [123] = "\2\5\0\32" .. llc,
         [149] = le32(108) .. le32(1) .. le32(1) .. ("\0"):rep(96) .. whole,
         [163] = frame.u32(0x80211001, 64) .. ("\0"):rep(56) .. air,
         [178] = "MGC\128\0\3\1\1\1" .. whole, [242] = ("\0"):rep(40) .. "\8\0\0\0" .. packet,
         [204] = "\0\255\3\0\33" .. packet, [205] = "\0\15\0\8\0" .. packet,
         [206] = "\0\24\65\3\204" .. packet, [226] = ("\0"):rep(24) .. packet,
         [258] = le32(108) .. le32(1) .. le32(12) .. ("\0"):rep(96) .. packet,
         [281] = ethers .. "tags\8\0" .. packet, [282] = "tags" .. whole,
         [284] = ethers .. "tags\8\0" .. packet, [285] = ethers .. "and tags\8\0" .. packet,
      }
      for link, bytes in pairs(links) do
         local path = try.file(try.pcap({ bytes, bytes:sub(1, 9) }, link))
         local next_packet = weir.open(path):packets()
         local p = next_packet()
         assert.equal(7, p.dest_port, link)
         if value(p, "src_mac") then
            assert.equal(frame.client.ether, value(p, "src_mac"), link)
         end
         assert(not value(next_packet(), "dest_port"), link)
         os.remove(path)
      end
   end)

   it("is found in what Juniper's routers capture without Ethernet", function ()
      local packet = frame.ip4(frame.client, frame.server, frame.udp(1, 7, "hello"))
      local path = try.file(try.pcap({
         "MGC\2\0\0\0\2" .. packet, "MGC\130\0\3\1\1\1\0\0\0\2" .. packet, "MGB\0" .. packet,
      }, 178))
      local found = {}
      for p in weir.open(path):packets() do
         found[#found + 1] = tostring(value(p, "dest_port")) .. " " .. trouble(p)
      end
      assert.same({ "7 none", "7 none", "nil none" }, found)
      os.remove(path)
   end)

   it("is found in pseudowires with and without a control word", function ()
      local labelled = ("\2"):rep(12) .. "\136\71" .. frame.u32(256 + 64)
      for _, ether in ipairs {
         "02:00:5e:00:53:01", "00:1b:21:00:00:01", "00:00:5e:00:01:07", "44:38:39:00:00:01",
         "48:5b:39:00:00:01", "60:00:5e:00:00:01", "45:00:00:20:00:01",
      } do
         local to = { ether = ether, ip4 = frame.server.ip4 }
         local packet = frame.ip4(frame.client, to, frame.udp(1, 7, ("x"):rep(90)))
         local inner = frame.ethernet(frame.client, to, packet)
         for _, control in ipairs { "", "\0\0\0\7" } do
            local path = try.file(try.pcap { labelled .. control .. inner })
            assert.equal(7, weir.open(path):packets()().dest_port, ether .. " " .. #control)
            os.remove(path)
         end
      end
   end)

   it("is found behind headers of rings, of TRILL, MACsec that only signs, and times", function ()
      local packet = frame.ip4(frame.client, frame.server, frame.udp(1, 7, "hello"))
      local whole = frame.ethernet(frame.client, frame.server, packet)
      local ethers, sender = whole:sub(1, 12), ("s"):rep(8)
      local signed, icv = "\8\0" .. packet, ("i"):rep(16)
      for name, bytes in pairs {
         time = "\210\139\0\1\1\16" .. ("t"):rep(8) .. "\8\0" .. packet,
         ["shorter time"] = "\210\139\0\1\0\33" .. ("t"):rep(6) .. "\8\0" .. packet,
         HSR = "\137\47\0\1\0\9" .. "\8\0" .. packet,
         TRILL = "\34\243\0\5\0\1\0\2" .. whole,
         ["TRILL with options"] = "\34\243\0\69\0\1\0\2opts" .. whole,
         ["MACsec"] = "\136\229\0\0\0\0\0\1" .. signed .. icv,
         ["MACsec that tells the sender"] = "\136\229\32\0\0\0\0\1" .. sender .. signed .. icv,
      } do
         wire.with(try.file(try.pcap { ethers .. bytes }), function (path)
            local p = weir.open(path):packets()()
            assert.same({ 7, 5 }, { p.dest_port, p.payload_size }, name)
         end)
      end
      wire.with(try.file(try.pcap {
         ethers .. "\136\229\44\0\0\0\0\1" .. sender .. signed .. icv, ethers .. "\136\229\0\0\0",
      }), function (path)
         for p in weir.open(path):packets() do assert(not value(p, "dest_port")) end
      end)
   end)

   it("is found behind the tags of switches, fabrics and services", function ()
      assert.same({ UDP = 8 }, tally("tags.pcap", proto))
      local tags = each("tags.pcap", function (p) return table.concat(p.vlan, ",") end)
      assert.same({ "", "", "", "100", "", "", "", "" }, tags)
      local macs = each("tags.pcap", function (p) return p.src_mac:sub(-2) end)
      assert.same({ "21", "21", "21", "0a", "0a", "21", "21", "0a" }, macs)
   end)

   it("is not sought behind endless service headers", function ()
      local header = "\15\194\2\4\0\0\7\255"
      local path = try.file(try.pcap { ("\0"):rep(12) .. "\137\79" .. header:rep(99) })
      assert.equal("too-deep", trouble(weir.open(path):packets()()))
      os.remove(path)
   end)

   it("is found behind extension headers", function ()
      assert.same({ ["IPv6-ICMP"] = 2, UDP = 8, TCP = 3 }, tally("ipv6.pcap", proto))
   end)

   it("is decoded on every link type we know", function ()
      for _, name in ipairs {
         "raw", "null", "sll", "sll2", "ppp", "hdlc", "frame-relay", "nflog", "wireless",
         "radiotap", "ppi",
      } do
         assert.equal(4, tally(name .. ".pcap", proto).UDP, name)
      end
   end)

   it("has the addresses of both sides in 802.11, whoever is between them", function ()
      local macs = each("wireless.pcap", function (p) return p.src_mac .. " " .. p.dest_mac end)
      local there = "02:00:5e:00:53:0a 02:00:5e:00:53:01"
      local back = "02:00:5e:00:53:01 02:00:5e:00:53:0a"
      assert.same({ there, back, there, back, there }, { unpack(macs, 2) })
   end)

   it("is not sought behind a header of a size that cannot be", function ()
      for _, link in ipairs { 127, 192 } do
         local found = {}
         local path = try.file(try.pcap({ "\0\0\7\0\0\0\0\0", "\0\0\9\0\1\0\0\0" }, link))
         for p in weir.open(path):packets() do found[#found + 1] = trouble(p) end
         assert.same({ "short", "short" }, found)
         os.remove(path)
      end
   end)

   it("is found in NFLOG's attributes in either byte order", function ()
      local found, path = {}, try.file(try.pcap({
         "\2\0\0\0" .. "\7\0\10\0hm\0\0" .. "\24\0\9\0\69\0\0\20" .. ("\1"):rep(16),
         "\2\0\0\0" .. "\0\7\0\10hm\0\0" .. "\0\24\0\9\69\0\0\20" .. ("\1"):rep(16),
      }, 239))
      for p in weir.open(path):packets() do found[#found + 1] = p.src_ip end
      assert.same({ "1.1.1.1", "1.1.1.1" }, found)
      os.remove(path)
   end)

   it("of an unknown link type is counted by number", function ()
      local capture = assert(weir.open "samples/unknown-link.pcap")
      for _ in capture:packets() do end
      local _, seen = capture:counts()
      assert.same({ [147] = 2 }, seen.unknown_links)
   end)

   it("says why decoding ended early", function ()
      local found = tally("hostile.pcap", trouble)
      for _, word in ipairs { "short", "bad-length", "bad-version", "too-deep", "bad-fragment" } do
         assert(found[word], word)
      end
   end)

   it("blames the capture only for what the capture cut off", function ()
      assert.is_nil(tally("hostile.pcap", trouble).cut)
      local function blamed(p) return p.truncated and trouble(p) end
      assert.same({ none = 4, cut = 12 }, tally("snapped.pcap", trouble))
      assert.equal(12, tally("snapped.pcap", blamed).cut)
   end)

   it("has its checksums checked when asked", function ()
      local function sums(p) return p.ip_sum .. " " .. p.transport_sum end
      local function wrong(p) return p.ip_sum == 2 or p.transport_sum == 2 end
      local asked = { checksums = true }
      assert.same({ ["0 0"] = 8 }, tally("bad-checksums.pcap", sums))
      assert.same({ [true] = 6, [false] = 2 }, tally("bad-checksums.pcap", wrong, asked))
      assert.same({ ["0 0"] = 2, ["1 1"] = 14 }, tally("web.pcap", sums, asked))   -- two are ARP
   end)

   it("has a checksum for where a routing header sends it in the end", function ()
      local client, server, via = frame.client, frame.server, frame.router
      local from, to = frame.address(client.ip6), frame.address(server.ip6)
      local hello = frame.sealed(frame.udp(40000, 7, "hello"), from, to)
      local other = frame.address(via.ip6)
      local frames = {}
      for _, route in ipairs {
         "\4\0\2" .. "\0\0\0\0" .. other .. to, "\4\4\1" .. "\1\0\0\0" .. to .. other,
         "\2\2\1" .. "\0\0\0\0" .. to,
      } do
         frames[#frames + 1] = frame.ethernet(client, via, frame.ip6(client, via,
            { protocol = 17, bytes = hello }, { extras = { { 43, route } } }))
      end
      local path = try.file(try.pcap(frames))
      for p in weir.open(path, { checksums = true }):packets() do
         assert.equal(1, p.transport_sum)
      end
      os.remove(path)
   end)

   it("has no value for a part it does not have", function ()
      local p = weir.open "samples/web.pcap":packets()()
      assert.equal(1, value(p, "arp_op"))
      for _, name in ipairs { "proto", "src_port", "tcp_flags" } do
         assert.is_nil(value(p, name), name)
      end
   end)
end)

describe("fragments", function ()
   local payloads, troubles
   setup(function ()
      payloads = each("fragments.pcap", function (p)
         return value(p, "payload_size") and p.payload:string()
      end)
      troubles = each("fragments.pcap", trouble)
   end)

   it("are put together, whatever their order, when the last one comes", function ()
      local whole = {}
      for i, text in ipairs(payloads) do whole[#whole + 1] = text and i or nil end
      assert.same({ 3, 6, 9, 13 }, whole)
      assert.equal("three fragments that come in order", payloads[3])
      assert.equal("three fragments that come out of order", payloads[6])
   end)

   it("that overlap keep the first bytes in IPv4, and spoil the datagram in IPv6", function ()
      assert.equal("three fragments, the second of which overlaps", payloads[9])
      for i, word in ipairs(troubles) do
         assert.equal(i >= 15 and "bad-fragment" or "none", word)
      end
   end)

   it("of an incomplete datagram are counted", function ()
      local capture = assert(weir.open "samples/fragments.pcap")
      for _ in capture:packets() do end
      local _, seen = capture:counts()
      assert.equal(4, seen.reassembled)
      assert.equal(2, seen.trouble[INCOMPLETE])
   end)

   it("of the oldest datagram make room when there are more than their table holds", function ()
      local function fragment(id, more_and_at)
         return "\69\0\0\28" .. string.char(math.floor(id / 256), id % 256) .. more_and_at ..
            "\64\17\0\0\192\0\2\1\192\0\2\2" .. ("x"):rep(8)
      end
      local frames = {}
      for id = 1, 5000 do frames[id] = fragment(id, "\32\0") end     -- each begins a datagram
      frames[5001] = fragment(5000, "\0\1")                         -- and these end the last
      frames[5002] = fragment(1, "\0\1")                            -- and the first of them
      local path = try.file(try.pcap(frames, 101))
      local capture = assert(weir.open(path))
      for _ in capture:packets() do end
      local _, seen = capture:counts()
      assert.equal(5002, seen.fragments)
      assert.equal(1, seen.reassembled)
      assert.equal(5000, seen.trouble[INCOMPLETE])
      os.remove(path)
   end)
end)

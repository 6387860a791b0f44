-- What the decoder makes of frames: each fact against a capture of our own.

local try  = require "try"
local weir = require "weir"
local value = require "weir.packet".value

-- What `look` says of each packet of a sample.
local function each(name, look, options)
   local list = {}
   for p in assert(weir.open("samples/" .. name, options)):packets() do list[#list + 1] = look(p) or false end
   return list
end

local function trouble(p) return require "weir.schema".of "packet".troubles[p.trouble] end

describe("a packet", function ()
   it("has addresses, ports and protocol by canonical name", function ()
      local ends = each("web.pcap", function (p) return tostring(p) end)
      assert.equal("packet 1: 192.0.2.10 > 192.0.2.1, no IP, 42 bytes", ends[1])
      assert.truthy(ends[3]:find "192.0.2.10 > 192.0.2.1, UDP")
   end)

   it("takes aliases of its fields", function ()
      for p in assert(weir.open "samples/icmp.pcap"):packets() do
         assert.equal(p.src_ip, p["id.orig_h"])
         assert.equal(p.ttl, p["ip.ttl"])
         break
      end
   end)

   it("has time in seconds, and exactly in nanoseconds", function ()
      local times = each("bigendian-ns.pcap", function (p) return p.ns end)
      assert(times[2] % 1000 > 0)
   end)

   it("has TCP options, that survive lengths of 0 and 255", function ()
      local syn = each("web.pcap", function (p) return p.tcp_flags == 2 and next(p.tcp_option) and p.tcp_option[2]:u16(0) end)
      local found
      for _, mss in ipairs(syn) do found = found or mss end
      assert.equal(1460, found)
      for _, count in ipairs(each("hostile.pcap", function (p) return #p.tcp_option end)) do assert(count >= 0) end
   end)

   it("has the payload as bytes", function ()
      local requests = each("web.pcap", function (p) return p.payload:find "GET /" end)
      local found
      for _, at in ipairs(requests) do found = found or at end
      assert.equal(0, found)
   end)

   it("has its VLAN tags, outermost first", function ()
      local tags = each("vlan.pcap", function (p) return table.concat(p.vlan, ",") end)
      assert.truthy((" " .. table.concat(tags, " ") .. " "):find " %d+,%d+,%d+ ")
      for _, list in ipairs(tags) do assert(#list > 0) end
   end)

   it("is the innermost of its tunnels, which are kept beside it", function ()
      local kinds = each("tunnels.pcap", function (p)
         local words = {}
         for i, t in ipairs(p.tunnel) do words[i] = t.type .. (t.id ~= 0 and t.id or "") end
         return table.concat(words, "+") .. " " .. p.src_ip .. " " .. p.payload_size
      end)
      assert.same({
         "ipip 192.0.2.10 5", "ipip 2001:db8::10 5", "ipip 192.0.2.10 5", "ipip 2001:db8::10 5", "gre99 192.0.2.10 5",
         "gre 192.0.2.10 5", "gre7 192.0.2.10 5", "vxlan42 192.0.2.10 5", "geneve42 192.0.2.10 5",
         "gtp16909060 192.0.2.10 5", "gtp16909060 192.0.2.10 5", "teredo 2001:db8::10 5", "erspan 192.0.2.10 5",
         "gre+vxlan42 192.0.2.10 5",
      }, kinds)
   end)

   it("is found behind MPLS labels, PPPoE and PPP", function ()
      for _, name in ipairs { "mpls.pcap", "ppp.pcap" } do
         local found = 0
         for _, ip in ipairs(each(name, function (p) return p.src_ip end)) do if ip then found = found + 1 end end
         assert(found >= 3, name)
      end
      assert.same({ 2 }, { #each("pppoe.pcap", function (p) return p.proto end) - 2 })
   end)

   it("is found behind extension headers", function ()
      local protocols = {}
      for _, proto in ipairs(each("ipv6.pcap", function (p) return p.proto end)) do protocols[proto] = true end
      assert(protocols.UDP and protocols.TCP and protocols["IPv6-ICMP"])
      assert(not protocols.HOPOPT and not protocols["60"] and not protocols.AH)
   end)

   it("is decoded on every link type we know", function ()
      for _, name in ipairs { "raw.pcap", "null.pcap", "sll.pcap", "sll2.pcap", "ppp.pcap" } do
         local with_ip = 0
         for _, ip in ipairs(each(name, function (p) return p.src_ip end)) do with_ip = with_ip + (ip and 1 or 0) end
         assert(with_ip >= 4, name)
      end
   end)

   it("of an unknown link type is counted by number", function ()
      local capture = assert(weir.open "samples/unknown-link.pcap")
      for _ in capture:packets() do end
      local _, seen = capture:counts()
      assert.same({ [147] = 2 }, seen.unknown_links)
   end)

   it("says why decoding ended early", function ()
      local found = {}
      for _, word in ipairs(each("hostile.pcap", trouble)) do found[word] = true end
      for _, word in ipairs { "short", "bad-length", "bad-version", "too-deep", "bad-fragment" } do assert(found[word], word) end
   end)

   it("blames the capture only for what the capture cut off", function ()
      for _, word in ipairs(each("hostile.pcap", trouble)) do assert.not_equal("cut", word) end
      local cut = each("snapped.pcap", function (p) return p.truncated and trouble(p) end)
      local some
      for _, word in ipairs(cut) do some = some or word end
      assert(some)
   end)

   it("has its checksums checked when asked", function ()
      local unchecked = each("bad-checksums.pcap", function (p) return p.ip_sum + p.transport_sum end)
      for _, sum in ipairs(unchecked) do assert.equal(0, sum) end
      local wrong, right = 0, 0
      for _, p in ipairs(each("bad-checksums.pcap", function (p) return { p.ip_sum, p.transport_sum } end, { checksums = true })) do
         if p[1] == 2 or p[2] == 2 then wrong = wrong + 1 elseif p[1] == 1 then right = right + 1 end
      end
      assert.equal(6, wrong)
      assert.equal(2, right)
      for _, p in ipairs(each("web.pcap", function (p) return { p.ip_sum, p.transport_sum } end, { checksums = true })) do
         assert(p[1] ~= 2 and p[2] ~= 2)
      end
   end)

   it("has no value for a part it does not have", function ()
      local first = each("web.pcap", function (p)
         return { value(p, "proto"), value(p, "src_port"), value(p, "tcp_flags"), arp = value(p, "arp_op") }
      end)[1]
      assert.same({ arp = 1 }, first)
   end)
end)

describe("fragments", function ()
   local function look(p)
      return ("%d:%s:%s"):format(p.fragment_at, value(p, "payload_size") or "-", trouble(p))
   end

   it("are put together, whatever their order, when the last one comes", function ()
      local list, whole = each("fragments.pcap", look), 0
      for _, text in ipairs(list) do if text:find ":%d+:" then whole = whole + 1 end end
      assert.equal(4, whole)
   end)

   it("that overlap keep the first bytes in IPv4, and spoil the datagram in IPv6", function ()
      local refused = 0
      for _, text in ipairs(each("fragments.pcap", look)) do if text:find "bad%-fragment" then refused = refused + 1 end end
      assert(refused >= 1)
   end)

   it("of an incomplete datagram are counted", function ()
      local capture = assert(weir.open "samples/fragments.pcap")
      for _ in capture:packets() do end
      local _, seen = capture:counts()
      assert.equal(4, seen.reassembled)
      assert.equal(2, seen.trouble[8])
   end)

   it("never take more than their table, however many there are", function ()
      local frames = {}
      for id = 1, 5000 do                             -- each begins a datagram that never ends
         frames[id] = "\69\0\0\28" .. string.char(math.floor(id / 256), id % 256) .. "\32\0\64\17\0\0\192\0\2\1\192\0\2\2"
            .. ("x"):rep(8)
      end
      local path = try.file(try.pcap(frames, 101))
      local capture = assert(weir.open(path))
      for _ in capture:packets() do end
      local _, seen = capture:counts()
      assert.equal(5000, seen.fragments)
      assert.equal(5000, seen.trouble[8])
      os.remove(path)
   end)
end)

-- What the decoder finds in tunnels; and that what only looks like one is left alone.

local try  = require "try"
local weir = require "weir"

local wire  = require "wire"            -- frame.lua is in its folder
local frame = require "frame"

-- What carries each packet of a capture, and what the packet is.
local function carried(path)
   local list = {}
   for p in assert(weir.open(path)):packets() do
      local words = {}
      for i, t in ipairs(p.tunnel) do words[i] = t.type .. (t.id ~= 0 and t.id or "") end
      list[#list + 1] = ("%s %s %d"):format(table.concat(words, "+"), p.src_ip, p.payload_size)
   end
   return list
end

describe("a packet in CAPWAP", function ()
   it("is found in 802.11, whoever swapped its bytes, and in Ethernet", function ()
      local found = carried "samples/capwap.pcap"
      assert.same({
         "capwap 192.0.2.10 5", "capwap 192.0.2.10 5", "capwap 2001:db8::10 5",
         "capwap 192.0.2.10 5",
      }, { unpack(found, 1, 4) })
   end)

   it("is found in the first part of a frame, and in nothing else", function ()
      local found = carried "samples/capwap.pcap"
      assert.equal("capwap 192.0.2.10 80", found[6])
      for _, i in ipairs { 5, 7, 8, 9 } do
         assert.equal(" 203.0.113.1", found[i]:match "^ [%d.]+")
      end
   end)

   it("makes the flows; what carries none makes one of its own", function ()
      local out = try.weir "read -q -r samples/capwap.pcap -T fields -e src_ip -e dest_port"
      local flows = try.lines(out)
      table.sort(flows)
      assert.same({ "192.0.2.10\t7", "2001:db8::10\t7", "203.0.113.1\t5247" }, flows)
   end)
end)

describe("a packet on UDP", function ()
   it("is found in what carries it", function ()
      assert.same({
         "teredo 2001:0:cb00:7102:8000:63bf:34ff:8ef6 5",
         "teredo 2001:0:cb00:7102:8000:63bf:34ff:8ef6 5",
         "teredo 2001:0:cb00:7102:8000:63bf:34ff:8ef6 5",
         "l2tp458761 192.0.2.10 5", "l2tp458761 192.0.2.10 5", "l2tp458761 192.0.2.10 5",
         "ayiya 2001:db8::10 5", "tzsp 192.0.2.10 5", "tzsp 192.0.2.10 5",
         "mpls 192.0.2.10 5", "mpls 192.0.2.10 5", "gre99 2001:db8::10 5",
         "vxlan42 192.0.2.10 5", "vxlan42 192.0.2.10 5", "vxlan42 192.0.2.10 5",
         "mpls 192.0.2.10 5", "gre 192.0.2.10 5",
      }, carried "samples/overlays.pcap")
   end)

   it("is Teredo's on any port once a client was seen with a server", function ()
      local frames = {}
      for p in weir.open "samples/overlays.pcap":packets() do
         if #frames < 3 then frames[#frames + 1] = p.bytes:string() end
      end
      local path = try.file(try.pcap { frames[3], frames[1], frames[3] })
      local found = carried(path)
      assert.truthy(found[1]:find "^ 203.0.113.1 ")
      for i = 2, 3 do assert.truthy(found[i]:find "^teredo 2001:0:") end
      os.remove(path)
   end)

   local PORTS = {
      1701, 2152, 3544, 4754, 4789, 4790, 5072, 5247, 6081, 6635, 8472, 37008, 32900,
   }
   local query = "\96\0\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1"
   local answer = "\96\0\129\128\0\1\0\1\0\0\0\0\3www\7example\3org\0\0\1\0\1" ..
      "\192\12\0\1\0\1\0\0\1\44\0\4\192\0\2\1"

   -- Packets of `list`, each between every port of a tunnel and another one, both ways.
   local function untouched(list)
      local frames = {}
      for _, port in ipairs(PORTS) do
         for _, data in ipairs(list) do
            frames[#frames + 1] = wire.udp { port = port, to = 53, data = data }
            frames[#frames + 1] = wire.udp { port = port, to = 53, data = data, back = true }
         end
      end
      wire.with(frames, function (path)
         for p in assert(weir.open(path)):packets() do
            local is_tunnel = p.tunnel_count > 0 or p.trouble > 0
            assert(not is_tunnel, tostring(p) .. " " .. p.payload:hex())
         end
      end)
   end

   it("is itself when it only comes by such a port", function ()
      untouched { query, answer, "", "\0", "\8\0\0\0\0\0\0\0", ("\0"):rep(64), ("\1"):rep(64) }
   end)

   it("is itself whatever its bytes are", function ()
      local list, state = {}, 1
      for i = 1, 100 do
         local bytes = {}
         for k = 1, 4 + i do
            state = (state * 16807) % 2147483647                -- Park and Miller's generator
            bytes[k] = string.char(math.floor(state / 65536) % 256)
         end
         list[i] = table.concat(bytes)
      end
      untouched(list)
   end)

   it("is itself when what would be the inner one is cut short", function ()
      local frames = {}
      for p in weir.open "samples/overlays.pcap":packets() do
         local outer = p.tunnel[#p.tunnel]
         if outer.dest_port > 0 then
            local data = p.bytes:string(42)
            for size = 0, 23 do
               frames[#frames + 1] = frame.ethernet(frame.near, frame.far, frame.ip4(frame.near,
                  frame.far, frame.udp(outer.src_port, outer.dest_port, data:sub(1, size))))
            end
         end
      end
      local path = try.file(try.pcap(frames))
      for p in weir.open(path):packets() do
         assert.equal("203.0.113.1", p.src_ip)
         assert.equal(0, p.trouble)
      end
      os.remove(path)
   end)
end)

describe("a packet straight on IP", function ()
   local near, far = frame.near, frame.far
   local packet = frame.ip4(frame.client, frame.server, frame.udp(40000, 7, "hello"))
   local whole = frame.ethernet(frame.client, frame.server, packet)

   local function on(protocol, bytes)
      local outer = frame.ip4(near, far, { protocol = protocol, bytes = bytes })
      return frame.ethernet(near, far, outer)
   end

   local function gre(flags, type, rest) return on(47, frame.u16(flags, type) .. rest) end

   it("is found in what is seldom used to carry it", function ()
      local routes = frame.u32(0) .. frame.u32(9) .. "\8\0\0\8" .. ("r"):rep(8) .. frame.u32(0)
      local mirror = "\32\1\0\0" .. ("m"):rep(6)
      for name, bytes in pairs {
         ["gre 192.0.2.10 5"] = gre(0, 0x883e, packet),
         ["gre 192.0.2.10 5 "] = gre(0, 0x883e, "\1\0\0\0" .. packet),
         ["gre9 192.0.2.10 5"] = gre(0x6000, 0x0800, routes .. packet),
         ["erspan 192.0.2.10 5"] = gre(0x1000, 0x22eb, "seq." .. mirror .. "\0\0" .. whole),
         ["erspan 192.0.2.10 5 "] = gre(0x1000, 0x22eb,
            "seq." .. mirror .. "\8\1platform" .. packet),
         ["etherip 192.0.2.10 5"] = on(97, "\48\0" .. whole),
      } do
         wire.with(try.file(try.pcap { bytes }), function (path)
            assert.equal(name:match "^(.-) ?$", carried(path)[1])
         end)
      end
   end)

   it("is none when a list of ways has no end, or the version is another one", function ()
      for _, bytes in ipairs {
         gre(0x4000, 0x0800, frame.u32(0) .. ("\8\0\0\4way "):rep(40)),
         gre(0x4000, 0x0800, frame.u32(0) .. "\8\0\0\200way "), on(97, "\32\0" .. whole),
      } do
         wire.with(try.file(try.pcap { bytes }), function (path)
            assert.truthy(carried(path)[1]:find "^ 203.0.113.1 ")
         end)
      end
   end)
end)

-- What the decoder finds in tunnels; and that what only looks like one is left alone.

local try  = require "try"
local weir = require "weir"

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

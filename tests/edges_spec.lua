-- Edges where Weir once fell: each of these was a defect.

local try  = require "try"
local weir = require "weir"
local wire = require "wire"
local file, frame = require "file", require "frame"      -- wire makes them known

describe("at the edges", function ()
   it("SYN+ACK first on a cooked link gives no source of zeros", function ()
      local function sll(from, to, carried)
         return frame.u16(0, 1, 6) .. frame.hex(from.ether) .. frame.u16(0, 0x0800)
            .. frame.ip4(from, to, carried)
      end
      local c, s = frame.client, frame.server
      local path = try.file(file.pcap({
         sll(s, c, frame.tcp { from = 80, to = 4000, flags = "SA" }),
         sll(c, s, frame.tcp { from = 4000, to = 80, flags = "A" }),
      }, { link = 113 }))
      local out = try.weir("read -q -T json -r " .. path)
      os.remove(path)
      assert(not out:find "00:00:00:00:00:00")
   end)

   it("--top shows the first few also of more than 100,000 flows", function ()
      local path = wire.swarm {
         { wire.udp { to = 1 }, 1, 60000 }, { wire.udp { to = 2 }, 1, 60000 },
      }
      local _, rows = (try.weir("read -q -T table --top 3 -r " .. path)):gsub("\n", "")
      os.remove(path)
      assert.equal(4, rows)
   end)

   it("--top and --sort are refused where they would mean nothing", function ()
      for _, options in ipairs {
         "-T table -e dest_port --top 1", "-T json --sort bytes", "-T table --only packet --top 1",
      } do
         local _, err, code = try.weir("read -q -r samples/web.pcap " .. options)
         assert.equal(2, code)
         assert.truthy(err:find "are for the table of flows")
      end
   end)

   it("numbers that do not fit are refused, not cut", function ()
      for _, option in ipairs {
         "--splt 65536", "--community-seed 65536", "--max-flows 4294967296",
      } do
         local _, _, code = try.weir("read -q -T none -r samples/web.pcap " .. option)
         assert.equal(2, code, option)
      end
   end)

   it("a record's event_type is its name, not a stack overflow", function ()
      local p = weir.open "samples/web.pcap":packets()()
      assert.equal("packet", p.event_type)
   end)

   it("a busy flow is not the one that is given up", function ()
      local packets = { wire.udp { port = 1, at = 0 } }
      for i = 2, 10 do packets[i] = wire.udp { port = i, at = 1 } end
      for at = 2, 50 do packets[#packets + 1] = wire.udp { port = 1, at = at } end
      packets[#packets + 1] = wire.udp { port = 11, at = 51 }
      local path = wire.capture(packets)
      local out = try.weir(
         "read -q -T fields -e src_port -e reason --max-flows 10 -r " .. path)
      os.remove(path)
      assert(not out:find "^1\tresources", "the flow that spoke a second ago was given up")
   end)

   it("secrets of a capture that was read to its end are no crash", function ()
      local script = try.file [[
         local c = require "weir".open "samples/many.pcapng"
         c:read() c:enough() pcall(c.secrets, c) print "alive"]]
      local out = try.weir("lua " .. script)
      os.remove(script)
      assert.equal("alive\n", out)
   end)
end)

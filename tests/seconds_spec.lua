-- One-second rows: the devices belong to what tells them apart.

local measured = require "measured"
local wire     = require "wire"

local udp = wire.udp
local A, B, C, D =
   "02:00:5e:00:53:0a", "02:00:5e:00:53:0b", "02:00:5e:00:53:0c", "02:00:5e:00:53:0d"

-- The rows of these packets: devices and packets each way; and the devices of the flow.
local function rows(packets)
   return wire.with(packets, function (path)
      local list = {}
      measured.each(path, {}, 1024, function (kind, r)
         if kind == "seconds" then
            list[#list + 1] = ("%s > %s %d %d"):format(r.src_mac:sub(-1), r.dest_mac:sub(-1),
               r.pkts_toserver, r.pkts_toclient)
         elseif kind == "flows" then
            list[#list + 1] = ("flow %s > %s"):format(r.src_mac:sub(-1), r.dest_mac:sub(-1))
         end
      end)
      return list
   end)
end

describe("a one-second row", function ()
   it("has the packets of a second each way", function ()
      assert.same({ "a > b 2 1", "a > b 1 0", "flow a > b" }, rows {
         udp { ethers = { A, B } }, udp { ethers = { B, A }, back = true },
         udp { ethers = { A, B } }, udp { at = 1, ethers = { A, B } },
      })
   end)

   it("is another one for another sender or receiver, the flow is not", function ()
      assert.same({ "a > b 1 0", "c > b 1 0", "c > d 1 0", "a > b 1 0", "flow a > b" }, rows {
         udp { ethers = { A, B } }, udp { ethers = { C, B } }, udp { ethers = { C, D } },
         udp { ethers = { A, B } },
      })
   end)

   it("is one where answers come another way: from a second router", function ()
      assert.same({ "a > b 2 2", "a > b 1 1", "flow a > b" }, rows {
         udp { ethers = { A, B } }, udp { ethers = { C, A }, back = true },
         udp { ethers = { A, B } }, udp { ethers = { C, A }, back = true },
         udp { at = 1, ethers = { A, B } }, udp { at = 1, ethers = { C, A }, back = true },
      })
      assert.same({ "a > b 2 1", "a > b 0 1", "flow a > b" }, rows {
         udp { ethers = { A, B } }, udp { ethers = { C, A }, back = true },
         udp { ethers = { A, B } }, udp { ethers = { D, A }, back = true },
      })
   end)
end)

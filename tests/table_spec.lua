-- The table of flows: finds each flow while it grows, and while others leave it.

local measured = require "measured"
local wire     = require "wire"

-- How many flows had how many packets, and ended for which reason.
local function tally(parts, most)
   local times = {}
   wire.with(wire.swarm(parts), function (path)
      measured.each(path, nil, most, function (kind, flow)
         if kind ~= "flows" then return end
         local what = flow.pkts_toserver .. " " .. flow.ended
         times[what] = (times[what] or 0) + 1
      end)
   end)
   return times
end

describe("the table of flows", function ()
   local udp, tcp = wire.udp, wire.tcp

   it("finds all flows after it has grown and half of them have ended", function ()
      local parts = {
         { udp {}, 1, 40000 }, { udp { at = 100 }, 1, 40000, 2 },
         { udp { at = 130 }, 50000, 50000 }, { udp { at = 200 }, 1, 40000, 2 },
      }
      for _, most in ipairs { 256, 1024 } do
         assert.same({ ["1 idle"] = 20000, ["3 forced"] = 20000, ["1 forced"] = 1 },
            tally(parts, most))
      end
   end)

   it("finds a flow's successor where the flow was", function ()
      assert.same({ ["2 end"] = 20000, ["2 forced"] = 6667 }, tally {
         { tcp { flags = "S" }, 1, 20000 }, { tcp { flags = "R" }, 1, 20000 },
         { tcp { flags = "S" }, 1, 20000, 3 }, { tcp {}, 1, 20000, 3 },
      })
   end)
end)

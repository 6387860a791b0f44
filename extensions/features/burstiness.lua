-- A person browses in bursts, a beacon ticks like a clock.
-- The spread of a flow's silences over their mean: 0 for a clock.

local weir  = require "weir"
local stats = require "weir.stats"

local burstiness = weir.feature {
   about = "how unevenly a flow speaks",
   gives = { burstiness = "number" },
}

-- One object per flow; the fields of `self` are that flow's memory.
function burstiness:packet(packet)
   if self.gaps then
      self.gaps:add(packet.gap)                      -- seconds since the flow's last packet
   else
      self.gaps = stats.running()                    -- no silence is before the first one
   end
end

function burstiness:finish()
   if self.gaps.mean == 0 then return end            -- too short to tell
   return { burstiness = self.gaps:deviation() / self.gaps.mean }
end

return burstiness

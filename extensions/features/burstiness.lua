-- A person browses in bursts, a beacon ticks like a clock.
-- The spread of a flow's silences over their mean: 0 for a clock.

local weir = require "weir"

local burstiness = weir.feature {
   about  = "how unevenly a flow speaks",
   gives  = { burstiness = "number" },
   memory = { packets = "double", mean = "double", squares = "double" },  -- of each flow, from 0
}

-- Welford's way to a deviation without keeping the silences, of which none is before packet one.
function burstiness:packet(packet)
   local silences = self.packets
   self.packets = silences + 1
   if silences == 0 then return end
   local step = packet.gap - self.mean                -- seconds since the flow's last packet
   self.mean = self.mean + step / silences
   self.squares = self.squares + step * (packet.gap - self.mean)
end

function burstiness:finish()
   if self.mean == 0 then return end                  -- too short to tell
   local spread = self.packets > 2 and math.sqrt(self.squares / (self.packets - 2)) or 0
   return { burstiness = spread / self.mean }
end

return burstiness

-- How far away the two sides are, and whether the way to us changed: who sends begins with one of
-- a few numbers, and each router takes one off.

local weir = require "weir"

local ttl = weir.feature {
   about = "hops from each side, by the time to live",
   wants = { "max_ttl_ts", "max_ttl_tc" },
   gives = {
      ttl_initial_toserver = "number", hops_toserver = "number", ttl_changes_toserver = "number",
      ttl_initial_toclient = "number", hops_toclient = "number", ttl_changes_toclient = "number",
   },
}

-- The least of the usual beginnings that can have become `most`.
local function initial(most)
   for _, first in ipairs { 32, 64, 128, 255 } do
      if most and most <= first then return first end
   end
end

function ttl:begin()
   self.last, self.changes = {}, { [0] = 0, [1] = 0 }   -- by packet.reverse
end

function ttl:packet(packet)
   local side = packet.reverse
   if (self.last[side] or packet.ttl) ~= packet.ttl then
      self.changes[side] = self.changes[side] + 1
   end
   self.last[side] = packet.ttl
end

function ttl:finish(flow)
   local there, back = initial(flow.max_ttl_ts), initial(flow.max_ttl_tc)
   return {
      ttl_initial_toserver = there,
      hops_toserver = there and there - flow.max_ttl_ts,
      ttl_changes_toserver = there and self.changes[0],
      ttl_initial_toclient = back,
      hops_toclient = back and back - flow.max_ttl_tc,
      ttl_changes_toclient = back and self.changes[1],
   }
end

return ttl

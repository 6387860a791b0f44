-- How far away the two sides are, and whether the way to us changed: who sends begins with one of
-- a few numbers, and each router takes one off.

local weir = require "weir"

local ttl = weir.feature {
   about  = "hops from each side, by the time to live",
   gives  = {
      ttl_initial_toserver = "number", hops_toserver = "number", ttl_changes_toserver = "number",
      ttl_initial_toclient = "number", hops_toclient = "number", ttl_changes_toclient = "number",
   },
   memory = {                                           -- by packet.reverse
      seen = "bool[2]", last = "uint8_t[2]", most = "uint8_t[2]", changes = "uint32_t[2]",
   },
}

function ttl:packet(packet)
   local side, now = packet.reverse, packet.ttl
   if now == self.last[side] and self.seen[side] then return end
   if self.seen[side] then self.changes[side] = self.changes[side] + 1 end
   self.seen[side], self.last[side] = true, now
   self.most[side] = math.max(self.most[side], now)
end

-- The least of the usual beginnings that can have become `most`, the hops from there, changes.
local function way(self, side)
   if not self.seen[side] then return end
   local most = self.most[side]
   local first = most <= 32 and 32 or most <= 64 and 64 or most <= 128 and 128 or 255
   return first, first - most, self.changes[side]
end

function ttl:finish()
   local first_there, hops_there, changes_there = way(self, 0)
   local first_back, hops_back, changes_back = way(self, 1)
   return {
      ttl_initial_toserver = first_there, ttl_initial_toclient = first_back,
      hops_toserver = hops_there, hops_toclient = hops_back,
      ttl_changes_toserver = changes_there, ttl_changes_toclient = changes_back,
   }
end

return ttl

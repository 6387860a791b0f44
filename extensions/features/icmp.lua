-- PATHspider's chain "icmp": whether somebody on the way said that the destination cannot be
-- reached.  Only an error that quotes a packet of the flow, and goes back to who sent it, counts;
-- it ends the flow.

local weir = require "weir"

local UNREACHABLE_4, UNREACHABLE_6 = 3, 1

local icmp = weir.feature {
   about  = "PATHspider's icmp: was the destination reported unreachable?",
   gives  = { icmp_unreachable = "flag" },
   memory = { icmp_unreachable = "bool" },
}

local function note(self, is_unreachable)
   if is_unreachable then self.icmp_unreachable = true end
   return not is_unreachable
end

function icmp:icmp4(packet, reverse)
   return note(self, reverse and packet.icmp_type == UNREACHABLE_4)
end

function icmp:icmp6(packet, reverse)
   return note(self, reverse and packet.icmp_type == UNREACHABLE_6)
end

return icmp

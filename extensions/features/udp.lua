-- PATHspider's chain "udp": whether the last packet each way had no checksum, which 0 says.

local weir = require "weir"

local SUM_AT = 6
local NONE, SOME = 1, 2                                 -- of checksums; 0 without a packet

local udp = weir.feature {
   about  = "PATHspider's udp: packets without a checksum",
   gives  = { udp_zero_checksum_fwd = "flag", udp_zero_checksum_rev = "flag" },
   memory = { last = "uint8_t[2]" },                    -- by packet.reverse
}

function udp:udp(packet)
   self.last[packet.reverse] = packet.header:u16(SUM_AT) == 0 and NONE or SOME
end

local function is_zero(last) if last > 0 then return last == NONE end end

function udp:finish()
   return {
      udp_zero_checksum_fwd = is_zero(self.last[0]), udp_zero_checksum_rev = is_zero(self.last[1]),
   }
end

return udp

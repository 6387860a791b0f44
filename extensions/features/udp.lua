-- PATHspider's chain "udp": whether the last packet each way had no checksum, which 0 says.

local weir = require "weir"

local SUM_AT = 6

local udp = weir.feature {
   about = "PATHspider's udp: packets without a checksum",
   gives = { udp_zero_checksum_fwd = "flag", udp_zero_checksum_rev = "flag" },
}

function udp:udp(packet, reverse)
   self[reverse and "udp_zero_checksum_rev" or "udp_zero_checksum_fwd"] =
      packet.header:u16(SUM_AT) == 0
end

return udp

-- PATHspider's chain "evilbit": the reserved bit of the IPv4 header (RFC 3514), on the first SYN
-- and the first data each way.  Data is a packet with payload that is no SYN.  IPv6 has none.

local bit  = require "bit"
local weir = require "weir"

local band, SYN, RESERVED = bit.band, 2, 4

local evilbit = weir.feature {
   about = "PATHspider's evilbit: the reserved bit on SYN and data",
   gives = {
      evilbit_syn_fwd = "flag", evilbit_data_fwd = "flag",
      evilbit_syn_rev = "flag", evilbit_data_rev = "flag",
   },
}

function evilbit:ip4(packet, reverse)
   local is_syn = band(packet.tcp_flags, SYN) ~= 0
   if not is_syn and packet.payload_size == 0 then return end
   local name = "evilbit_" .. (is_syn and "syn_" or "data_") .. (reverse and "rev" or "fwd")
   if self[name] == nil then self[name] = band(packet.ip_flags, RESERVED) ~= 0 end
end

return evilbit

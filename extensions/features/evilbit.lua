-- PATHspider's chain "evilbit": the reserved bit of the IPv4 header (RFC 3514), on the first SYN
-- and the first data each way.  Data is a packet with payload that is no SYN.  IPv6 has none.

local bit  = require "bit"
local weir = require "weir"

local band, SYN, RESERVED = bit.band, 2, 4
local CLEAR, SET = 1, 2                                 -- what was seen; 0 for nothing

local evilbit = weir.feature {
   about  = "PATHspider's evilbit: the reserved bit on SYN and data",
   gives  = {
      evilbit_syn_fwd = "flag", evilbit_data_fwd = "flag",
      evilbit_syn_rev = "flag", evilbit_data_rev = "flag",
   },
   memory = { syn = "uint8_t[2]", data = "uint8_t[2]" },    -- by packet.reverse
}

function evilbit:ip4(packet)
   local is_syn = band(packet.tcp_flags, SYN) ~= 0
   if not is_syn and packet.payload_size == 0 then return end
   local first, side = is_syn and self.syn or self.data, packet.reverse
   if first[side] == 0 then
      first[side] = band(packet.ip_flags, RESERVED) == 0 and CLEAR or SET
   end
end

local function flag(seen) if seen > 0 then return seen == SET end end

function evilbit:finish()
   return {
      evilbit_syn_fwd = flag(self.syn[0]), evilbit_data_fwd = flag(self.data[0]),
      evilbit_syn_rev = flag(self.syn[1]), evilbit_data_rev = flag(self.data[1]),
   }
end

return evilbit

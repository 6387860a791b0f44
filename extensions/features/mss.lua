-- PATHspider's chain "mss": the maximum segment size on the first SYN each way; the length counts
-- the option's kind and length, too, so that 4 is the right one.  A length below 2, or beyond the
-- header, is no option.

local bit  = require "bit"
local weir = require "weir"

local band, SYN, MSS = bit.band, 2, 2

local mss = weir.feature {
   about = "PATHspider's mss: maximum segment size of each side",
   gives = {
      mss_len_fwd = "number", mss_value_fwd = "number",
      mss_len_rev = "number", mss_value_rev = "number",
   },
}

-- The number that bytes make, however many there are; nil for none.
local function number(bytes)
   local n
   for i = 0, #bytes - 1 do n = (n or 0) * 256 + bytes:u8(i) end
   return n
end

function mss:tcp(packet, reverse)
   local way = reverse and "rev" or "fwd"
   if band(packet.tcp_flags, SYN) == 0 or self[way] then return end
   self[way] = true                                     -- there was a SYN
   local option = packet.tcp_option[MSS]
   if not option then return end
   self["mss_len_" .. way], self["mss_value_" .. way] = #option + 2, number(option)
end

return mss

-- PATHspider's chain "mss": the maximum segment size on the first SYN each way; the length counts
-- the option's kind and length, too, so that 4 is the right one.  A length below 2, or beyond the
-- header, is no option.

local bit  = require "bit"
local weir = require "weir"

local band, SYN, MSS = bit.band, 2, 2

local mss = weir.feature {
   about  = "PATHspider's mss: maximum segment size of each side",
   gives  = {
      mss_len_fwd = "number", mss_value_fwd = "number",
      mss_len_rev = "number", mss_value_rev = "number",
   },
   memory = {                                           -- by packet.reverse
      syns = "uint8_t[2]", sizes = "uint8_t[2]", values = "double[2]",
   },
}

-- The number that bytes make, however many there are.
local function number(bytes)
   local n = 0
   for i = 0, #bytes - 1 do n = n * 256 + bytes:u8(i) end
   return n
end

function mss:tcp(packet)
   local side = packet.reverse
   if band(packet.tcp_flags, SYN) == 0 or self.syns[side] > 0 then return end
   self.syns[side] = 1
   local option = packet:option(MSS)
   if option then self.sizes[side], self.values[side] = #option + 2, number(option) end
end

-- What is below the least size says that there is none.
local function from(least, size, value) if size >= least then return value end end

function mss:finish()
   local sizes, values = self.sizes, self.values
   return {
      mss_len_fwd = from(2, sizes[0], sizes[0]), mss_value_fwd = from(3, sizes[0], values[0]),
      mss_len_rev = from(2, sizes[1], sizes[1]), mss_value_rev = from(3, sizes[1], values[1]),
   }
end

return mss

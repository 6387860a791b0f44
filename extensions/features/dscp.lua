-- PATHspider's chain "dscp": the code point on the first SYN each way, and on data.  Data is a
-- packet with payload that is no SYN; of its marks the first that is not 0 counts, as senders
-- often mark only what follows a greeting.

local bit  = require "bit"
local weir = require "weir"

local band, rshift, SYN = bit.band, bit.rshift, 2

local dscp = weir.feature {
   about  = "PATHspider's dscp: differentiated services on SYN and data",
   gives  = {
      dscp_mark_syn_fwd = "number", dscp_mark_data_fwd = "number",
      dscp_mark_syn_rev = "number", dscp_mark_data_rev = "number",
   },
   memory = { syn = "uint8_t[2]", data = "uint8_t[2]" },    -- by packet.reverse: mark + 1, or 0
}

function dscp:packet(packet)
   local mark, side = rshift(packet.tos, 2), packet.reverse
   if band(packet.tcp_flags, SYN) ~= 0 then
      if self.syn[side] == 0 then self.syn[side] = mark + 1 end
   elseif packet.payload_size > 0 and self.data[side] <= 1 then
      self.data[side] = mark + 1
   end
end

local function mark_of(number) if number > 0 then return number - 1 end end

function dscp:finish()
   return {
      dscp_mark_syn_fwd = mark_of(self.syn[0]), dscp_mark_data_fwd = mark_of(self.data[0]),
      dscp_mark_syn_rev = mark_of(self.syn[1]), dscp_mark_data_rev = mark_of(self.data[1]),
   }
end

return dscp

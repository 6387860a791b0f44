-- PATHspider's chain "dscp": the code point on the first SYN each way, and on data.  Data is a
-- packet with payload that is no SYN; of its marks the first that is not 0 counts, as senders
-- often mark only what follows a greeting.

local bit  = require "bit"
local weir = require "weir"

local band, rshift, SYN = bit.band, bit.rshift, 2

local dscp = weir.feature {
   about = "PATHspider's dscp: differentiated services on SYN and data",
   gives = {
      dscp_mark_syn_fwd = "number", dscp_mark_data_fwd = "number",
      dscp_mark_syn_rev = "number", dscp_mark_data_rev = "number",
   },
}

function dscp:ip4(packet, reverse)
   local mark, way = rshift(packet.tos, 2), reverse and "rev" or "fwd"
   if band(packet.tcp_flags, SYN) ~= 0 then
      self["dscp_mark_syn_" .. way] = self["dscp_mark_syn_" .. way] or mark
   elseif packet.payload_size > 0 and (self["dscp_mark_data_" .. way] or 0) == 0 then
      self["dscp_mark_data_" .. way] = mark
   end
end

dscp.ip6 = dscp.ip4

return dscp

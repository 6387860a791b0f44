-- PATHspider's chain "ecn": which marks of congestion notification were seen each way, on a SYN
-- and on data.  Data is a packet with payload that is no SYN: TCP marks neither an acknowledgement
-- nor FIN, so nothing is learned where they carry no mark.

local bit  = require "bit"
local weir = require "weir"

local band, SYN = bit.band, 2
local MARKS = { "ect1", "ect0", "ce" }                  -- by the last two bits of the traffic class

local names, gives = {}, {}
for _, mark in ipairs(MARKS) do
   for _, where in ipairs { "syn_fwd", "syn_rev", "data_fwd", "data_rev" } do
      names[#names + 1] = "ecn_" .. mark .. "_" .. where
      gives[names[#names]] = "flag"
   end
end

local ecn = weir.feature { about = "PATHspider's ecn: marks on SYN and data", gives = gives }

function ecn:new_flow()
   for _, name in ipairs(names) do self[name] = false end
end

function ecn:ip4(packet, reverse)
   local mark, is_syn = MARKS[band(packet.tos, 3)], band(packet.tcp_flags, SYN) ~= 0
   if not mark or not is_syn and packet.payload_size == 0 then return end
   self["ecn_" .. mark .. (is_syn and "_syn_" or "_data_") .. (reverse and "rev" or "fwd")] = true
end

ecn.ip6 = ecn.ip4

return ecn

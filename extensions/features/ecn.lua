-- PATHspider's chain "ecn": which marks of congestion notification were seen each way, on a SYN
-- and on data.  Data is a packet with payload that is no SYN: TCP marks neither an acknowledgement
-- nor FIN, so nothing is learned where they carry no mark.

local bit  = require "bit"
local weir = require "weir"

local band, SYN = bit.band, 2
local MARKS = { "ect1", "ect0", "ce" }                  -- by the last two bits of the traffic class
local PLACES = { [0] = "data_fwd", "data_rev", "syn_fwd", "syn_rev" }

local gives, memory, fields = {}, {}, { {}, {}, {} }    -- fields: names, by mark and place
for mark, name in ipairs(MARKS) do
   for place = 0, #PLACES do
      local field = "ecn_" .. name .. "_" .. PLACES[place]
      fields[mark][place], gives[field], memory[field] = field, "flag", "bool"
   end
end

local ecn = weir.feature {
   about = "PATHspider's ecn: marks on SYN and data", gives = gives, memory = memory,
}

function ecn:packet(packet)
   local mark, syn = band(packet.tos, 3), band(packet.tcp_flags, SYN)
   if mark == 0 or syn == 0 and packet.payload_size == 0 then return end
   self[fields[mark][syn + packet.reverse]] = true
end

return ecn

-- PATHspider's chain "tcp": how a connection began and ended.  SYN's flags are those of the first
-- one each way, and "last" those of the last: who asks again may ask for less.

local bit  = require "bit"
local weir = require "weir"

local band = bit.band
local TCP, FIN, SYN, RST, ACK = 6, 1, 2, 4, 16

local tcp = weir.feature {
   about = "PATHspider's tcp: flags of SYN, FIN and RST each way, and whether it was connected",
   gives = {
      tcp_synflags_fwd = "number", tcp_synflags_last_fwd = "number",
      tcp_synflags_rev = "number", tcp_synflags_last_rev = "number",
      tcp_fin_fwd = "flag", tcp_fin_rev = "flag", tcp_rst_fwd = "flag", tcp_rst_rev = "flag",
      tcp_connected = "flag",
   },
}

function tcp:new_flow(packet)
   if packet.protocol ~= TCP then return false end
   for _, flag in ipairs { "fin_fwd", "fin_rev", "rst_fwd", "rst_rev", "connected" } do
      self["tcp_" .. flag] = false
   end
end

-- FIN both ways ends the flow, and so does RST.
function tcp:tcp(packet, reverse)
   local flags, way = band(packet.tcp_flags, 0xff), reverse and "rev" or "fwd"
   if band(flags, SYN) ~= 0 then
      self["tcp_synflags_" .. way] = self["tcp_synflags_" .. way] or flags
      self["tcp_synflags_last_" .. way] = flags
      self.answered = self.answered or reverse and band(flags, ACK) ~= 0 and self.tcp_synflags_fwd
   elseif self.answered and not reverse and band(flags, ACK + RST) == ACK then
      self.tcp_connected = true
   end
   if band(flags, FIN) ~= 0 then self["tcp_fin_" .. way] = true end
   if band(flags, RST) ~= 0 then self["tcp_rst_" .. way] = true end
   return not (self.tcp_fin_fwd and self.tcp_fin_rev or self.tcp_rst_fwd or self.tcp_rst_rev)
end

return tcp

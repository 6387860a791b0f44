-- PATHspider's chain "tcpopt": what the server's first SYN agrees to, or offers unasked:
-- timestamps, window scaling, selective acknowledgement.  Without an answer nothing is said.

local bit  = require "bit"
local weir = require "weir"

local band, SYN = bit.band, 2
local KINDS = { tcpopt_ws = 3, tcpopt_sack = 4, tcpopt_ts = 8 }

local tcpopt = weir.feature {
   about = "PATHspider's tcpopt: options of the server's SYN",
   gives = { tcpopt_ts = "flag", tcpopt_ws = "flag", tcpopt_sack = "flag" },
}

function tcpopt:tcp(packet, reverse)
   if not reverse or band(packet.tcp_flags, SYN) == 0 or self.tcpopt_ts ~= nil then return end
   local options = packet.tcp_option
   for name, kind in pairs(KINDS) do self[name] = options[kind] ~= nil end
end

return tcpopt

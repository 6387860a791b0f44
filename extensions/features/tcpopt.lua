-- PATHspider's chain "tcpopt": what the server's first SYN agrees to, or offers unasked:
-- timestamps, window scaling, selective acknowledgement.  Without an answer nothing is said.

local bit  = require "bit"
local weir = require "weir"

local band, SYN = bit.band, 2
local SCALE, SACK, TIMESTAMPS = 3, 4, 8

local tcpopt = weir.feature {
   about  = "PATHspider's tcpopt: options of the server's SYN",
   gives  = { tcpopt_ts = "flag", tcpopt_ws = "flag", tcpopt_sack = "flag" },
   memory = { answered = "bool", ts = "bool", ws = "bool", sack = "bool" },
}

function tcpopt:tcp(packet)
   if band(packet.tcp_flags, SYN) == 0 or packet.reverse == 0 or self.answered then return end
   self.answered = true
   self.ts   = packet:option(TIMESTAMPS) ~= nil
   self.ws   = packet:option(SCALE) ~= nil
   self.sack = packet:option(SACK) ~= nil
end

function tcpopt:finish()
   if not self.answered then return end
   return { tcpopt_ts = self.ts, tcpopt_ws = self.ws, tcpopt_sack = self.sack }
end

return tcpopt

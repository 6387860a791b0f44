-- Where a connection loses its time before it says a word: on the way to the server, on the way
-- to the client, or in asking twice.  Times are seconds, as seen where the packets were captured.

local bit  = require "bit"
local weir = require "weir"

local band = bit.band
local TCP, SYN, ACK = 6, 2, 16

local handshake = weir.feature {
   about  = "how a TCP connection was set up",
   wants  = { "rtt_server", "rtt_client" },
   gives  = {
      handshake_server = "number", handshake_client = "number", handshake_total = "number",
      handshake_complete = "flag", handshake_retried = "flag", handshake_syns = "number",
   },
   memory = {                                           -- seconds; SYNs by packet.reverse
      now = "double", asked = "double", total = "double", agreed = "bool", syns = "uint32_t[2]",
   },
}

function handshake:begin(flow) return flow.protocol == TCP end

function handshake:packet(packet)
   local flags, side = band(packet.tcp_flags, SYN + ACK), packet.reverse
   self.now = self.now + packet.gap
   if band(flags, SYN) ~= 0 then
      if self.syns[0] + self.syns[1] == 0 then self.asked = self.now end
      self.syns[side] = self.syns[side] + 1
   elseif flags == ACK and side == 0 and self.syns[1] > 0 and not self.agreed then
      self.agreed, self.total = true, self.now - self.asked
   end
end

function handshake:finish(flow)
   if self.syns[0] + self.syns[1] == 0 then return end  -- it began before the capture
   local server, client = flow.rtt_server, flow.rtt_client
   local complete = server ~= nil and client ~= nil
   return {
      handshake_server = server, handshake_client = client,
      handshake_total = complete and self.agreed and self.total or nil,
      handshake_complete = complete,
      handshake_retried = self.syns[0] > 1 or self.syns[1] > 1,
      handshake_syns = self.syns[0],
   }
end

return handshake

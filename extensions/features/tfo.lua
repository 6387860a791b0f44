-- PATHspider's chain "tfo": TCP Fast Open on the first SYN each way.  Kinds are 34, or 254 and 255
-- for experiments, where F989 says whose it is; 0 is none.  Lengths are those of the cookie, and
-- 0 asks for one.  That the server took the data shows in the ack: seq + dlen + 1.

local bit  = require "bit"
local weir = require "weir"

local band = bit.band
local TCP, SYN, FAST_OPEN, EXPERIMENT = 6, 2, 34, 0xf989

local tfo = weir.feature {
   about  = "PATHspider's tfo: TCP Fast Open's cookies, and data on SYN",
   gives  = {
      tfo_synkind = "number", tfo_synclen = "number", tfo_seq = "number", tfo_dlen = "number",
      tfo_ackkind = "number", tfo_ackclen = "number", tfo_ack = "number",
   },
   memory = {
      tfo_synkind = "uint8_t", tfo_synclen = "uint8_t", tfo_seq = "uint32_t", tfo_dlen = "uint32_t",
      tfo_ackkind = "uint8_t", tfo_ackclen = "uint8_t", tfo_ack = "uint32_t", syns = "uint8_t[2]",
   },
}

function tfo:begin(flow) return flow.protocol == TCP end

-- The kind of the option, and the cookie's length.
local function fast_open(packet)
   local option = packet:option(FAST_OPEN)
   if option then return FAST_OPEN, #option end
   for kind = 254, 255 do
      option = packet:option(kind)
      if option and #option >= 2 and option:u16(0) == EXPERIMENT then return kind, #option - 2 end
   end
   return 0, 0
end

function tfo:tcp(packet)
   local side = packet.reverse
   if band(packet.tcp_flags, SYN) == 0 or self.syns[side] > 0 then return end
   self.syns[side] = 1
   local kind, size = fast_open(packet)
   if side == 0 and kind > 0 then
      self.tfo_synkind, self.tfo_synclen = kind, size
      self.tfo_seq, self.tfo_dlen = packet.tcp_seq, packet.payload_size
   elseif side == 1 and self.tfo_synkind > 0 then
      self.tfo_ackkind, self.tfo_ackclen, self.tfo_ack = kind, size, packet.tcp_ack
   end
end

return tfo

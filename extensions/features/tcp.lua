-- PATHspider's chain "tcp": how a connection began and ended.  SYN's flags are those of the first
-- one each way, and "last" those of the last: who asks again may ask for less.

local bit  = require "bit"
local weir = require "weir"

local band, bor = bit.band, bit.bor
local TCP, FIN, SYN, RST, ACK = 6, 1, 2, 4, 16

local tcp = weir.feature {
   about  = "PATHspider's tcp: flags of SYN, FIN and RST each way, and whether it was connected",
   gives  = {
      tcp_synflags_fwd = "number", tcp_synflags_last_fwd = "number",
      tcp_synflags_rev = "number", tcp_synflags_last_rev = "number",
      tcp_fin_fwd = "flag", tcp_fin_rev = "flag", tcp_rst_fwd = "flag", tcp_rst_rev = "flag",
      tcp_connected = "flag",
   },
   memory = {                                           -- by packet.reverse: flags, 0 without any
      first = "uint8_t[2]", last = "uint8_t[2]", ends = "uint8_t[2]",
      answered = "bool", connected = "bool",
   },
}

function tcp:begin(flow) return flow.protocol == TCP end

-- FIN both ways ends the flow, and so does RST.
function tcp:tcp(packet)
   local flags, side = band(packet.tcp_flags, 0xff), packet.reverse
   if band(flags, SYN) ~= 0 then
      if self.first[side] == 0 then self.first[side] = flags end
      self.last[side] = flags
      if side == 1 and band(flags, ACK) ~= 0 and self.first[0] ~= 0 then self.answered = true end
   elseif side == 0 and self.answered and band(flags, ACK + RST) == ACK then
      self.connected = true
   end
   if band(flags, FIN + RST) == 0 then return end
   self.ends[side] = bor(self.ends[side], flags)
   return not (band(self.ends[0], self.ends[1], FIN) ~= 0 or band(flags, RST) ~= 0)
end

local function flags_of(seen) if seen > 0 then return seen end end
local function has(seen, flag) return band(seen, flag) ~= 0 end

function tcp:finish()
   return {
      tcp_synflags_fwd = flags_of(self.first[0]), tcp_synflags_last_fwd = flags_of(self.last[0]),
      tcp_synflags_rev = flags_of(self.first[1]), tcp_synflags_last_rev = flags_of(self.last[1]),
      tcp_fin_fwd = has(self.ends[0], FIN), tcp_fin_rev = has(self.ends[1], FIN),
      tcp_rst_fwd = has(self.ends[0], RST), tcp_rst_rev = has(self.ends[1], RST),
      tcp_connected = self.connected,
   }
end

return tcp

-- One of the three observers that bar B6 measures: which TCP flags a flow had, and pushes.

local bit  = require "bit"
local weir = require "weir"

local PUSH = 8

local flags = weir.feature {
   about = "TCP flags of a flow", gives = { all = "number", pushes = "number" },
   memory = { all = "uint32_t", pushes = "uint32_t" },
}

function flags:packet(packet)
   self.all = bit.bor(self.all, packet.tcp_flags)
   if bit.band(packet.tcp_flags, PUSH) ~= 0 then self.pushes = self.pushes + 1 end
end

return flags

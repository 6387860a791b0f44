-- One of the three observers that bar B6 measures: bytes of a flow, by direction.

local weir = require "weir"

local sizes = weir.feature {
   about = "bytes of a flow, by direction", gives = { sent = "number", answered = "number" },
   memory = { sent = "double", answered = "double" },
}

function sizes:packet(packet)
   if packet.reverse == 0 then
      self.sent = self.sent + packet.size
   else
      self.answered = self.answered + packet.size
   end
end

return sizes

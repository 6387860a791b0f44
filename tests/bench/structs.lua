-- What bar B6 measures: a flow's memory is a struct.

local weir = require "weir"

local structs = weir.feature {
   about = "silences of a flow", gives = { sum = "number", n = "number" },
   memory = { sum = "double", n = "uint32_t" },
}

function structs:begin() self.n = 0 end

function structs:packet(packet)
   self.sum = self.sum + packet.gap
   self.n = self.n + 1
end

function structs:finish() return { sum = self.sum, n = self.n } end

return structs

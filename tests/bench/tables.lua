-- What bar B6 measures: a flow's memory is a table.

local weir = require "weir"

local tables = weir.feature {
   about = "silences of a flow", gives = { sum = "number", n = "number" },
}

function tables:begin() self.sum, self.n = 0, 0 end

function tables:packet(packet)
   self.sum = self.sum + packet.gap
   self.n = self.n + 1
end

function tables:finish() return { sum = self.sum, n = self.n } end

return tables

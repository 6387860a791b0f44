-- Reads streams with gaps from standard input, and prints how many bytes it was told of, how many
-- are missing, and the most memory that took: weir lua tests/load/streams.lua

local weir = require "weir"

local found = { bytes = 0, missing = 0 }

local capture = assert(weir.open("-", { protocols = { "stream" } }))
for batch in capture:batches() do
   for i = 0, batch.stream_count - 1 do
      local s = batch.stream[i]
      found.bytes = found.bytes + (s.bytes and #s.bytes or 0)
      found.missing = found.missing + s.missing
   end
end
local status = io.open "/proc/self/status"
found.peak = tonumber(status:read "*a":match "VmHWM:%s*(%d+)") / 1024
status:close()
for name, value in pairs(found) do print(("%s %.17g"):format(name, value)) end

-- Prints the most memory that reading a capture took, with flows and statistics, and with what all
-- protocols say: peak.lua CAPTURE [all]

local weir = require "weir"

local flows = 0
local all = arg[2] == "all"
local capture = assert(weir.open(arg[1], {
   flows = true, stats = true, packets = false, protocols = all, names = all, labels = all,
}))
for batch in capture:batches() do flows = flows + batch.flow_count end
local status = io.open "/proc/self/status"
local peak = status:read "*a":match "VmHWM:%s*(%d+)"
status:close()
print(("%d flows, %.0f MiB"):format(flows, peak / 1024))

-- Who talks to whom, and how much: weir lua samples/talkers.lua CAPTURE
local weir = require "weir"

local bytes = {}
for packet in assert(weir.open(...)):packets() do
   local from, to = packet.src_ip or packet.src_mac, packet.dest_ip or packet.dest_mac
   local pair = ("%s > %s"):format(from, to)
   bytes[pair] = (bytes[pair] or 0) + packet.size
end

local pairs_by_size = {}
for pair in pairs(bytes) do pairs_by_size[#pairs_by_size + 1] = pair end
table.sort(pairs_by_size, function (a, b) return bytes[a] > bytes[b] end)
for i = 1, math.min(10, #pairs_by_size) do print(bytes[pairs_by_size[i]], pairs_by_size[i]) end

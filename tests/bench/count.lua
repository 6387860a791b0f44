-- Counts every packet by port, or only pulls the batches: count.lua count|pull CAPTURE
-- Prints how many there are, and how many of those counted go to port 53.

local weir = require "weir"

local ports, total = {}, 0
for batch in assert(weir.open(arg[2])):batches() do
   for i = 0, arg[1] == "count" and batch.packet_count - 1 or -1 do
      local port = batch.packets[i].dest_port
      ports[port] = (ports[port] or 0) + 1
   end
   total = total + batch.packet_count
end
print(total, ports[53] or 0)

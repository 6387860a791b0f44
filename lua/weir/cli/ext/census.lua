-- What kinds of packets a capture has: why a moment was never called.
--
--    local counts = census.new()
--    for batch in … do census.add(counts, batch) end

local weir = require "weir"

local census = {}

-- Protocols by their numbers, as packets have them.
local TRANSPORTS = { [1] = "ICMP", [6] = "TCP", [17] = "UDP", [58] = "ICMPv6" }
local ORDER = { "IPv4", "IPv6", "TCP", "UDP", "ICMP", "ICMPv6", "other" }

-- The kind of packet that a chain sees.
census.of_chain = {
   ip4 = "IPv4", ip6 = "IPv6", icmp4 = "ICMP", icmp6 = "ICMPv6", tcp = "TCP", udp = "UDP",
   l4 = "other",
}

function census.new()
   local counts = { packets = 0, flows = 0, begins = 0, seconds = 0 }
   for _, name in ipairs(ORDER) do counts[name] = 0 end
   return counts
end

-- Adds the packets and flows of a batch.
function census.add(counts, batch)
   for i = 0, batch.packet_count - 1 do
      local packet = batch.packets[i]
      if packet.proto then
         local version = packet.ip_version == 6 and "IPv6" or "IPv4"
         local transport = TRANSPORTS[packet.protocol] or "other"
         counts[version], counts[transport] = counts[version] + 1, counts[transport] + 1
      end
   end
   counts.packets = counts.packets + batch.packet_count
   counts.flows = counts.flows + batch.flow_count
   counts.begins = counts.begins + batch.begin_count
   counts.seconds = counts.seconds + batch.second_count
end

-- Of a whole capture; nil and the reason when it cannot be read.
function census.of(path)
   local capture, why = weir.open(path, { flows = true, packets = true })
   if not capture then return nil, why end
   local counts = census.new()
   for batch in capture:batches() do census.add(counts, batch) end
   capture:close()
   return counts
end

-- "14 packets (14 IPv4, 12 TCP, 2 UDP), 3 flows"
function census.text(counts)
   local kinds = {}
   for _, name in ipairs(ORDER) do
      if counts[name] > 0 then kinds[#kinds + 1] = ("%d %s"):format(counts[name], name) end
   end
   return ("%d packet%s%s, %d flow%s"):format(counts.packets, counts.packets == 1 and "" or "s",
      #kinds > 0 and " (" .. table.concat(kinds, ", ") .. ")" or "", counts.flows,
      counts.flows == 1 and "" or "s")
end

return census

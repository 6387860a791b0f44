-- Filters of packets against tshark's: which packets of captures each lets through.
--
--    build/weir lua tests/peers/filters.lua [--counts] CAPTURE…
--
-- Prints a line for each expression and capture.  Exit 1 when anything differs.  --counts is
-- quicker: it compares how many packets and bytes there are, of one run of tshark.  In captures
-- with fragments, tunnels or ICMP errors other packets match by design: Weir gives later fragments
-- their ports, and tshark also looks at what is quoted.

local dissector = require "dissector"
local filter    = require "weir.filter"
local weir      = require "weir"

-- The same text for both; or ours and theirs.  To Weir ip.src is the source of IPv6 and ARP, too.
local EXPRESSIONS = {
   "tcp.port == 80", "tcp.port != 80", "udp and not tcp", "not udp.port == 53", "icmp || arp",
   { "ip.addr == 192.0.2.0/26 and ipv4", "ip.addr == 192.0.2.0/26" },
   "tcp.flags.syn == 1 and tcp.flags.ack == 0", "udp.port in {53, 7, 4000..5000}",
   "frame.len > 70 and frame.len <= 90", "eth.addr == 02:00:5e:00:53:0a", "all tcp.port > 79",
   "frame.time > \"2026-01-01T00:00:00.005Z\"",
   "tcp", "tcp.srcport > 1024", "tcp.port ~= 80", "any tcp.port < 100", "tcp.port",
   "tcp.srcport == tcp.dstport", "eth.src == 02-00-5e-00-53-01", "frame.number in {2..4, 7}",
   "eth.type == 0x86dd", "arp.opcode == 1", "ip.src == 192.0.2.10 and ip.dst != 192.0.2.1",
   { "ip.ttl >= 64 && tcp && ipv4", "ip.ttl >= 64 && tcp" },
   { "ipv4 and ip.src in {192.0.2.1..192.0.2.9 198.51.100.80}",
     "ip.src in {192.0.2.1..192.0.2.9, 198.51.100.80}" },
   { "!(ip.addr == 198.51.100.0/24) and ipv4", "!(ip.addr == 198.51.100.0/24) and ip.src" },
   "ipv6.addr == 2001:db8::/48", "ipv6.src == 2001:db8::10 or ipv6.dst == ff02::/16",
   "tcp.flags.reset == 1 or tcp.flags.fin == 1", "tcp.flags & 0x12 == 0x12", "tcp.flags == 0x010",
   { "tcp_flags == SA", "tcp.flags == 0x012" }, "tcp.window_size_value < 1000",
   "tcp.seq_raw >= 70000 and tcp.ack_raw != 0", "icmp.type == 8", "ip.version == 4 and !arp",
   "icmpv6.type == 135 or icmpv6.type == 136", "frame.time_epoch >= 1767225600.004",
   { "proto == 17", "udp" },
}

-- Calls see(packet) with the packets of a capture for which an expression holds.
local function each(expression, path, see)
   local made, why, place = filter.new(expression)
   if not made then error(("%s\n%s"):format(why, place), 0) end
   for packet in weir.open(path):packets() do
      if made:test(packet) then see(packet) end
   end
end

local differs = false

local function compare(path, mine, a, b)
   local is_same = a == b
   differs = differs or not is_same
   print(("%-9s %s: %s: weir %s, tshark %s"):format(is_same and "the same" or "DIFFERENT", path,
      mine, a, b))
end

local function compare_packets(path, mine, other)
   local numbers, theirs = {}, {}
   each(mine, path, function (packet) numbers[#numbers + 1] = ("%d "):format(packet.ordinal) end)
   for packet in dissector.packets(path, { "frame.number" }, { filter = other }) do
      theirs[#theirs + 1] = packet["frame.number"] .. " "
   end
   compare(path, mine, table.concat(numbers), table.concat(theirs))
end

-- Where tshark lists expressions a comma is between them: those that have one are left out.
local function compare_counts(path, pairs_of)
   local asked, ours = {}, {}
   for _, pair in ipairs(pairs_of) do
      if not pair[2]:find "," then
         local packets, bytes = 0, 0
         each(pair[1], path, function (p) packets, bytes = packets + 1, bytes + p.size end)
         asked[#asked + 1] = pair[2]
         ours[#asked] = ("%d packets, %d bytes"):format(packets, bytes)
      end
   end
   local i, how = 0, "-q -z " .. dissector.quote("io,stat,0," .. table.concat(asked, ","))
   for line in dissector.lines(path, how) do
      for packets, bytes in (line:match "<>[^|]+|(.+)" or ""):gmatch "(%d+) +| +(%d+)" do
         i = i + 1
         compare(path, asked[i], ours[i], ("%d packets, %d bytes"):format(packets, bytes))
      end
   end
   if i ~= #asked then
      print(("%s: tshark counts %d of %d expressions"):format(path, i, #asked))
      differs = true
   end
end

local list, counts = {}, arg[1] == "--counts"
for i, pair in ipairs(EXPRESSIONS) do list[i] = type(pair) == "table" and pair or { pair, pair } end
for i = counts and 2 or 1, #arg do
   if counts then compare_counts(arg[i], list) end
   for _, pair in ipairs(counts and {} or list) do compare_packets(arg[i], pair[1], pair[2]) end
end
os.exit(differs and 1 or 0, true)

-- Weir's decoder against tshark's, packet by packet and field by field.
--
--    build/weir lua tests/peers/tshark.lua [--show N] [--least FRACTION] CAPTURE|FOLDER…
--
-- Prints for each field how many packets have it in both, how many of these agree, and how many only
-- one has it of; with --show, the first N differences of each field.  Exit 1 when of the values that
-- both have less than FRACTION (0.999) agree.

local weir  = require "weir"
local value = require "weir.packet".value

-- Where tshark goes on and Weir does not, on purpose: its layers are read up to this one, that included.
local stops = {
   icmp   = "an ICMP error quotes a packet that was not sent with it",
   icmpv6 = "the same",
}

-- The fields, and in which of tshark's fields the layer of that name has them: the last layer that
-- has one counts.  Links are looked at up to the innermost network layer, the others from it on.
local link = {
   { "src_mac", eth = "eth.src" },
   { "dest_mac", eth = "eth.dst" },
}
local inner = {
   { "src_ip", ip = "ip.src", ipv6 = "ipv6.src", arp = "arp.src.proto_ipv4" },
   { "dest_ip", ip = "ip.dst", ipv6 = "ipv6.dst", arp = "arp.dst.proto_ipv4" },
   { "arp_op", arp = "arp.opcode" },
   { "proto", ip = "ip.proto", ipv6 = "ipv6.nxt", ah = "ah.next_header", ["ipv6.hopopts"] = "ipv6.hopopts.nxt",
     ["ipv6.routing"] = "ipv6.routing.nxt", ["ipv6.dstopts"] = "ipv6.dstopts.nxt", ["ipv6.fraghdr"] = "ipv6.fraghdr.nxt" },
   { "tos", ip = "ip.dsfield", ipv6 = "ipv6.tclass" },
   { "ttl", ip = "ip.ttl", ipv6 = "ipv6.hlim" },
   { "ip_id", ip = "ip.id", ["ipv6.fraghdr"] = "ipv6.fraghdr.ident" },
   { "ip_flags", ip = "ip.flags" },
   { "fragment_offset", ip = "ip.frag_offset", ["ipv6.fraghdr"] = "ipv6.fraghdr.offset" },
   { "src_port", tcp = "tcp.srcport", udp = "udp.srcport", sctp = "sctp.srcport" },
   { "dest_port", tcp = "tcp.dstport", udp = "udp.dstport", sctp = "sctp.dstport" },
   { "icmp_type", icmp = "icmp.type", icmpv6 = "icmpv6.type" },
   { "icmp_code", icmp = "icmp.code", icmpv6 = "icmpv6.code" },
   { "tcp_seq", tcp = "tcp.seq_raw" },
   { "tcp_ack", tcp = "tcp.ack_raw" },
   { "tcp_flags", tcp = "tcp.flags" },
   { "tcp_window", tcp = "tcp.window_size_value" },
   { "payload_size", tcp = "tcp.len", udp = "udp.length" },
}
local frame = { size = "frame.len", kept = "frame.cap_len", time = "frame.time_epoch" }
local tags = { vlan = "vlan.id", ieee8021ad = "ieee8021ad.id" }          -- all of them count, not only the last
local networks = { ip = true, ipv6 = true, arp = true }
local names = { "size", "kept", "time", "vlan" }

-- What Weir's record says in the way in which tshark says it, where they differ.
local ours = {
   time  = function (p) return ("%s.%09d"):format(tostring(p.ns / 1000000000):match "%d+", tonumber(p.ns % 1000000000)) end,
   vlan  = function (p) return p.vlan_count > 0 and table.concat(p.vlan, ",") or nil end,
   proto = function (p) return value(p, "proto") and p.protocol end,
   ip_id = function (p) return (p.ip_version == 4 or p.ip_id > 0) and value(p, "ip_id") or nil end,
   ip_flags = function (p) return p.ip_version == 4 and value(p, "ip_flags") or nil end,
   fragment_offset = function (p)
      local bytes = value(p, "fragment_offset") or (p.ip_version == 4 and value(p, "ip_id") and 0)
      return bytes and bytes / 8 or nil
   end,
   payload_size = function (p)
      if p.protocol == 17 or p.protocol == 6 then
         local size = value(p, "payload_size")
         return size and size + (p.protocol == 17 and 8 or 0)           -- with the header
      end
   end,
}

-- ---- what tshark says ---------------------------------------------------------------

local options = {
   "tcp.desegment_tcp_streams:FALSE", "tcp.analyze_sequence_numbers:FALSE", "ipv6.exthdr_under_root_protocol_tree:TRUE",
}

-- The fields to ask tshark for, each once, and where each of them is in a line.
local asked, place = { "frame.protocols" }, { ["frame.protocols"] = 1 }
local function ask(field)
   if not place[field] then
      asked[#asked + 1] = field
      place[field] = #asked
   end
end
for name, field in pairs(frame) do ask(field) end
for _, field in pairs(tags) do ask(field) end
for _, group in ipairs { link, inner } do
   for _, row in ipairs(group) do
      names[#names + 1] = row[1]
      for layer, field in pairs(row) do
         if layer ~= 1 then ask(field) end
      end
   end
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function command(path)
   local words = { "tshark -n -T fields -E occurrence=a -E 'aggregator=|'" }
   for _, option in ipairs(options) do words[#words + 1] = "-o " .. option end
   for _, field in ipairs(asked) do words[#words + 1] = "-e " .. field end
   return table.concat(words, " ") .. " -r " .. quote(path) .. " 2>/dev/null"
end

local function split(s, separator)
   local parts = {}
   for part in (s .. separator):gmatch("(.-)%" .. separator) do parts[#parts + 1] = part end
   return parts
end

-- A number when it is one, in whatever base.
local function plain(s)
   if s == "" then return nil end
   return s:find "^0x%x+$" and tonumber(s) or s:find "^%d+$" and tonumber(s) or s
end

-- The layers up to where Weir stops, and which of them is the innermost network layer.
local function layers_of(stack)
   local layers, network = {}, nil
   for _, layer in ipairs(split(stack, ":")) do
      layers[#layers + 1] = layer
      if networks[layer] then network = #layers end
      if stops[layer] then break end
   end
   return layers, network
end

-- The value of a field in the last of the layers `from` … `to` that has it.
local function pick(cells, layers, row, from, to)
   for i = to, from, -1 do
      local field, layer = row[layers[i]], layers[i]
      if field then
         local nth = 0
         for j = 1, i do nth = nth + (layers[j] == layer and 1 or 0) end
         return plain(split(cells[place[field]], "|")[nth] or "")
      end
   end
end

local function vlans(cells, layers, network)
   local found, seen = {}, {}
   for i = 1, network or #layers do
      local layer = layers[i]
      if tags[layer] then
         seen[layer] = (seen[layer] or 0) + 1
         found[#found + 1] = split(cells[place[tags[layer]]], "|")[seen[layer]]
      end
   end
   return found[1] and table.concat(found, ",")
end

-- One line of tshark's as a table by the names of Weir's fields.
local function theirs(line)
   local cells, said = split(line, "\t"), {}
   local layers, network = layers_of(cells[1])
   for name, field in pairs(frame) do said[name] = cells[place[field]] end
   said.size, said.kept = plain(said.size), plain(said.kept)
   said.vlan = vlans(cells, layers, network)
   for _, row in ipairs(link) do said[row[1]] = pick(cells, layers, row, 1, network or #layers) end
   if network then
      for _, row in ipairs(inner) do said[row[1]] = pick(cells, layers, row, network, #layers) end
   end
   return said, cells[1]
end

-- ---- comparing ------------------------------------------------------------------------

local counts, show = {}, 0
for _, name in ipairs(names) do counts[name] = { both = 0, agree = 0, theirs = 0, ours = 0 } end

local function differ(path, packet, name, kind, a, b, stack)
   local c = counts[name]
   c.shown = c.shown or {}
   c.shown[kind] = (c.shown[kind] or 0) + 1
   if c.shown[kind] > show then return end
   io.write(("%s %d: %s: tshark %s, weir %s (%s)\n"):format(
      path, packet.ordinal, name, tostring(a), tostring(b), stack))
end

local function compare(path, packet, said, stack)
   for _, name in ipairs(names) do
      local a, b, c = said[name], nil, counts[name]
      if ours[name] then b = ours[name](packet) else b = value(packet, name) end
      if a ~= nil and b ~= nil then
         c.both = c.both + 1
         if tostring(a) == tostring(b) then c.agree = c.agree + 1 else differ(path, packet, name, "both", a, b, stack) end
      elseif a ~= nil or b ~= nil then
         local who = a ~= nil and "theirs" or "ours"
         c[who] = c[who] + 1
         differ(path, packet, name, who, a, b, stack)
      end
   end
end

local function run(path)
   local source, why = weir.open(path)
   if not source then
      io.stderr:write(why, "\n")
      return
   end
   local tshark = assert(io.popen(command(path)))
   for packet in source:packets() do
      local line = tshark:read "*l"
      if not line then
         print(("%s: tshark ends before packet %d"):format(path, packet.ordinal))
         break
      end
      compare(path, packet, theirs(line))
   end
   if tshark:read "*l" then print(path .. ": tshark has more packets") end
   tshark:close()
   source:close()
end

local paths, i = {}, 1
while arg[i] do
   if arg[i] == "--show" then
      i = i + 1
      show = tonumber(arg[i])
   else
      for _, path in ipairs(assert(weir.open(arg[i])).paths) do paths[#paths + 1] = path end
   end
   i = i + 1
end
for _, path in ipairs(paths) do run(path) end
print(("%-16s %8s %8s %8s %8s %8s"):format("field", "both", "agree", "percent", "tshark", "weir"))
for _, name in ipairs(names) do
   local c = counts[name]
   print(("%-16s %8d %8d %8.3f %8d %8d"):format(name, c.both, c.agree, 100 * c.agree / math.max(c.both, 1), c.theirs, c.ours))
end

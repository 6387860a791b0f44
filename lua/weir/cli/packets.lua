-- How packets look in a table: who, to whom, how much, and what it is about.

local cell   = require "weir.cli.cell"
local value  = require "weir.ends".value
local schema = require "weir.schema"

local packets = {}
local TCP_FLAGS = schema.of "packet".names.tcp_flags.names
local TROUBLES = schema.of "packet".troubles

local icmp = {
   [4] = {
      [0] = "echo reply", [3] = "unreachable", [5] = "redirect", [8] = "echo request",
      [11] = "time exceeded",
   },
   [6] = {
      [1] = "unreachable", [2] = "too big", [3] = "time exceeded",
      [128] = "echo request", [129] = "echo reply",
      [133] = "router solicitation", [134] = "router advertisement",
      [135] = "neighbour solicitation", [136] = "neighbour advertisement",
   },
}

local ether_types = {
   [0x0806] = "ARP", [0x8035] = "RARP", [0x8863] = "PPPoE", [0x8864] = "PPPoE",
   [0x88cc] = "LLDP", [0x888e] = "EAPOL",
}

-- Who sent it and to whom: addresses with ports, else what the link has.
function packets.ends(p)
   local from = cell.endpoint(p.src_ip, value(p, "packet", "src_port"))
   local to = cell.endpoint(p.dest_ip, value(p, "packet", "dest_port"))
   return from or p.src_mac, to or p.dest_mac
end

function packets.protocol(p)
   if p.proto then return p.proto end
   return ether_types[p.ether_type]
      or (p.ether_type > 0x600 and ("0x%04x"):format(p.ether_type)) or "link"
end

local function about_arp(p)
   if p.arp_op == 1 then return ("who has %s? tell %s"):format(p.dest_ip, p.src_ip) end
   if p.arp_op == 3 then return "which address has " .. (p.src_mac or "?") .. "?" end
   return ("%s is at %s"):format(p.src_ip, p.src_mac or "?")
end

local function bytes(n) return ("%d byte%s"):format(n, n == 1 and "" or "s") end

local function about_transport(p)
   local flags, kind = value(p, "packet", "tcp_flags"), value(p, "packet", "icmp_type")
   if flags then
      return ("[%s] %s, seq %u ack %u win %u"):format(
         cell.letters(TCP_FLAGS, flags), bytes(p.payload_size), p.tcp_seq, p.tcp_ack, p.tcp_window)
   end
   if kind then
      return icmp[p.ip_version][kind] or ("type %d code %d"):format(kind, p.icmp_code)
   end
   local size = value(p, "packet", "payload_size")
   return size and bytes(size)
end

-- One line on what is in it.
function packets.about(p)
   local words, part = {}, value(p, "packet", "fragment_offset")
   local function add(word) words[#words + 1] = word end
   if p.trouble ~= 0 then add("trouble: " .. TROUBLES[p.trouble]) end
   if value(p, "packet", "arp_op") then add(about_arp(p)) end
   add(about_transport(p))
   if part then
      local whole = value(p, "packet", "payload_size") and ", now whole" or ""
      add(("fragment at %d%s"):format(part, whole))
   end
   if p.vlan_count > 0 then add("vlan " .. table.concat(p.vlan, ",")) end
   if p.tunnel_count > 0 then add("in " .. cell.tunnels(p.tunnel)) end
   if p.truncated then add(("cut to %d"):format(p.kept)) end
   if p.comment then add("# " .. p.comment) end
   return table.concat(words, ", ")
end

packets.columns = {
   { name = "no", align = "right", colour = "dim", spare = 2 },
   { name = "time", align = "right", colour = "dim", spare = 1 },
   { name = "from", min = 14, shrink = 1, cut = "middle" },
   { name = "to", min = 14, shrink = 1, cut = "middle" },
   { name = "proto", colour = "cyan" },
   { name = "size", align = "right", spare = 3 },
   { name = "about", min = 10, shrink = 2 },
}

-- One row of the table.
function packets.row(p, stamp)
   local from, to = packets.ends(p)
   return { p.ordinal, stamp(p.ns), from, to, packets.protocol(p), p.size, packets.about(p) }
end

return packets

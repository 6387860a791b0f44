-- Where Weir's flows differ from those of NFStream, nDPI and Arkime by design.

local bit      = require "bit"
local abi      = require "weir.abi"
local recorded = require "flows_recorded"

local C, band = abi.C, bit.band
local design = {}

local SYN, ACK = 2, 16

-- How Weir is asked to make flows, for each peer.
design.options = {
   ndpi     = { flows = true },
   arkime   = { flows = true, offsets = true },
   nfstream = { flows = true, stats = true, splt = 10, timeouts_only = true },
}

-- ---- portions ----------------------------------------------------------------------------

-- Packets that a peer treats in another way: which these are.  What a flow has of them is counted.
local portions = {}
design.portions = portions

-- IPv4 says to be longer than the frame, of which nothing is cut off.
function portions.beyond(p)
   if p.ip_version ~= 4 or p.kept < p.size then return false end
   if band(p.has, C.WEIR_HAS_WHOLE) > 0 then return false end
   return p.network_at + p.bytes:u16(p.network_at + 2) > p.size
end

function portions.fabric(p)
   return p.link_type == 1 and p.kept > 14 and p.bytes:u16(12) == 0x8903
end

function portions.part(p) return band(p.has, C.WEIR_HAS_FRAGMENT) > 0 end
function portions.later_part(p) return portions.part(p) and p.fragment_at > 0 end

-- On GTP's port, and with too little of what would be in it.
function portions.cut(p) return p.kept < p.size and (p.src_port == 2152 or p.dest_port == 2152) end

-- ---- predicates: (theirs, ours, field, seen) --------------------------------------------------

local function is_port(flow, port) return (flow.key .. " "):find((" %d "):format(port), 1, true) end

-- Whether without these packets the two agree.
local function without(name)
   return function (theirs, ours, field)
      local portion = ours.portions[name]
      if not portion then return false end
      if field == "extra" then return portion.packets == ours.packets end
      if field ~= "sent" then return ours[field] - portion[field] == theirs[field] end
      for source, n in pairs(theirs.sent) do
         if (ours.sent[source] or 0) - (portion.sent[source] or 0) ~= n then return false end
      end
      return true
   end
end

local function has(name) return function (_, ours) return ours.portions[name] end end
local function on_port(port) return function (_, ours) return is_port(ours, port) end end

-- Whether a flow was in more than one VLAN or virtual network.
local function is_in_several(_, ours)
   local _, first = next(ours.networks)
   return first < ours.records
end

local function is_subset(some, all)
   local known = {}
   for _, at in ipairs(all) do known[at] = true end
   for _, at in ipairs(some) do
      if not known[at] then return false end
   end
   return true
end

-- The key that a flow has among those of addresses, if it has no ports; else "".
local function addresses(flow)
   local proto, one, two = flow.key:match "^(%S+) (%S+) 0 (%S+) 0$"
   return proto and recorded.key(proto, one, two) or ""
end

-- Whether a key that is not found is that of a tunnel of these kinds.
local function carries(...)
   local kinds = { ... }
   return function (theirs, _, _, seen)
      for _, kind in ipairs(kinds) do
         if seen.outer[theirs.key] and seen.outer[theirs.key][kind] then return true end
      end
      return false
   end
end

-- Whether all of a flow came in tunnels of this kind.
local function inside(kind)
   return function (_, ours) return ours.tunnels[kind] == ours.records end
end

-- ---- the list ----------------------------------------------------------------------------

-- Why; which peers; in which fields; a capture that shows it; when.
design.differences = {
   -- tunnels and links
   { "what is in a tunnel makes the flows, and nothing else: NFStream does not look into VXLAN",
     "nfstream", "missing", "vxlan.pcap", carries "vxlan" },
   { "the other side of that: NFStream has no flow of what VXLAN carries",
     "nfstream", "extra", "vxlan.pcap", inside "vxlan" },
   { "nDPI does not look into Teredo; Weir, as Zeek, Suricata and tshark, does",
     "ndpi", "missing", "teredo.pcap", carries "teredo" },
   { "a frame in CAPWAP without IP in it is a packet of the access point's flow; nDPI drops it",
     "ndpi", "packets bytes sent", "capwap.pcap",
     function (theirs, ours) return is_port(ours, 5247) and theirs.packets < ours.packets end },
   { "to NFStream all on CAPWAP's port is a tunnel, also what carries nothing",
     "nfstream", "extra", "capwap.pcap", on_port(5247) },
   { "Weir looks into FabricPath, as Zeek and tshark do; nDPI does not",
     "ndpi", "packets bytes sent", "ajp.pcap", without "fabric" },
   { "ARP in a tunnel is no flow, as elsewhere; Arkime makes one of the outer addresses",
     "arkime", "missing", "vxlan.pcap",
     function (theirs, _, _, seen) return seen.arp[addresses(theirs)] end },
   { "VLANs and virtual networks are part of a flow's name; Arkime's sessions span them",
     "arkime", "records", "oracle.pcap", is_in_several },
   { "the loopback's header names no protocol; nDPI takes all that is not IPv4 for IPv6",
     "ndpi", "missing", "fuzz-2021-10-13.pcap", function (_, _, _, seen) return seen.nothing end },
   -- fragments
   { "each fragment is a packet of its flow; nDPI counts the first alone",
     "ndpi", "packets bytes sent", "dnscrypt-v1-and-resolver-pings.pcap", without "later_part" },
   { "fragments belong to the ports of their datagram; where the first has no whole TCP header, " ..
     "nDPI makes one flow without ports of them", "ndpi", "missing", "ip_fragmented_garbage.pcap",
     function (theirs, _, _, seen) return seen.parts[addresses(theirs)] end },
   { "the other side of that", "ndpi", "extra", "ip_fragmented_garbage.pcap", without "part" },
   { "each fragment counts and has an offset; Arkime puts them together first",
     "arkime", "packets bytes offsets", "socks5-http-302-frag.pcap", has "later_part" },
   -- the beginning and the end
   { "a flow ends when it was idle for two minutes, has lasted for half an hour, or with TCP, " ..
     "and a SYN behind its end begins another; the peers' last longer",
     "ndpi arkime", "records", "avast.pcap",
     function (theirs, ours)
        return ours.records > theirs.records and ours.ended >= ours.records - 1
     end },
   { "SYN and ACK answer a SYN, even one that is not there: the other side is the source",
     "ndpi", "source", "cachefly.pcapng",
     function (_, ours) return band(ours.first_flags, SYN + ACK) == SYN + ACK end },
   { "Arkime joins all messages of a DHCP transaction",
     "arkime", "packets bytes offsets extra", "wireshark-dhcp.pcap",
     function (_, ours) return is_port(ours, 67) and is_port(ours, 68) end },
   { "Arkime kept the first packets alone, as its rules for this test say",
     "arkime", "offsets", "websocket.pcap",
     function (theirs, ours)
        return #theirs.offsets < theirs.packets and is_subset(theirs.offsets, ours.offsets)
     end },
   -- what is counted
   { "bytes are those on the wire; nDPI counts those that the capture kept",
     "ndpi", "bytes", "ja3_lots_of_cipher_suites_2_anon.pcap",
     function (theirs, ours) return theirs.bytes == ours.kept end },
   { "what says to be longer than its frame is a packet all the same; nDPI drops it",
     "ndpi", "packets bytes sent extra", "telnet.pcap", without "beyond" },
   { "what was cut off within a tunnel's header is a packet of the tunnel; nDPI drops it",
     "ndpi", "extra", "fuzz-2021-06-07-c6c72a0a56.pcap", without "cut" },
}

return design

-- What is compared with tshark, and where the two differ by design.

local ends     = require "weir.ends"
local troubles = require "weir.schema".of "packet".troubles

local design = {}

local function value(p, name) return ends.value(p, "packet", name) end
design.value = value

-- Where tshark goes on and Weir does not, on purpose: its layers count up to this one.
design.stops = {
   ["icmp"]   = "an ICMP error quotes a packet; the error itself is the packet",
   ["icmpv6"] = "the same",
   ["sflow"]  = "an sFlow datagram quotes samples of frames",
}

-- The fields, and which of tshark's has them in the layer of that name: the last layer that has
-- one counts.  Links are looked at up to the innermost network layer, the others from it on.
design.links = {
   { "src_mac", eth = "eth.src", sll = "sll.src.eth", wlan = "wlan.sa" },
   { "dest_mac", eth = "eth.dst", wlan = "wlan.da" },
   { "ether_type", eth = "eth.type", vlan = "vlan.etype", llc = "llc.type", sll = "sll.etype",
     gre = "gre.proto", fr = "fr.chdlctype", chdlc = "chdlc.protocol", vntag = "vntag.etype",
     etag = "etag.etype", cmd = "cmd.type" },
}
design.inner = {
   { "src_ip", ip = "ip.src", ipv6 = "ipv6.src", arp = "arp.src.proto_ipv4" },
   { "dest_ip", ip = "ip.dst", ipv6 = "ipv6.dst", arp = "arp.dst.proto_ipv4" },
   { "arp_op", arp = "arp.opcode" },
   { "proto", ip = "ip.proto", ipv6 = "ipv6.nxt", ah = "ah.next_header",
     ["ipv6.hopopts"] = "ipv6.hopopts.nxt", ["ipv6.routing"] = "ipv6.routing.nxt",
     ["ipv6.dstopts"] = "ipv6.dstopts.nxt", ["ipv6.fraghdr"] = "ipv6.fraghdr.nxt" },
   { "tos", ip = "ip.dsfield", ipv6 = "ipv6.tclass" },
   { "ttl", ip = "ip.ttl", ipv6 = "ipv6.hlim" },
   { "ip_id", ip = "ip.id", ["ipv6.fraghdr"] = "ipv6.fraghdr.ident" },
   { "ip_flags", ip = "ip.flags" },
   { "fragment_offset", ip = "ip.frag_offset", ["ipv6.fraghdr"] = "ipv6.fraghdr.offset" },
   { "src_port", tcp = "tcp.srcport", udp = "udp.srcport", udplite = "udp.srcport",
     sctp = "sctp.srcport" },
   { "dest_port", tcp = "tcp.dstport", udp = "udp.dstport", udplite = "udp.dstport",
     sctp = "sctp.dstport" },
   { "icmp_type", icmp = "icmp.type", icmpv6 = "icmpv6.type" },
   { "icmp_code", icmp = "icmp.code", icmpv6 = "icmpv6.code" },
   { "tcp_seq", tcp = "tcp.seq_raw" },
   { "tcp_ack", tcp = "tcp.ack_raw" },
   { "tcp_flags", tcp = "tcp.flags" },
   { "tcp_window", tcp = "tcp.window_size_value" },
   { "payload_size", tcp = "tcp.len", udp = "udp.length" },
   { "ip_checksum", ip = "ip.checksum.status" },
   { "checksum", tcp = "tcp.checksum.status", udp = "udp.checksum.status",
     icmp = "icmp.checksum.status", icmpv6 = "icmpv6.checksum.status" },
}
design.frames = { size = "frame.len", kept = "frame.cap_len", time = "frame.time_epoch" }
design.tags = { vlan = "vlan.id", ieee8021ad = "ieee8021ad.id" }         -- all count, not the last
design.networks = { ip = true, ipv6 = true, arp = true }

-- What Weir says in tshark's words, where these differ.
local ours = {}
design.ours = ours

function ours.time(p)
   return ("%d.%09d"):format(tonumber(p.ns / 1000000000), tonumber(p.ns % 1000000000))
end

function ours.vlan(p) return p.vlan_count > 0 and table.concat(p.vlan, ",") or nil end
function ours.proto(p) return value(p, "proto") and p.protocol end
function ours.ip_flags(p) return p.ip_version == 4 and value(p, "ip_flags") or nil end

function ours.ip_id(p)                                  -- in IPv6 only fragments have one
   return (p.ip_version == 4 or p.ip_id ~= 0) and value(p, "ip_id") or nil
end

function ours.fragment_offset(p)                        -- in units of eight; in IPv4 always there
   local at = value(p, "fragment_offset") or (p.ip_version == 4 and value(p, "ip_id") and 0)
   return at and at / 8 or nil
end

function ours.payload_size(p)                           -- UDP's length has the header in it
   local size = value(p, "payload_size")
   return size and (p.protocol == 6 and size or p.protocol == 17 and size + 8) or nil
end

local verdicts = { 1, 0 }                               -- right, wrong; else not checked

function ours.ip_checksum(p) return verdicts[p.ip_sum] end
function ours.checksum(p) return verdicts[p.transport_sum] end

-- Where one of the two does by design what the other does not: why, the fields in which it shows,
-- and in which packets.  `said` has tshark's own judgement too, by the name of its field.
local tcp_parts = "tcp_seq tcp_ack tcp_flags tcp_window payload_size checksum"

local everywhere = "src_mac dest_mac src_ip dest_ip src_port dest_port payload_size checksum " ..
   "ip_checksum ip_id ip_flags fragment_offset ether_type"

design.judgements = {
   "ip.bogus_ip_length", "udp.length.bad", "tcp.bogus_header_length", "capwap.header.flags.f",
   "ieee8021ah.isid",
}

local function judges(field)
   return function (_, said) return said[field] end
end

local function in_trouble(kind)
   return function (p) return troubles[p.trouble] == kind end
end

design.excused = {
   { "Weir knows the ports of each fragment, tshark those of a whole datagram; in IPv6 none is " ..
     "made of fragments that overlap (RFC 5722)", "src_port dest_port " .. tcp_parts,
     function (p) return value(p, "fragment_offset") and not value(p, "payload_size") end },
   { "IPv4 announces more than the frame has: Weir believes it, tshark what is there",
     "payload_size checksum", judges "ip.bogus_ip_length" },
   { "UDP's length is impossible: tshark shows it, Weir what IP leaves room for",
     "payload_size", judges "udp.length.bad" },
   { "TCP's header is too short: tshark stops there, Weir behind the fixed part",
     tcp_parts, judges "tcp.bogus_header_length" },
   { "IPv4's length is below its own header's: tshark still shows a byte of it",
     "tos", in_trouble "bad-length" },
   { "more tags, headers or tunnels than Weir follows",
     "vlan ether_type proto src_port dest_port payload_size checksum", in_trouble "too-deep" },
   { "tshark makes no datagram of fragments with a wrong checksum of IPv4's",
     "src_port dest_port payload_size checksum",
     function (p) return value(p, "fragment_offset") and p.ip_sum == 2 end },
   { "protocol 0 in IPv4 is not IPv6's hop-by-hop header (RFC 8200)",
     "proto", function (p) return p.ip_version == 4 and p.protocol == 0 end },
   { "tshark takes the numbers of the record for signed ones",
     "size time", function (p) return p.size >= 2 ^ 31 end },
   { "a simple packet of pcapng has no time: Weir's is 0",
     "time", function (_, said) return not said.time end },
   { "a length of 0 is a type to tshark",
     "ether_type", function (_, said) return said.ether_type == 0 end },
   { "a frame in several parts of CAPWAP: tshark shows it with the last, Weir with the first",
     everywhere, function (_, said) return said["capwap.header.flags.f"] == 1 end },
   { "802.11 in CAPWAP as the standard says: tshark takes its first bytes for swapped",
     everywhere,
     function (p, said) return p.tunnel_count > 0 and said.layers[#said.layers] == "wlan" end },
   { "Teredo between clients, and VXLAN on Linux' own port: tshark looks at other ports alone",
     everywhere,
     function (p, said) return p.tunnel_count > 0 and said.layers[#said.layers] == "data" end },
   { "Frame Relay with SNAP: tshark's type is under another name",
     "ether_type", function (_, said) return said.layers[1] == "fr" end },
   { "of a provider's backbone tshark has the inner frame under other names",
     "src_mac dest_mac ether_type", judges "ieee8021ah.isid" },
   { "of FabricPath tshark shows the inner addresses alone",
     "src_mac dest_mac ether_type", function (_, said) return said.layers[2] == "cfp" end },
}

return design

-- The fields of a packet's record: their names, what they mean, how they are
-- written.  Types come from struct weir_packet.
--
-- name: canonical.  member: of the struct, when it has another name.  as: how
-- it is written, when the type does not say.  needs: the parts a packet must
-- have.  top: in JSON beside the object "packet", not in it.  asked: the option
-- that it is measured with, as it is when it is named.  span: seconds of no date.  bulky: a view
-- shows it to those who name it.
--
-- A field takes up to three lines: what it is called and how it is written;
-- when, where and what for; its other names.

local ends  = require "weir.schema.ends"
local names = require "weir.schema.names"

local troubles = {
   [0] = "none", "cut", "short", "bad-version", "bad-length", "too-deep",
   "unknown-link", "bad-fragment", "incomplete",
}

local checksums = { "right", "wrong" }

return {
   kind = "packet", struct = "weir_packet", records = "packets", has = "has",
   troubles = troubles,

   { name = "timestamp", member = "ns", as = "time",
     top = true, doc = "when it was captured, UTC",
     aliases = { "ts", "frame.time", "@timestamp" } },
   { name = "time", member = "ns", as = "epoch",
     listed = false, doc = "the same in seconds since 1970",
     aliases = { "frame.time_epoch" } },
   { name = "event_type", as = "constant", names = { [0] = "packet" },
     top = true, doc = "the kind of record" },
   { name = "in_iface", member = "interface_at", as = "text",
     skip_zero = true, top = true, doc = "interface that captured it",
     aliases = { "frame.interface_name" } },
   ends(),
   { name = "pcap_cnt", member = "ordinal",
     top = true, doc = "number of the packet in its source, from 1",
     aliases = { "frame.number" } },
   { name = "pcap_filename", member = "source", as = "name32",
     top = true, doc = "source it was read from" },

   { name = "offset",
     doc = "bytes before its header in the file, after decompression" },
   { name = "size",
     doc = "bytes on the wire",
     aliases = { "frame.len" } },
   { name = "kept",
     doc = "bytes captured",
     aliases = { "frame.cap_len" } },
   { name = "link_type",
     doc = "LINKTYPE number of the capture" },
   { name = "src_mac", member = "src_ether", as = "ether",
     needs = { "SRC_MAC" }, doc = "Ethernet address of the sender",
     aliases = { "eth.src", "ether.src_mac", "orig_l2_addr", "source.mac" } },
   { name = "dest_mac", member = "dest_ether", as = "ether",
     needs = { "DEST_MAC" }, doc = "of the receiver",
     aliases = { "dst_mac", "eth.dst", "ether.dest_mac", "resp_l2_addr", "destination.mac" } },
   { name = "ether_type",
     needs = { "TYPE" }, doc = "EtherType of the innermost frame",
     aliases = { "eth.type" } },
   { name = "arp_op",
     needs = { "ARP" }, doc = "ARP: 1 asks, 2 answers",
     aliases = { "arp.opcode" } },
   { name = "ip_version",
     needs = { "ADDRESS" }, doc = "4 or 6",
     aliases = { "ip.version" } },
   { name = "ttl",
     needs = { "IP" }, doc = "time to live, or hop limit",
     aliases = { "ip.ttl", "ipv6.hlim" } },
   { name = "tos",
     needs = { "IP" }, doc = "type of service, or traffic class",
     aliases = { "ip.dsfield", "ipv6.tclass" } },
   { name = "ip_id",
     needs = { "IP" }, doc = "identification; in IPv6 of the fragment header",
     aliases = { "ip.id" } },
   { name = "ip_flags",
     needs = { "IP" }, doc = "the sum of 1 more fragments, 2 don't fragment, 4 reserved",
     aliases = { "ip.flags" } },
   { name = "fragment_offset", member = "fragment_at",
     needs = { "FRAGMENT" }, doc = "where in its datagram this fragment belongs, in bytes",
     aliases = { "ip.frag_offset" } },
   { name = "tcp_flags", as = "flags", names = names.tcp_flags,
     needs = { "TCP" }, doc = "a letter for each: FIN SYN RST PSH ACK URG ECE CWR NS",
     aliases = { "tcp.flags.str" } },
   { name = "tcp_seq",
     needs = { "TCP" }, doc = "sequence number",
     aliases = { "tcp.seq_raw" } },
   { name = "tcp_ack",
     needs = { "TCP" }, doc = "acknowledgement number",
     aliases = { "tcp.ack_raw" } },
   { name = "tcp_window",
     needs = { "TCP" }, doc = "window, not scaled",
     aliases = { "tcp.window_size_value" } },
   { name = "payload_size",
     needs = { "PAYLOAD" }, doc = "bytes that the transport carries",
     aliases = { "tcp.len" } },
   { name = "ip_checksum", member = "ip_sum", as = "name8", names = checksums,
     skip_zero = true, doc = "of the IPv4 header, when checked: right or wrong" },
   { name = "checksum", member = "transport_sum", as = "name8", names = checksums,
     skip_zero = true, doc = "of TCP, UDP or ICMP, when checked: right or wrong" },
   { name = "trouble", as = "name8", names = troubles,
     needs = { "TROUBLE" }, doc = "why decoding ended early" },
   { name = "comment", member = "comment_at", as = "text",
     skip_zero = true, doc = "what somebody wrote beside it",
     aliases = { "frame.comment" } },

   -- Members that Lua reads but that are no fields.
   hidden = {
      home = true, data = true, body = true, has = true, network_at = true, transport_at = true,
      payload_at = true, payload_kept = true, vlan_count = true, tunnel_count = true,
      ip_size = true, clock = true, gap_ns = true, gap_same_ns = true, flow = true, reverse = true,
      quoted = true, quoted_reverse = true, spare = true,
   },
}

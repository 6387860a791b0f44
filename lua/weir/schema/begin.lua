-- The fields of a flow's beginning.  Their form is that of schema/packet.lua.

local ends = require "weir.schema.ends"

return {
   kind = "begin", struct = "weir_begin", records = "begins", has = "has",

   { name = "timestamp", member = "ns", as = "time",
     top = true, doc = "the flow's first packet, UTC",
     aliases = { "ts", "@timestamp", "start" } },
   { name = "flow_id", as = "id",
     top = true, doc = "flows begun before it, and itself; a text",
     aliases = { "uid", "id" } },
   { name = "event_type", as = "constant", names = { [0] = "begin" },
     top = true, doc = "the kind of record" },
   ends(),
   { name = "pcap_filename", member = "source", as = "name32",
     top = true, doc = "source its first packet was read from" },
   { name = "src_mac", member = "src_ether", as = "ether",
     needs = { "SRC_MAC" }, doc = "Ethernet address of the source" },
   { name = "dest_mac", member = "dest_ether", as = "ether",
     needs = { "DEST_MAC" }, doc = "of the destination",
     aliases = { "dst_mac" } },

   hidden = {
      home = true, has = true, flow = true, tunnel_count = true, vlan_count = true,
      ip_version = true, unused = true, ordinal = true, offset = true,
   },
}

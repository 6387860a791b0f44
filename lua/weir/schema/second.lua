-- The fields of a one-second row.  Their form is that of schema/packet.lua.

local ends  = require "weir.schema.ends"
local named = require "weir.schema.named"

return {
   kind = "second", struct = "weir_second", records = "seconds", has = "has",

   { name = "timestamp", member = "ns", as = "time",
     top = true, doc = "the beginning of the second, UTC",
     aliases = { "ts", "@timestamp" } },
   { name = "flow_id", as = "id",
     top = true, doc = "the flow it is a second of; a text" },
   { name = "event_type", as = "constant", names = { [0] = "second" },
     top = true, doc = "the kind of record" },
   ends(false),
   named(),
   { name = "src_mac", member = "src_ether", as = "ether",
     needs = { "SRC_MAC" }, doc = "Ethernet address of the flow's source",
     aliases = { "src_device_mac_addr" } },
   { name = "dest_mac", member = "dest_ether", as = "ether",
     needs = { "DEST_MAC" }, doc = "of its destination",
     aliases = { "dst_mac", "dst_device_mac_addr" } },
   { name = "pkts_toserver",  doc = "packets from the source" },
   { name = "pkts_toclient",  doc = "packets to the source" },
   { name = "bytes_toserver", doc = "bytes on the wire from the source" },
   { name = "bytes_toclient", doc = "bytes on the wire to the source" },

   hidden = { home = true, has = true, ip_version = true, unused_name = true },
}

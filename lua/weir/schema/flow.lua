-- The fields of a flow's record.  Their form is that of schema/packet.lua.

local apps  = require "weir.apps"
local ends  = require "weir.schema.ends"
local facts = require "weir.schema.facts"
local named = require "weir.schema.named"
local names = require "weir.schema.names"

local CORE = {
   { "first_seen_ms", "first packet, ms since 1970" },
   { "last_seen_ms", "last packet, ms since 1970" },
   { "duration_ms", "ms from the first packet to the last" },
   { "packets", "packets" },
   { "bytes", "bytes on the wire" },
}
local SPREAD = {
   { "min", "smallest" }, { "mean", "mean" }, { "stddev", "standard deviation of" },
   { "max", "largest" },
}
local FLAGS = { "syn", "cwr", "ece", "urg", "ack", "psh", "rst", "fin" }

-- NFStream's names, in its order; on request.
local function stats()
   local fields, directions = {}, { "bidirectional", "src2dst", "dst2src" }
   local meant = {
      bidirectional = "both ways", src2dst = "from the source", dst2src = "to the source",
   }
   local function add(name, doc, whole)
      fields[#fields + 1] = { name = name, as = whole and "count" or "number", doc = doc }
   end
   for _, d in ipairs(directions) do
      for _, of in ipairs(CORE) do add(d .. "_" .. of[1], of[2] .. ", " .. meant[d], true) end
   end
   for _, of in ipairs { { "ps", "packet size" }, { "piat_ms", "gap between packets, ms" } } do
      for _, d in ipairs(directions) do
         for _, how in ipairs(SPREAD) do
            local doc = ("%s %s, %s"):format(how[2], of[2], meant[d])
            add(("%s_%s_%s"):format(d, how[1], of[1]), doc)
         end
      end
   end
   for _, d in ipairs(directions) do
      for _, flag in ipairs(FLAGS) do
         local doc = ("packets with %s, %s"):format(flag:upper(), meant[d])
         add(("%s_%s_packets"):format(d, flag), doc, true)
      end
   end
   return fields
end

local function splt(member, doc)
   return {
      name = "splt_" .. member, member = "splt_at", as = "series", beside = "splt_count",
      skip_zero = true, asked = "splt",
      doc = doc .. " of the first packets; -1 where there is none",
      rows = {
         kind = "splt", struct = "weir_splt", records = "splt", hidden = {},
         { name = member, as = "s32", doc = doc },
      },
   }
end

local offsets = {
   kind = "offset", struct = "double", records = "offsets", hidden = {},
   { name = "offset", at = 0, as = "count", doc = "a packet's file offset" },
}

return {
   kind = "flow", struct = "weir_flow", records = "flows", has = "has",

   { name = "timestamp", member = "end_ns", as = "time",
     top = true, doc = "its last packet, UTC",
     aliases = { "@timestamp" } },
   { name = "flow_id", as = "id",
     top = true, doc = "flows begun before it, and itself; a text",
     aliases = { "uid", "id" } },
   { name = "event_type", as = "constant", names = { [0] = "flow" },
     top = true, doc = "the kind of record" },
   ends(),
   named(),
   { name = "app_proto", member = "label", as = "name8", names = names.apps,
     skip_zero = true, top = true, asked = "labels",
     doc = "what is spoken in it, as those know who listen", aliases = { "service" } },
   { name = "app", member = "app_number", as = "name16", names = apps.names,
     skip_zero = true, top = true, asked = "apps",
     doc = "what it is for, by the rules of weir.apps", aliases = { "application_name" } },
   { name = "app_confidence", member = "app_by", as = "name8", names = apps.by,
     skip_zero = true, top = true, asked = "apps",
     doc = "by what that is known: parser, name or port" },
   { name = "community_id", member = "src_addr", as = "community",
     needs = { "IP" }, top = true, doc = "its Community ID, version 1",
     aliases = { "network.community_id" } },
   { name = "pcap_filename", member = "source", as = "name32",
     top = true, doc = "source its first packet was read from" },

   { name = "pkts_toserver",
     doc = "packets from the source", aliases = { "src2dst_packets", "orig_pkts" } },
   { name = "pkts_toclient",
     doc = "packets to the source", aliases = { "dst2src_packets", "resp_pkts" } },
   { name = "bytes_toserver",
     doc = "bytes on the wire from the source", aliases = { "src2dst_bytes" } },
   { name = "bytes_toclient",
     doc = "bytes on the wire to the source", aliases = { "dst2src_bytes" } },
   { name = "start", member = "start_ns", as = "time",
     doc = "its first packet, UTC", aliases = { "event.start" } },
   { name = "end", member = "end_ns", as = "time",
     doc = "its last packet, UTC", aliases = { "event.end" } },
   { name = "duration", member = "duration_ns", as = "epoch", span = true,
     doc = "seconds from the first packet to the last" },
   { name = "reason", as = "name8", names = names.reasons,
     doc = "why it ended: idle, active, end, forced or resources",
     aliases = { "flowEndReason" } },
   { name = "src_mac", member = "src_ether", as = "ether",
     needs = { "SRC_MAC" }, doc = "Ethernet address of the source",
     aliases = { "eth.src", "orig_l2_addr", "source.mac" } },
   { name = "dest_mac", member = "dest_ether", as = "ether",
     needs = { "DEST_MAC" }, doc = "of the destination",
     aliases = { "dst_mac", "eth.dst", "resp_l2_addr", "destination.mac" } },
   { name = "tcp_flags_ts", as = "flags", names = names.tcp_flags,
     skip_zero = true, doc = "TCP flags that any packet from the source had" },
   { name = "tcp_flags_tc", as = "flags", names = names.tcp_flags,
     skip_zero = true, doc = "TCP flags that any packet to the source had" },
   { name = "fragments",
     skip_zero = true, doc = "packets that were fragments" },
   { name = "icmp_errors",
     skip_zero = true, doc = "ICMP errors that quote one of its packets" },
   { name = "offsets", member = "offsets_at", as = "series", beside = "offset_count",
     rows = offsets, skip_zero = true, asked = "offsets",
     doc = "where its packets are in the file" },
   { name = "stats", member = "stats_at", as = "part", asked = "stats",
     doc = "its statistics, an object of numbers",
     rows = {
        kind = "stats", struct = "weir_stats", records = "stats",
        stats(),
        splt("direction", "direction"), splt("ps", "size"), splt("piat_ms", "gap in ms"),
        hidden = { splt_count = true },
     } },
   { name = "facts", member = "facts_at", as = "part", rows = facts, asked = "tcp",
     doc = "facts of its IP and TCP headers, an object" },

   hidden = {
      home = true, has = true, number = true, row = true, tunnel_count = true, vlan_count = true,
      offset_count = true, ip_version = true, unused_name = true, unused = true,
   },
}

-- The schema of a protocol's record: what all of them have in common, around its own fields.
--
--    return said { kind = "ssh", records = "ssh", …, hidden = { … } }
--
-- A field may say `inside = { "ja3", "hash" }`: in JSON it is `hash` of an object `ja3`, which its
-- neighbours with the same first name share.  A kind says in `about` what tables tell of its
-- records (see weir.cli.about), and a field which value is `usual` and need not be told; and in
-- `at_times` which fields of all of them not all of its records have, in `whom` the field that says
-- to whom one is where there are no addresses.

local ends   = require "weir.schema.ends"
local schema = require "weir.schema"

local HIDDEN = {
   "home", "has", "flow", "kind", "reverse", "ip_version", "vlan_count",
   "offsets_at", "offset_count", "unused_said",
}

-- Who and whom, of which 0 is no value for those that a kind names.
local function ends_of(at_times)
   local fields = ends "vlan"
   for _, field in ipairs(fields) do field.skip_zero = at_times[field.name] or field.skip_zero end
   return fields
end

-- `own` is the kind with its own fields, which are in the object of its name in JSON.
return function (own)
   local kind = {
      { name = "timestamp", member = "ns", as = "time",
        top = true, doc = "the packet that completed it, UTC",
        aliases = { "ts", "@timestamp" } },
      { name = "flow_id", as = "id", skip_zero = true,
        top = true, doc = "the flow it is of; a text",
        aliases = { "uid" } },
      { name = "event_type", as = "constant", names = { [0] = own.kind },
        top = true, doc = "the kind of record" },
      ends_of(own.at_times or {}),
      { name = "community_id", member = "src_addr", as = "community",
        needs = { "IP" }, top = true, doc = "the flow's Community ID, version 1",
        aliases = { "network.community_id" } },
      { name = "pcap_cnt", member = "ordinal", skip_zero = true,
        top = true, doc = "number of that packet in its source, from 1",
        aliases = { "frame.number" } },
      { name = "pcap_filename", member = "source", as = "name32",
        top = true, doc = "source it was read from" },
      { name = "src_mac", member = "src_ether", as = "ether", listed = false,
        needs = { "SRC_MAC" }, doc = "Ethernet address of the source" },
      { name = "dest_mac", member = "dest_ether", as = "ether", listed = false,
        needs = { "DEST_MAC" }, doc = "of the destination",
        aliases = { "dst_mac" } },
   }
   for name, value in pairs(own) do
      if type(name) == "string" then kind[name] = value end
   end
   kind.struct = schema.struct(own.kind)
   kind.has, kind.said, kind.hidden, kind.shows = "has", true, kind.hidden or {}, {}
   for _, field in ipairs(own) do
      kind[#kind + 1] = field
      if field.name then kind.shows[field.name] = true end
   end
   for _, member in ipairs(HIDDEN) do kind.hidden[member] = not kind.shows[member] or nil end
   return kind
end

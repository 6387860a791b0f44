-- The fields that packets, flows and seconds share: who, to whom, and what carries it.
-- Returns them anew, since each struct has them at other places.

local names = require "weir.schema.names"

local function tunnel()
   return {
      kind = "tunnel", struct = "weir_tunnel", records = "tunnels",
      { name = "type", member = "kind", as = "name8", names = names.tunnels,
        doc = "what kind of tunnel" },
      { name = "src_ip", member = "src_addr", as = "address", beside = "ip_version",
        doc = "who sent the outer packet" },
      { name = "dest_ip", member = "dest_addr", as = "address", beside = "ip_version",
        doc = "to whom" },
      { name = "src_port",
        skip_zero = true, doc = "of the outer packet, if it has ports" },
      { name = "dest_port",
        skip_zero = true, doc = "of the outer packet, if it has ports" },
      { name = "id",
        skip_zero = true, doc = "GRE key, VXLAN or Geneve network, GTP endpoint" },
      hidden = { ip_version = true, unused = true },
   }
end

-- With carried = false: without VLANs and tunnels, which a one-second row does not have; with
-- "vlan", as records of protocols have them, without tunnels alone.
return function (carried)
   local fields = {
      { name = "src_ip", member = "src_addr", as = "address", beside = "ip_version",
        needs = { "ADDRESS" }, top = true, doc = "who sent it; of a flow, who began it",
        aliases = { "ip.src", "ipv6.src", "id.orig_h", "src_ip_addr", "source.ip" } },
      { name = "src_port",
        needs = { "PORTS" }, top = true, doc = "its port",
        aliases = { "tcp.srcport", "udp.srcport", "id.orig_p", "source.port" } },
      { name = "dest_ip", member = "dest_addr", as = "address", beside = "ip_version",
        needs = { "ADDRESS" }, top = true, doc = "to whom",
        aliases = {
           "dst_ip", "ip.dst", "ipv6.dst", "id.resp_h", "dst_ip_addr", "destination.ip",
        } },
      { name = "dest_port",
        needs = { "PORTS" }, top = true, doc = "its port",
        aliases = { "dst_port", "tcp.dstport", "udp.dstport", "id.resp_p", "destination.port" } },
      { name = "proto", member = "protocol", as = "name8", names = names.protocols,
        needs = { "IP" }, top = true, doc = "transport protocol",
        aliases = { "ip.proto" } },
      { name = "icmp_type",
        needs = { "ICMP" }, top = true, doc = "ICMP type",
        aliases = { "icmp.type", "icmpv6.type" } },
      { name = "icmp_code",
        needs = { "ICMP" }, top = true, doc = "ICMP code",
        aliases = { "icmp.code", "icmpv6.code" } },
   }
   if carried == false then return fields end
   fields[#fields + 1] = {
      name = "vlan", member = "vlans", as = "list16", beside = "vlan_count",
      skip_zero = true, top = true, doc = "VLAN tags, outermost first",
      aliases = { "vlan_id", "vlan.id" },
   }
   if carried == "vlan" then return fields end
   fields[#fields + 1] = {
      name = "tunnel", member = "tunnel_first", as = "rows", beside = "tunnel_count",
      rows = tunnel(), needs = { "TUNNEL" }, top = true, doc = "what carries it, outermost first",
   }
   return fields
end

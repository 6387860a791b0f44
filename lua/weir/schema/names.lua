-- Numbers that have names, for every schema.

local abi = require "weir.abi"

-- The types of resource records, as the core calls them.
local function rrtypes()
   local names = {}
   for _, range in ipairs { { 0, 511 }, { 32768, 32769 } } do
      for number = range[1], range[2] do
         names[number] = abi.text(abi.C.weir_rrtype_name(number))
      end
   end
   return names
end

return {
   protocols = {
      [0] = "HOPOPT", [1] = "ICMP", [2] = "IGMP", [4] = "IPIP", [6] = "TCP", [17] = "UDP",
      [33] = "DCCP", [41] = "IPv6", [46] = "RSVP", [47] = "GRE", [50] = "ESP", [51] = "AH",
      [58] = "IPv6-ICMP", [59] = "IPv6-NoNxt", [88] = "EIGRP", [89] = "OSPF", [94] = "IPIP",
      [97] = "ETHERIP", [103] = "PIM", [112] = "VRRP", [113] = "PGM", [115] = "L2TP",
      [132] = "SCTP", [136] = "UDPLite", [137] = "MPLS-in-IP",
   },
   tunnels   = {
      [0] = "none", "ipip", "gre", "vxlan", "geneve", "gtp", "teredo", "erspan", "capwap",
      "l2tp", "ayiya", "tzsp", "mpls", "etherip",
   },
   tcp_flags = { [0] = "F", "S", "R", "P", "A", "U", "E", "C", "N" },
   reasons   = { "idle", "active", "end", "forced", "resources" },   -- IPFIX's flowEndReason
   apps      = {                                         -- core/proto/proto.h
      "dns", "mdns", "llmnr", "nbns", "tls", "dtls", "quic", "dhcp", "ssh", "ntp", "ssdp", "http",
      "socks",
   },
   name_by   = { "sni", "quic", "http", "dns", "mdns", "ptr" },       -- enum weir_name_by
   rrtypes   = rrtypes(),
   rrclasses = { [0] = "IN", [2] = "CS", [3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY" },
   rcodes    = {
      [0] = "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
      "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", [16] = "BADVERS", [17] = "BADKEY",
      [18] = "BADTIME", [19] = "BADMODE", [20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC",
      [23] = "BADCOOKIE",
   },
}

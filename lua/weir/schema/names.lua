-- Numbers that have names, for every schema.

return {
   protocols = {
      [0] = "HOPOPT", [1] = "ICMP", [2] = "IGMP", [4] = "IPIP", [6] = "TCP", [17] = "UDP",
      [33] = "DCCP", [41] = "IPv6", [46] = "RSVP", [47] = "GRE", [50] = "ESP", [51] = "AH",
      [58] = "IPv6-ICMP", [59] = "IPv6-NoNxt", [88] = "EIGRP", [89] = "OSPF", [94] = "IPIP",
      [103] = "PIM", [112] = "VRRP", [113] = "PGM", [115] = "L2TP", [132] = "SCTP",
      [136] = "UDPLite", [137] = "MPLS-in-IP",
   },
   tunnels   = {
      [0] = "none", "ipip", "gre", "vxlan", "geneve", "gtp", "teredo", "erspan", "capwap",
      "l2tp", "ayiya", "tzsp", "mpls",
   },
   tcp_flags = { [0] = "F", "S", "R", "P", "A", "U", "E", "C", "N" },
   reasons   = { "idle", "active", "end", "forced", "resources" },   -- IPFIX's flowEndReason
}

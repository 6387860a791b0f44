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
   apps      = { "dns", "mdns", "llmnr", "nbns", "tls", "dtls", "quic" },   -- core/proto/proto.h
   name_by   = { "sni", "quic", "http", "dns", "mdns", "ptr" },       -- enum weir_name_by
   rrtypes   = {
      "A", "NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "NULL", "WKS", "PTR", "HINFO",
      "MINFO", "MX", "TXT", "RP", "AFSDB", "X25", "ISDN", "RT", "NSAP", "NSAP-PTR", "SIG", "KEY",
      "PX", "GPOS", "AAAA", "LOC", "NXT", "EID", "NIMLOC", "SRV", "ATMA", "NAPTR", "KX", "CERT",
      "A6", "DNAME", "SINK", "OPT", "APL", "DS", "SSHFP", "IPSECKEY", "RRSIG", "NSEC", "DNSKEY",
      "DHCID", "NSEC3", "NSEC3PARAM", "TLSA", "SMIMEA", [55] = "HIP", [56] = "NINFO",
      [57] = "RKEY", [58] = "TALINK", [59] = "CDS", [60] = "CDNSKEY", [61] = "OPENPGPKEY",
      [62] = "CSYNC", [63] = "ZONEMD", [64] = "SVCB", [65] = "HTTPS", [99] = "SPF",
      [108] = "EUI48", [109] = "EUI64", [249] = "TKEY", [250] = "TSIG", [251] = "IXFR",
      [252] = "AXFR", [253] = "MAILB", [254] = "MAILA", [255] = "ANY", [256] = "URI",
      [257] = "CAA",
   },
   rcodes    = {
      [0] = "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
      "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", [16] = "BADVERS", [17] = "BADKEY",
      [18] = "BADTIME", [19] = "BADMODE", [20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC",
      [23] = "BADCOOKIE",
   },
}

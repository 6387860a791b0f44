-- Packets of ARP and messages of neighbour discovery: who is where on a link.

local said  = require "weir.schema.said"
local texts = require "weir.schema.texts"

-- ARP's own numbers; those of ours are 256 and more, types of ICMPv6 among them.
local OPERATIONS = {
   [1] = "request", [2] = "reply", [3] = "reverse-request", [4] = "reverse-reply",
   [8] = "inverse-request", [9] = "inverse-reply", [257] = "probe", [258] = "announcement",
   [256 + 133] = "router-solicitation", [256 + 134] = "router-advertisement",
   [256 + 135] = "solicitation", [256 + 136] = "advertisement", [256 + 137] = "redirect",
}

local ROUTER = { "ARP_ROUTER" }

return said {
   kind = "arp", records = "arp",
   about = {
      {
         "{operation=request?who has }{target_ip}?",
         "{operation=solicitation?who has }{target_ip}?",
         "{operation=probe?is }{target_ip} free?",
         "{operation=reverse-request?which address has }{target_mac}?",
         "{operation=reverse-reply?to }{target_mac}: {target_ip}",
         "{operation=router-solicitation?which routers are there?}",
         "{operation=router-advertisement?router of }{prefixes}",
         "{operation=router-advertisement?router}",
         "{operation=redirect?a better way to }{target_ip}: {target_mac}",
         "{operation=redirect?a better way to }{target_ip}",
         "{sender_ip} is at {sender_mac}", "{sender_ip} is there",
         "{operation} {target_ip}", "{operation}",
      },
   },

   { name = "operation", as = "name16", names = OPERATIONS,
     doc = "what it asks or tells; a probe asks whether an address is free",
     aliases = { "opcode", "arp.opcode" } },
   { name = "sender_mac", as = "ether", needs = { "ARP_SENDER" },
     doc = "where the sender is; of an advertisement, where its address is",
     aliases = { "arp.src.hw_mac", "icmpv6.opt.linkaddr" } },
   { name = "sender_ip", skip_zero = true, doc = "its address",
     aliases = { "arp.src.proto_ipv4", "icmpv6.nd.na.target_address" } },
   { name = "target_mac", as = "ether", needs = { "ARP_TARGET" },
     doc = "whom it tells; of a redirect, the better way", aliases = { "arp.dst.hw_mac" } },
   { name = "target_ip", skip_zero = true, doc = "the address it is about",
     aliases = { "arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address" } },
   { name = "router", as = "boolean", skip_zero = true, doc = "advertisement: it is a router" },
   { name = "solicited", as = "boolean", skip_zero = true,
     doc = "advertisement: somebody asked for it" },
   { name = "override", as = "boolean", skip_zero = true,
     doc = "advertisement: it replaces what was known" },
   { name = "router_lifetime", needs = ROUTER,
     doc = "seconds that the router may be used; 0: not as a way out",
     aliases = { "icmpv6.nd.ra.router_lifetime" } },
   { name = "hop_limit", needs = ROUTER, doc = "for packets of this link" },
   { name = "managed", as = "boolean", needs = ROUTER, doc = "addresses come from DHCP" },
   { name = "other", as = "boolean", needs = ROUTER, doc = "and what else there is to know" },
   { name = "mtu", needs = { "ARP_MTU" }, doc = "bytes of the longest packet",
     aliases = { "icmpv6.opt.mtu" } },
   { name = "prefixes", as = "strings", rows = texts.strings(), skip_zero = true,
     doc = "networks of this link", aliases = { "icmpv6.opt.prefix" } },
   { name = "dns_servers", as = "strings", rows = texts.strings(), skip_zero = true,
     doc = "who to ask for names" },

   hidden = { unused = true },
}

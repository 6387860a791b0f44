-- The fields of messages of DNS, and of what is made like it.

local names = require "weir.schema.names"
local said  = require "weir.schema.said"

local function rows()
   return {
      kind = "rr", struct = "weir_rr", records = "rrs",
      { name = "rrname", doc = "whose record it is" },
      { name = "rrtype", as = "name16", names = names.rrtypes, doc = "its type" },
      { name = "ttl", doc = "seconds that it may be kept" },
      { name = "rdata", skip_zero = true, doc = "its data, as in zone files" },
      hidden = { rrclass = true },
   }
end

local function questions()
   return {
      kind = "question", struct = "weir_rr", records = "rrs",
      { name = "rrname", doc = "the name asked for" },
      { name = "rrtype", as = "name16", names = names.rrtypes, doc = "the type asked for" },
      hidden = { rrclass = true, ttl = true, rdata = true },
   }
end

return function (kind)
   return said {
      kind = kind, struct = "weir_dns", records = "dns",
      about = {
         { "{rrtype} {queries.rrname}", "{answers.rrname}" },
         { ": {answers.rdata}", ": {rcode}", "{qr?: nothing}", "?" }, "{tc? (cut)}",
      },

      { name = "type", as = "name8", names = { [0] = "request", "response" },
        doc = "request or response" },
      { name = "id", doc = "number that an answer repeats",
        aliases = { "dns.id", "trans_id" } },
      { name = "opcode", doc = "0 asks, 4 notifies, 5 updates",
        aliases = { "dns.flags.opcode" } },
      { name = "flags", doc = "the sixteen bits behind the id, a number" },
      { name = "qr", as = "boolean", doc = "it is an answer", aliases = { "dns.flags.response" } },
      { name = "aa", as = "boolean", doc = "by who is in charge of the name",
        aliases = { "dns.flags.authoritative" } },
      { name = "tc", as = "boolean", doc = "it was cut", aliases = { "dns.flags.truncated" } },
      { name = "rd", as = "boolean", doc = "recursion is desired",
        aliases = { "dns.flags.recdesired" } },
      { name = "ra", as = "boolean", doc = "and available", aliases = { "dns.flags.recavail" } },
      { name = "z", as = "boolean", doc = "the bit that is reserved" },
      { name = "ad", as = "boolean", doc = "authenticated data" },
      { name = "cd", as = "boolean", doc = "checking is disabled" },
      { name = "rcode", as = "name16", names = names.rcodes, usual = "NOERROR",
        doc = "what came of it",
        aliases = { "rcode_name", "dns.flags.rcode" } },
      { name = "rrname", skip_zero = true, doc = "the first name asked for",
        aliases = { "query", "dns.qry.name" } },
      { name = "rrtype", as = "name16", names = names.rrtypes, skip_zero = true,
        doc = "the type asked for first", aliases = { "qtype_name", "dns.qry.type" } },
      { name = "udp_size", skip_zero = true, doc = "EDNS: bytes that the sender takes" },
      { name = "queries", as = "table", rows = questions(), skip_zero = true,
        doc = "what is asked for" },
      { name = "answers", as = "table", rows = rows(), skip_zero = true, doc = "the answers" },
      { name = "authorities", as = "table", rows = rows(), skip_zero = true,
        doc = "who is in charge" },
      { name = "additionals", as = "table", rows = rows(), skip_zero = true,
        doc = "what else helps" },

      hidden = { unused = true },
   }
end

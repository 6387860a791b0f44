-- The fields of messages of DNS, and of what is made like it.

local names = require "weir.schema.names"
local said  = require "weir.schema.said"
local texts = require "weir.schema.texts"

-- The bit above the class is mDNS' own.
local function questions()
   return {
      kind = "question", struct = "weir_rr", records = "rrs",
      { name = "rrname", doc = "the name asked for" },
      { name = "rrtype", as = "name16", names = names.rrtypes, doc = "the type asked for" },
      { name = "rrclass", as = "name16", names = names.rrclasses, skip_zero = true,
        doc = "its class, when it is not IN" },
      { name = "unicast", member = "top", as = "boolean", skip_zero = true,
        doc = "mDNS: an answer to the asker alone will do" },
      hidden = { ttl = true, rdata = true, strings = true, unused = true },
   }
end

local function rows()
   return {
      kind = "rr", struct = "weir_rr", records = "rrs",
      { name = "rrname", doc = "whose record it is" },
      { name = "rrtype", as = "name16", names = names.rrtypes, doc = "its type" },
      { name = "rrclass", as = "name16", names = names.rrclasses, skip_zero = true,
        doc = "its class, when it is not IN" },
      { name = "ttl", doc = "seconds that it may be kept" },
      { name = "rdata", skip_zero = true, doc = "its data, as in zone files" },
      { name = "strings", as = "strings", skip_zero = true, rows = texts.strings(),
        doc = "TXT: its strings, when there are several" },
      { name = "flush", member = "top", as = "boolean", skip_zero = true,
        doc = "mDNS: it replaces what was known" },
      hidden = { unused = true },
   }
end

-- What Suricata calls grouped: the data alone, by type.
local function groups()
   return {
      kind = "rr", struct = "weir_rr", records = "rrs",
      { name = "rrtype", as = "name16", names = names.rrtypes, doc = "their type" },
      { name = "rdata", bare = true, doc = "their data" },
      hidden = {
         rrname = true, rrclass = true, top = true, ttl = true, strings = true, unused = true,
      },
   }
end

return function (kind)
   return said {
      kind = kind, records = "dns",
      about = {
         { "{rrtype} {queries.rrname}", "{answers.rrname}" },
         { ": {answers.rdata}", ": {rcode}", "{qr?: nothing}", "?" }, "{tc? (cut)}",
         "{malformed? (malformed)}",
      },

      { name = "type", as = "name8", names = { [0] = "request", "response" },
        doc = "request or response" },
      { name = "id", doc = "number that an answer repeats",
        aliases = { "dns.id", "trans_id" } },
      { name = "opcode", doc = "0 asks, 4 notifies, 5 updates, 6 is of a session",
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
      { name = "udp_size", needs = { "DNS_EDNS" }, doc = "EDNS: bytes that the sender takes",
        aliases = { "dns.rr.udp_payload_size" } },
      { name = "edns_version", needs = { "DNS_EDNS" }, skip_zero = true, doc = "EDNS: its version",
        aliases = { "dns.resp.edns0_version" } },
      { name = "dnssec_ok", needs = { "DNS_EDNS" }, as = "boolean", skip_zero = true,
        doc = "EDNS: signatures are welcome", aliases = { "dns.resp.z.do" } },
      { name = "client_subnet", skip_zero = true, doc = "EDNS: the network of who really asks",
        aliases = { "dns.opt.client.addr4", "dns.opt.client.addr6" } },
      { name = "nsid", skip_zero = true, doc = "EDNS: which of many servers answers",
        aliases = { "dns.opt.nsid" } },
      { name = "extended_error", skip_zero = true,
        doc = "EDNS: number and text of what went wrong" },
      { name = "malformed", as = "boolean", skip_zero = true,
        doc = "its records do not add up: those before are told" },
      { name = "queries", as = "table", rows = questions(), skip_zero = true,
        doc = "what is asked for; of an update, the zone" },
      { name = "answers", as = "table", rows = rows(), skip_zero = true,
        doc = "the answers; of an update, what must be so" },
      { name = "authorities", as = "table", rows = rows(), skip_zero = true,
        doc = "who is in charge; of an update, what is to change" },
      { name = "additionals", as = "table", rows = rows(), skip_zero = true,
        doc = "what else helps" },
      { name = "grouped", member = "answers", as = "grouped", rows = groups(), skip_zero = true,
        doc = "the data of the answers, by type" },

      hidden = { unused = true },
   }
end

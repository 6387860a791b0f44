-- Messages of the NetBIOS name service: who has a name, and which names a machine has.

local names = require "weir.schema.names"
local said  = require "weir.schema.said"

-- Two types are its own; the others mean what they mean in DNS.
local TYPES = setmetatable({}, { __index = names.rrtypes })
for number, name in pairs(names.rrtypes) do TYPES[number] = name end
TYPES[32], TYPES[33] = "NB", "NBSTAT"

local function questions()
   return {
      kind = "question", struct = "weir_rr", records = "rrs",
      { name = "rrname", doc = "the name asked for, and <what it is the name of>" },
      { name = "rrtype", as = "name16", names = TYPES, doc = "the type asked for" },
      hidden = {
         rrclass = true, top = true, ttl = true, rdata = true, strings = true, unused = true,
      },
   }
end

local function rows()
   return {
      kind = "rr", struct = "weir_rr", records = "rrs",
      { name = "rrname", doc = "the name, and <what it is the name of>" },
      { name = "rrtype", as = "name16", names = TYPES, doc = "its type" },
      { name = "ttl", doc = "seconds that it may be kept" },
      { name = "rdata", skip_zero = true, doc = "the addresses that have the name" },
      hidden = { rrclass = true, top = true, strings = true, unused = true },
   }
end

local function machine_names()
   return {
      kind = "name", struct = "weir_nbname", records = "nbnames",
      { name = "name", doc = "the name, and <what it is the name of>" },
      { name = "suffix", doc = "what it is the name of: 0 the machine or its group, 32 a server" },
      { name = "group", as = "boolean", doc = "others have it, too" },
      { name = "active", as = "boolean", doc = "it is in use" },
      hidden = { unused = true },
   }
end

local OPCODES = {
   [0] = "query", [5] = "registration", [6] = "release", [7] = "wait", [8] = "refresh",
   [9] = "refresh", [15] = "multihomed",
}

return said {
   kind = "nbns", records = "nbns",
   about = {
      "{opcode} ", "{rrtype} ", "{rrname}",
      { ": {names.name}", ": {answers.rdata}", ": {rcode}", "{type=response?: nothing}", "?" },
   },

   { name = "type", as = "name8", names = { [0] = "request", "response" },
     doc = "request or response" },
   { name = "id", doc = "number that an answer repeats", aliases = { "nbns.id" } },
   { name = "opcode", as = "name8", names = OPCODES, usual = "query", doc = "what it is about" },
   { name = "flags", doc = "the sixteen bits behind the id, a number" },
   { name = "broadcast", as = "boolean", doc = "it went to all",
     aliases = { "nbns.flags.broadcast" } },
   { name = "rcode", as = "name8", names = names.rcodes, usual = "NOERROR",
     doc = "what came of it", aliases = { "nbns.flags.rcode" } },
   { name = "rrname", doc = "the first name, and <what it is the name of>",
     aliases = { "nbns.name" } },
   { name = "rrtype", as = "name16", names = TYPES, doc = "the type of the first name",
     aliases = { "nbns.type" } },
   { name = "group", as = "boolean", skip_zero = true, doc = "the name is that of a group",
     aliases = { "nbns.nb_flags.group" } },
   { name = "queries", as = "table", rows = questions(), skip_zero = true,
     doc = "what is asked for" },
   { name = "answers", as = "table", rows = rows(), skip_zero = true,
     doc = "the records, of what is to be registered, too" },
   { name = "names", as = "table", rows = machine_names(), skip_zero = true,
     doc = "all names of the machine" },
   { name = "mac", as = "ether", needs = { "NBNS_MAC" }, doc = "its Ethernet address" },

   hidden = { unused = true },
}

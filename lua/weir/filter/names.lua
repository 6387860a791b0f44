-- What the names in a filter mean for a kind of record: fields of its schema under any of their
-- names, what is inside them, what extensions give, and names that stand for more than a field.
--
-- A meaning: { field } or { field, inner } (of a row), { pair = { field, field } } (either end);
-- besides `protocol` (asked of this one alone), `version` (of IP), `bits` (one flag of them).

local nearest = require "weir.nearest"
local schema  = require "weir.schema"
local sorted  = require "weir.sorted"

local names = {}

-- Either end.
local PAIRS = {
   ["ip"] = "ip", ["addr"] = "ip", ["ip.addr"] = "ip", ["ipv6.addr"] = "ip",
   ["port"] = "port", ["tcp.port"] = "port", ["udp.port"] = "port", ["sctp.port"] = "port",
   ["mac"] = "mac", ["eth.addr"] = "mac", ["ether.addr"] = "mac",
}

-- A name that begins so is asked of this protocol alone, as in Wireshark.
local PROTOCOLS = { tcp = 6, udp = 17, sctp = 132, icmp = 1, icmpv6 = 58 }

local FLAGS = { fin = 1, syn = 2, reset = 4, push = 8, ack = 16, urg = 32, ece = 64, cwr = 128 }
for name, bits in pairs { rst = 4, psh = 8, ns = 256, ae = 256 } do FLAGS[name] = bits end

-- Names by which people call protocols, besides those that records show.
names.called = { icmpv6 = "IPv6-ICMP", icmp6 = "IPv6-ICMP", udplite = "UDPLite" }

-- The number of a protocol by its name; nil for what is none.
function names.protocol(name)
   local wanted = (names.called[name:lower()] or name):lower()
   for number, known in pairs(require "weir.schema.names".protocols) do
      if known:lower() == wanted then return number end
   end
end

local function knows_kind(name)
   for _, kind in ipairs(schema.kinds) do
      if kind == name then return true end
   end
   return false
end

-- A field of these, or "a.b": field b of the rows that a has.
local function within(fields, name)
   local field = fields.names[name]
   if field then return { field } end
   for dot in name:gmatch "()%." do
      local outer, rest = fields.names[name:sub(1, dot - 1)], name:sub(dot + 1)
      local inner = outer and outer.rows and outer.rows.names and outer.rows.names[rest]
      if inner and outer.as == "part" then return { inner } end
      if inner then return { outer, inner } end
   end
end

-- Names that stand for more than one field, or for a part of one.
local function special(fields, name)
   local ends = PAIRS[name]
   if ends then
      local from, to = fields.names["src_" .. ends], fields.names["dest_" .. ends]
      return from and to and { pair = { from, to } } or nil
   end
   local flag = name:match "^tcp%.flags%.(%w+)$"
   if flag or name == "tcp.flags" then
      local field = fields.names.tcp_flags
      return field and (FLAGS[flag] or not flag) and { field, bits = FLAGS[flag] } or nil
   end
end

-- What `name` means for a kind of record; nil when it has no such thing.  `part`: the fields that
-- extensions give to flows (weir.extension.fields).
function names.find(kind, name, part)
   local fields, prefix, rest = schema.of(kind), name:match "^([%w_]+)%.(.+)$"
   local meaning = within(fields, name) or special(fields, name)
   if not meaning and prefix == kind then return names.find(kind, rest, part) end
   if not meaning and kind == "flow" and part and part.rows.names[name] then
      meaning = { part.rows.names[name] }
   end
   if not meaning then return nil end
   if fields.members.protocol then meaning.protocol = PROTOCOLS[prefix] end
   if fields.members.ip_version and prefix == "ipv6" then meaning.version = 6 end
   return meaning
end

-- A name that is a test by itself of a kind of record: the kind, a protocol, ARP, or a version of
-- IP.  Returns "kind", "protocol" and its number, "arp", or "version" and its number; nil where it
-- is none of these.  What names another kind may still be what a packet is: `arp`.
function names.word(kind, name)
   local word, members = name:gsub("^" .. kind .. "%.", ""), schema.of(kind).members
   if word == kind then return "kind" end
   if word == "arp" then return members.arp_op and "arp" end
   if word == "ipv6" or word == "ipv4" then
      return members.ip_version and "version", tonumber(word:sub(4))
   end
   local number = members.protocol and names.protocol(word)
   if number then return "protocol", number end
end

local function add_sorted(list, names_of)
   for _, name in ipairs(sorted(names_of)) do
      if not list[name] then list[#list + 1], list[name] = name, true end
   end
end

-- All names that a filter on these kinds can use: the fields' own, those inside them, those that
-- stand for more, and last the aliases, so that the nearest of equals is one that is printed.
local function known(kinds, part)
   local list, own, aliases = {}, {}, {}
   for _, kind in ipairs(kinds) do
      for name, field in pairs(schema.of(kind).names) do
         (field.name == name and own or aliases)[name] = true
      end
      for _, field in ipairs(schema.of(kind)) do
         for _, inner in ipairs(field.rows or {}) do own[field.name .. "." .. inner.name] = true end
      end
   end
   add_sorted(list, own)
   add_sorted(list, PAIRS)
   add_sorted(list, part and part.rows.names or {})
   add_sorted(list, aliases)
   return list
end

function names.all() return known(schema.kinds) end

-- Why a name means nothing, with the one that is nearest.
function names.objection(name, part)
   local prefix, rest = name:match "^([%w_]+)%.(.+)$"
   if prefix and knows_kind(prefix) then
      local near = nearest(rest, known({ prefix }, prefix == "flow" and part or nil))
      return ("%s has no field '%s'%s"):format(schema.one(prefix), rest,
         near and (": did you mean '%s.%s'?"):format(prefix, near) or "")
   end
   local near = nearest(name, known(schema.kinds, part))
   return ("no record has a field '%s'%s"):format(name,
      near and (": did you mean '%s'?"):format(near) or "; 'weir read --list-fields' lists them")
end

return names

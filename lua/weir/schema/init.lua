-- What records are made of: looks fields up by any of their names, and reads
-- them from a record.
--
--    local field = schema.field("packet", "ip.src")         -- the field src_ip
--    print(field.name, field.doc, schema.value(field, packet))

local abi     = require "weir.abi"
local nearest = require "weir.nearest"

local schema = {
   kinds = {
      "packet", "flow", "second", "begin", "stream", "dns", "mdns", "llmnr", "nbns", "tls", "quic",
      "dhcp", "ssh", "ntp", "ssdp", "arp", "http", "exchange",
   },
}
schema.protocols = { unpack(schema.kinds, 5) }           -- those that parsers make
-- The kinds in the order in which one is looked for that has a field: what SSDP has of HTTP means
-- HTTP first.
schema.meant = {}
for _, kind in ipairs(schema.kinds) do
   if kind ~= "ssdp" then schema.meant[#schema.meant + 1] = kind end
end
schema.meant[#schema.meant + 1] = "ssdp"
-- Of a flow: those that fields such as splt_ps are about, where nobody says how many.
schema.FIRST_PACKETS = 20

-- What a record of a kind is, in a sentence.
local WHAT = {
   packet = "A packet", flow = "A flow that has ended", begin = "A flow at its first packet",
   second = "What a flow did in one second", stream = "Bytes of a TCP direction, in order",
   exchange = "A whole request of HTTP with its response",
}
function schema.what(kind) return WHAT[kind] or ("What was said in %s"):format(kind:upper()) end

local ALIKE = { mdns = "dns", llmnr = "dns" }           -- kinds that share a struct

-- The struct of a protocol's records, which is known without its schema: few runs need them all.
function schema.struct(kind) return "weir_" .. (ALIKE[kind] or kind) end

-- The kinds of protocols that are shown to those who ask for none by name.
function schema.spoken()
   local list = {}
   for _, kind in ipairs(schema.protocols) do
      if not schema.of(kind).quiet then list[#list + 1] = kind end
   end
   return list
end

local AS_OF_TYPE = {
   uint8_t = "u8", uint16_t = "u16", uint32_t = "u32", double = "count", int64_t = "time",
   ["struct weir_text"] = "string", ["struct weir_list"] = "table",
}

-- Puts groups of fields, which have no name of their own, in place of themselves.
local function flatten(kind)
   local fields = {}
   for i, entry in ipairs(kind) do
      for _, field in ipairs(entry.name and { entry } or entry) do fields[#fields + 1] = field end
      kind[i] = nil
   end
   for i, field in ipairs(fields) do kind[i] = field end
end

-- What is inside a part of a record can be named like the record's own fields, which come first:
-- the same number may stand there at less cost.
local function open_parts(kind, names)
   for _, part in ipairs(kind) do
      for _, field in ipairs(part.as == "part" and part.rows or {}) do
         field.part, field.asked = part, field.asked or part.asked
         names[field.name] = names[field.name] or field
      end
   end
end

-- Puts the facts that the struct knows into a schema's fields, which are fields of `of`.
local function complete(kind, of)
   local members, names = {}, {}
   flatten(kind)
   local is_struct = kind.struct:find "^weir_"
   for _, m in ipairs(is_struct and abi.members(kind.struct) or {}) do members[m.name] = m end
   for _, field in ipairs(kind) do
      field.kind = of
      field.member = field.member or field.name
      local member = members[field.member]
      if member and field.as ~= "constant" then
         field.as = field.as or AS_OF_TYPE[member.type]
         field.at, field.member = member.offset, member.key
      end
      if field.beside then field.beside_at = members[field.beside].offset end
      if field.as == "series" and member and member.type == "struct weir_list" then
         field.beside_at = member.offset + 4               -- its count
      end
      field.mask = 0
      for _, part in ipairs(field.needs or {}) do
         field.mask = field.mask + abi.C[(kind.parts or "WEIR_HAS_") .. part]
      end
      if field.rows then complete(field.rows, of) end
      names[field.name] = field
      for _, alias in ipairs(field.aliases or {}) do names[alias] = field end
   end
   open_parts(kind, names)
   kind.has_at = kind.has and members[kind.has].offset
   kind.members, kind.names = members, names
   kind.c_type = (is_struct and "struct " or "") .. kind.struct
   return kind
end

local is_kind = {}
for _, kind in ipairs(schema.kinds) do is_kind[kind] = true end

-- Whether that is a kind of record, and so a channel of the core's.
function schema.is_kind(name) return is_kind[name] == true end

local loaded = {}

-- The schema of a kind of record: its fields in order, and `names` of them all and of what is
-- inside their parts, which has its `part`.
function schema.of(kind)
   if not loaded[kind] then loaded[kind] = complete(require("weir.schema." .. kind), kind) end
   return loaded[kind]
end

-- These fields, behind each part what is inside it.
function schema.spread(fields)
   local list = {}
   for _, field in ipairs(fields) do
      list[#list + 1] = field
      for _, inner in ipairs(field.as == "part" and field.rows or {}) do list[#list + 1] = inner end
   end
   return list
end

-- How the runs of a batch number a kind of record.
function schema.number(kind) return abi.C["WEIR_" .. kind:upper()] end

-- The names of fields in order: their own, or their aliases.
local function sorted(names, are_own)
   local list = {}
   for known, field in pairs(names) do
      if (known == field.name) == are_own then list[#list + 1] = known end
   end
   table.sort(list)
   return list
end

-- "a flow", "an exchange": a record of a kind, as it is spoken of.
function schema.one(kind)
   local is_spelt = not kind:find "[aeiou]"              -- letter by letter
   local has_vowel = kind:find(is_spelt and "^[fhlmnrsx]" or "^[aeio]")
   return (has_vowel and "an " or "a ") .. kind
end

-- A field by its name or an alias; or nil and the reason.
function schema.field(kind, name)
   local names = schema.of(kind).names
   if names[name] then return names[name] end
   local near = nearest(name, sorted(names, true)) or nearest(name, sorted(names, false))
   local hint = near and (": did you mean '%s'?"):format(near) or ""
   return nil, ("%s has no field '%s'%s"):format(schema.one(kind), name, hint)
end

return schema

-- The records that scripts see, as classes for LuaLS: every field of every schema, and what the
-- library knows of them besides.

local fields = require "weir.extension.fields"
local gather = require "weir.cli.ext.gather"
local find   = require "weir.extension.find"
local kinds  = require "weir.extension.kinds"
local schema = require "weir.schema"

local records = {}

-- What the types are that Lua reads, by how a field is written; integers unless said here.
local TYPES = {
   address = "string", ether = "string", text = "string", community = "string",
   constant = "string", grouped = "table<string, string[]>", list16 = "integer[]",
   rows = "weir.tunnel[]", series = "number[]",
   number = "number", epoch = "number", time = "number", id = "number", count = "number",
   string = "string", strings = "string[]", boolean = "boolean", name16 = "string",
}

-- Numbers in the records that Lua reads as their names.
local NAMED = {
   proto = true, type = true, dest_name_by = true, app_proto = true, app_confidence = true,
}

-- Members of the records that are no fields, and what is computed when it is asked for.
local BESIDES = {
   packet = {
      { "flow", "integer", "number of its flow, 0 for none; a later flow may get it again" },
      { "reverse", "integer", "1 when it goes to who began the flow" },
      { "gap", "number", "seconds since the flow's last packet; 0 for its first" },
      { "gap_same", "number", "the same, of packets in this direction" },
      { "quoted", "integer", "of an ICMP error: number of the flow it quotes, or 0" },
      { "quoted_reverse", "integer", "1 when the error goes to that flow's originator" },
      { "has", "integer", "which parts it has, as bits" },
      { "protocol", "integer", "IANA's number of the transport" },
      { "payload", "weir.slice", "what the transport carries" },
      { "header", "weir.slice", "the transport's header, with its options" },
      { "bytes", "weir.slice", "the frame as it was captured" },
      { "tcp_option", "table<integer, weir.slice>", "TCP options by their kind" },
      { "option", "fun(self: weir.packet, kind: integer): weir.slice?", "one TCP option" },
      { "truncated", "boolean", "whether the capture kept less than was on the wire" },
   },
   flow = {
      { "ended", "string", "why: idle, active, end, forced or resources" },
      { "number", "integer", "its number, as in packet.flow" },
      { "src_addr", "ffi.cdata*", "src_ip as bytes, for fields that are of kind address" },
      { "dest_addr", "ffi.cdata*", "dest_ip as bytes, the same" },
      { "protocol", "integer", "IANA's number of the transport" },
   },
   begin = {
      { "time", "number", "its first packet, seconds since 1970" },
      { "flow", "integer", "its number, as in packet.flow" },
      { "protocol", "integer", "IANA's number of the transport" },
   },
   second = {
      { "time", "number", "its beginning, seconds since 1970" },
      { "protocol", "integer", "IANA's number of the transport" },
   },
}

-- The same of the records of protocols.
local BESIDES_SAID = {
   { "time", "number", "the packet that completed it, seconds since 1970" },
   { "flow", "integer", "number of its flow, as in packet.flow" },
   { "reverse", "integer", "1 when who said it did not begin the flow" },
   { "protocol", "integer", "IANA's number of the transport" },
}

local function is_said(kind) return schema.of(kind).said end

-- The type that reading a field gives; "?" where it may be nil.
local function type_of(field, kind)
   if field.as == "part" then return ("weir.%s?"):format(field.name) end
   if field.name == "timestamp" then return "ffi.cdata*" end
   if field.slice then return "weir.slice?" end
   if field.as == "table" then
      return ("weir.%s[]%s"):format(field.rows.kind, field.needs and "?" or "")
   end
   local is_text = field.as == "name8" and (NAMED[field.name] or is_said(kind))
   local name = is_text and "string" or TYPES[field.as] or "integer"
   local may_lack = {
      ether = true, text = true, string = true, series = true, strings = field.needs ~= nil,
      name8 = field.needs and (kind == "packet" or is_said(kind)),
      community = is_said(kind),                         -- ARP has no transport
   }
   local is_own = is_said(kind) and not field.top
   local is_missing = field.part or field.asked or may_lack[field.as] or is_own and field.needs
      or name == "string" and kind == "packet" and field.needs
   return is_missing and name .. "?" or name
end

-- Whether a field can be written behind a dot: `end` is a word of Lua.
local function key_of(name) return name == "end" and '["end"]' or name end

local function add_class(add, name, about, list, kind)
   add("")
   add("---" .. about)
   add(("---@class weir.%s"):format(name))
   for _, field in ipairs(list) do
      local asked = field.asked and (" (asked for by --%s, or in wants)"):format(field.asked) or ""
      add(("---@field %s %s %s%s"):format(key_of(field.name), type_of(field, kind), field.doc,
         asked))
   end
   local besides = BESIDES[name] or is_said(kind) and name == kind and BESIDES_SAID
   for _, own in ipairs(besides or {}) do
      add(("---@field %s %s %s"):format(unpack(own)))
   end
end

-- The fields inside a part, as members of the part's own record, where they are always there.
local function bare(rows)
   local list = {}
   for i, field in ipairs(rows) do
      list[i] = setmetatable({ part = false, asked = false }, { __index = field })
   end
   return list
end

-- What extensions that can be found give to flows, as more fields of their class.
function records.given()
   local list, seen = {}, {}
   for _, found in ipairs(gather.load(find.all())) do
      for name, kind in pairs(found.ext and found.ext.manifest.gives or {}) do
         if not seen[name] and not schema.of "flow".names[name] then
            seen[name] = true
            list[#list + 1] = { name = name, gives = kind, ext = found.name }
         end
      end
   end
   table.sort(list, function (a, b) return a.name < b.name end)
   local lines = { "---@meta", "", "---@class weir.flow" }
   for _, field in ipairs(fields.part(list).rows) do
      lines[#lines + 1] = ("---@field %s %s? %s"):format(field.name, kinds.gives[field.gives],
         field.doc)
   end
   return table.concat(lines, "\n") .. "\n"
end

-- The text of the file of all kinds of records.
function records.text()
   local lines, tunnel, seen = { "---@meta" }, nil, {}
   local function add(line) lines[#lines + 1] = line end
   for _, kind in ipairs(schema.kinds) do
      local own = schema.of(kind)
      local what = schema.what(kind) .. "."
      local also = kind == "packet" and "  It is gone at the next batch: copy what you keep." or ""
      add_class(add, kind, what .. also, schema.spread(own), kind)
      for _, field in ipairs(own) do
         local rows = field.as == "table" and field.rows
         if field.as == "part" then
            add_class(add, field.name, field.doc, bare(field.rows), kind)
         elseif rows and not seen[rows.kind] then
            seen[rows.kind] = true
            add_class(add, rows.kind, ("A row of %s."):format(field.name), rows, kind)
         end
         if field.as == "rows" then tunnel = field.rows end
      end
   end
   add_class(add, "tunnel", "What carries a packet.", tunnel, "packet")
   return table.concat(lines, "\n") .. "\n"
end

return records

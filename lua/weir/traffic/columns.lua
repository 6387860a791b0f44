-- How the fields of a kind of record stand in traffic.db: what is stored of each, and the SQL that
-- shows it.
--
--    local kind = columns.of "dns"
--    kind.view                                  --> "dns": what SQL calls its records
--    kind[1].name, kind[1].sql                  --> "timestamp", "r.timestamp"
--    columns.select(kind, { "rrname" })         --> "SELECT … FROM …" with the joins it takes alone
--
-- Times and spans are whole nanoseconds, lists and objects JSON, flags 0 or 1.

local names  = require "weir.schema.names"
local schema = require "weir.schema"

local columns = {}

local quoted = function (name) return '"' .. name .. '"' end

-- Whether the ports of a talk are an ICMP type and code.
local ICMP = "p.protocol IN ('ICMP', 'IPv6-ICMP')"

-- The same where all talks are gone through: the few pairs of ICMP are known beforehand.
local ICMP_PAIR = "t.pair IN (SELECT id FROM pair WHERE protocol IN ('ICMP', 'IPv6-ICMP'))"

-- The name of a number, which is that of an enum.
local function case_of(of, list)
   local parts = {}
   for number, name in ipairs(list) do
      parts[number] = ("WHEN %d THEN '%s'"):format(number, name)
   end
   return ("CASE %s %s END"):format(of, table.concat(parts, " "))
end

local function port(negated, column)
   local text = "CASE WHEN %s%s THEN t.%s END"
   return { text:format(negated, ICMP, column), "p", text:format(negated, ICMP_PAIR, column) }
end

-- What stands once for all kinds: SQL, the tables it takes, and, where that is another, the SQL for
-- all talks `t` one after the other.
local shared = {
   timestamp = { "r.timestamp" }, flow_id = { "r.flow_id" },
   src_ip = { "si.ip", "si" }, dest_ip = { "di.ip", "di" },
   src_port = port("NOT ", "src_port"),
   dest_port = port("NOT ", "dst_port"),
   icmp_type = port("", "src_port"),
   icmp_code = port("", "dst_port"),
   proto = { "p.protocol", "p" }, community_id = { "t.community", "t" },
   src_mac = { "sm.ether", "sm" }, dest_mac = { "dm.ether", "dm" },
   pcap_filename = { "so.path", "so" },
}

-- Of kinds whose rows are not like those of the others.
local own = {
   flow = {
      dest_name = { "n.name", "n" },
   },
   second = {
      timestamp = { "r.ts * 1000000000" },
      dest_name = { "tn.name", "tn" },
      dest_name_by = { case_of("t.name_by", names.name_by), "t" },
      dest_name_sure = { "CASE WHEN t.name > 0 THEN t.sure END", "t" },
      pkts_toserver = { "r.packets_out" }, bytes_toserver = { "r.bytes_out" },
      pkts_toclient = { "r.packets_in" }, bytes_toclient = { "r.bytes_in" },
   },
}

-- The tables beside a kind's rows `r`, in the order of joining, with those each takes before.
local JOINS = { "t", "p", "si", "di", "sm", "dm", "n", "tn", "so", "m" }
local joins = {
   t  = { "JOIN talk t ON t.id = r.talk_id" },
   p  = { "JOIN pair p ON p.id = t.pair", "t" },
   si = { "JOIN ip si ON si.id = p.src_ip", "p" },
   di = { "JOIN ip di ON di.id = p.dst_ip", "p" },
   sm = { "JOIN mac sm ON sm.id = p.src_mac", "p" },
   dm = { "JOIN mac dm ON dm.id = p.dst_mac", "p" },
   n  = { "JOIN name n ON n.id = r.name_id" },
   tn = { "JOIN name tn ON tn.id = t.name", "t" },
   so = { "JOIN source so ON so.id = r.source_id" },
   m  = { "LEFT JOIN %s_more m ON m.flow_id = r.flow_id" },
}
local flow_joins = { so = { "JOIN source so ON so.id = r.flow_id >> 32" } }

-- What a flow has that few ask for, and that takes room; so do its parts.
local APART = { offsets = true, tunnel = true }

local TYPES = {
   u8 = "INTEGER", u16 = "INTEGER", u32 = "INTEGER", s32 = "INTEGER", count = "INTEGER",
   id = "INTEGER", time = "INTEGER", epoch = "INTEGER", boolean = "INTEGER", number = "REAL",
   string = "ANY", text = "ANY",                         -- bytes that are no text are a blob
}

local function add(list, name, sql, join, field)
   if list[name] then return end
   list[#list + 1] = { name = name, sql = sql, join = join, field = field }
   list[name] = list[#list]
end

local function add_stored(list, field, is_apart)
   local into, alias = is_apart and list.apart or list.stored, is_apart and "m" or "r"
   into[#into + 1] = setmetatable({ type = TYPES[field.as] or "TEXT" }, { __index = field })
   add(list, field.name, alias .. "." .. quoted(field.name), is_apart and "m" or nil, field)
end

-- What is inside a part has columns of its own, but what the record itself has by that name.
local function add_part(list, part)
   for _, inner in ipairs(part.rows) do
      if schema.of(list.kind).names[inner.name] == inner then add_stored(list, inner, true) end
   end
end

local function add_field(list, field)
   local sql = own[list.kind] and own[list.kind][field.name] or shared[field.name]
   if sql then
      add(list, field.name, sql[1], sql[2], field)
      list[field.name].of_talk = sql[3]
   elseif field.as == "constant" then
      add(list, field.name, ("'%s'"):format(field.names[0]), nil, field)
   elseif field.as == "part" then
      add_part(list, field)
   else
      add_stored(list, field, list.kind == "flow" and APART[field.name])
   end
end

local known = {}

-- The columns of a kind: an array of { name, sql, join, field }, with each by its name; `stored`
-- and `apart` are the fields that its tables have: `rows` (all kinds) and KIND_more (`more`).
function columns.of(kind)
   if known[kind] then return known[kind] end
   local view = kind == "flow" and "biflow" or kind
   local list = {
      kind = kind, view = view, rows = view .. "_rows", more = view .. "_more",
      stored = {}, apart = {},
   }
   for _, field in ipairs(schema.of(kind)) do
      if field.listed ~= false or shared[field.name] then add_field(list, field) end
   end
   if kind == "flow" then
      add(list, "ext", "m.ext", "m")
      list.apart[#list.apart + 1] = { name = "ext", as = "part", type = "TEXT", is_ext = true }
   end
   known[kind] = list
   return list
end

-- Marks the tables that a column takes.
local function take(taken, kind, name)
   if not name or taken[name] then return end
   local join = kind == "flow" and flow_joins[name] or joins[name]
   take(taken, kind, join[2])
   taken[name] = join[1]
end

-- A SELECT of some columns of a kind (all, unless told), which joins what they take and no more.
function columns.select(list, wanted)
   local shown, taken, parts = {}, {}, {}
   for i, name in ipairs(wanted or list) do
      local column = wanted and list[name] or name
      shown[i] = ("%s AS %s"):format(column.sql, quoted(column.name))
      take(taken, list.kind, column.join)
   end
   for _, name in ipairs(JOINS) do parts[#parts + 1] = taken[name] end
   return ("SELECT %s FROM %s r %s"):format(table.concat(shown, ", "), list.rows,
      (table.concat(parts, " "):gsub("%%s", list.view)))
end

return columns

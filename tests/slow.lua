-- Filters made by chance, each with what it means: a plain function that goes through the values of
-- a record as the library shows them, texts and all.
--
--    local made = slow.filter(random, "packet", pool)
--    made.text, made.holds(record)

local names = require "weir.schema.names"

local slow = {}

-- ---- addresses as strings of 0 and 1 ----------------------------------------------------------

local function bits_of(number, count)
   local digits = {}
   for i = count, 1, -1 do
      digits[i] = tostring(number % 2)
      number = math.floor(number / 2)
   end
   return table.concat(digits)
end

local function bits4(text)
   return (text:gsub("(%d+)%.?", function (n) return bits_of(tonumber(n), 8) end))
end

local function bits6(text)
   local head, rest = text:match "^(.-)::(.*)$"
   local function groups(part)
      part = part:gsub("%d+%.%d+%.%d+%.%d+$", function (tail)
         local bits = bits4(tail)
         return ("%x:%x"):format(tonumber(bits:sub(1, 16), 2), tonumber(bits:sub(17), 2))
      end)
      return (part:gsub("(%x+):?", function (n) return bits_of(tonumber(n, 16), 16) end))
   end
   local before, after = groups(head or text), groups(rest or "")
   return before .. ("0"):rep(128 - #before - #after) .. after
end

local function bits(text) return text:find(":", 1, true) and bits6(text) or bits4(text) end

-- ---- fields -----------------------------------------------------------------------------------

-- By kind of record: names, and how their values are read: an array.
local function one(name, shows)
   return function (record)
      local value = shows(record, name)
      return { value }
   end
end

-- A number that stands in a record, when the parts are there that it needs.
local value = require "weir.ends".value
local function number(kind)
   return function (record, name) return value(record, kind, name) end
end

local function text(record, name) return record[name] end

local function both(a, b, shows)
   return function (record)
      local list = { shows(record, a) }
      list[#list + 1] = shows(record, b)
      return list
   end
end

local function rows(name)
   return function (record)
      local list = {}
      for _, row in ipairs(record.tunnel) do
         local found = row[name]
         if not name:find "_port$" and name ~= "id" or found ~= 0 then list[#list + 1] = found end
      end
      return list
   end
end

local function flags(record)
   local has = value(record, "packet", "tcp_flags")
   if not has or has == 0 then return {} end
   local letters = ""
   for i = 0, 8 do
      if math.floor(has / 2 ^ i) % 2 == 1 then letters = letters .. names.tcp_flags[i] end
   end
   return { letters }
end

local function ends(kind)
   local n = number(kind)
   return {
      { "number", { "src_port", "udp.srcport" }, one("src_port", n) },
      { "number", { "dest_port", "dst_port" }, one("dest_port", n) },
      { "number", { "port", kind .. ".port" }, both("src_port", "dest_port", n) },
      { "number", { "icmp_type" }, one("icmp_type", n) },
      { "address", { "src_ip", "ip.src" }, one("src_ip", text) },
      { "address", { "dest_ip", "id.resp_h" }, one("dest_ip", text) },
      { "address", { "ip", "addr", "ip.addr" }, both("src_ip", "dest_ip", text) },
      { "mac", { "src_mac" }, one("src_mac", text) },
      { "mac", { "mac", "eth.addr" }, both("src_mac", "dest_mac", text) },
      { "name", { "proto" }, one("proto", text) },
   }
end

local function carried(list)
   for _, field in ipairs {
      { "number", { "vlan" }, function (record) return record.vlan end },
      { "number", { "tunnel.id" }, rows "id" }, { "name", { "tunnel.type" }, rows "type" },
      { "number", { "tunnel.dest_port" }, rows "dest_port" },
      { "address", { "tunnel.src_ip" }, rows "src_ip" },
   } do list[#list + 1] = field end
   return list
end

local function add(list, class, named, shows)
   list[#list + 1] = { class, { named }, one(named, shows) }
end

slow.fields = { packet = carried(ends "packet"), flow = carried(ends "flow"),
   begin = carried(ends "begin"), second = ends "second" }

for _, name in ipairs { "size", "ttl", "tcp_seq", "tcp_window", "ether_type", "arp_op", "ip_id",
   "fragment_offset", "payload_size", "pcap_cnt" } do
   add(slow.fields.packet, "number", name, number "packet")
end
add(slow.fields.packet, "text", "in_iface", text)
add(slow.fields.packet, "text", "comment", text)
add(slow.fields.packet, "text", "event_type", text)
slow.fields.packet[#slow.fields.packet + 1] = { "flags", { "tcp_flags", "tcp.flags" }, flags }
for _, name in ipairs { "pkts_toserver", "bytes_toclient", "fragments", "icmp_errors",
   "bidirectional_packets", "src2dst_mean_ps", "min_ttl_ts", "mss_ts", "payload_bytes_tc" } do
   add(slow.fields.flow, "number", name, text)
end
add(slow.fields.flow, "text", "community_id", function (f)
   return value(f, "flow", "proto") and f.community_id
end)
slow.fields.flow[#slow.fields.flow + 1] = { "number", { "splt_ps" }, function (f)
   local list = {}
   for _, n in ipairs(f.splt_ps or {}) do
      if n ~= -1 then list[#list + 1] = n end
   end
   return list
end }
slow.fields.flow[#slow.fields.flow + 1] = { "name", { "reason" }, one("ended", text) }
add(slow.fields.second, "number", "bytes_toserver", text)

-- ---- what can be asked of them ------------------------------------------------------------------

local function any(get, test)
   return function (record)
      for _, v in ipairs(get(record)) do
         if test(v) then return true end
      end
      return false
   end
end

local function every(get, test)
   return function (record)
      local list = get(record)
      for _, v in ipairs(list) do
         if not test(v) then return false end
      end
      return list[1] ~= nil
   end
end

local ORDER = {
   ["=="] = function (a, b) return a == b end, ["<"] = function (a, b) return a < b end,
   ["<="] = function (a, b) return a <= b end, [">"] = function (a, b) return a > b end,
   [">="] = function (a, b) return a >= b end,
}

local function one_of(list, random) return list[random(#list) + 1] end

-- How values of a class are written, and two of them ordered: nil where they have no order.
local write = {
   number = function (v) return ("%.17g"):format(v) end, address = tostring, mac = tostring,
   name = tostring, flags = tostring,
   text = function (v) return '"' .. v:gsub('[\\"]', "\\%0") .. '"' end,
}

local function key(class)
   if class == "address" then
      return function (v) return bits(v) end
   end
   return function (v) return v end
end

local function compare(field, name, pick, random)
   local class, get = field[1], field[3]
   local relation = one_of({ "==", "!=", "<", "<=", ">", ">=" }, random)
   local is_plain = class == "name" or class == "flags"
   if is_plain and relation:find "[<>]" then relation = "==" end
   local wanted = pick()
   local of, is_not = key(class), relation == "!="
   local order = ORDER[relation] or ORDER["=="]
   local function test(v)
      if class == "address" and #bits(v) ~= #bits(wanted) then return is_not end
      return order(of(v), of(wanted)) ~= is_not
   end
   return ("%s %s %s"):format(name, relation, write[class](wanted)),
      (is_not and every or any)(get, test)
end

-- An address near another one: an octet is one less or more.
local function near(address, random)
   local which, at = random(4), -1
   return (address:gsub("%d+", function (octet)
      at = at + 1
      return at == which and tostring((tonumber(octet) + random(3) - 1) % 256) or nil
   end))
end

local function network(field, name, pick, random)
   local wanted = pick()
   if not wanted:find ":" then wanted = near(wanted, random) end
   local all = bits(wanted)
   local size = random(#all + 1)
   return ("%s == %s/%d"):format(name, wanted, size), any(field[3], function (v)
      local own = bits(v)
      return #own == #all and own:sub(1, size) == all:sub(1, size)
   end)
end

local function among(field, name, pick, random)
   local class, texts, wanted = field[1], {}, {}
   for i = 1, random(14) + 1 do
      local v = pick()
      texts[i], wanted[v] = write[class](v), true
   end
   return ("%s in {%s}"):format(name, table.concat(texts, random(2) == 0 and " " or ", ")),
      any(field[3], function (v) return wanted[v] ~= nil end)
end

local function within(field, name, pick)
   local low, high = pick(), pick()
   return ("%s in {%s..%s}"):format(name, write.number(low), write.number(high)),
      any(field[3], function (v) return v >= low and v <= high end)
end

local function contains(field, name, pick, random)
   local v = pick()
   local from = random(#v) + 1
   local part = v:sub(from, from + random(3))
   return ("%s contains %s"):format(name, write.text(part)),
      any(field[3], function (own) return own:find(part, 1, true) ~= nil end)
end

-- A literal beginning, as a pattern.
local function matches(field, name, pick, random)
   local v = pick()
   local part = v:sub(1, random(#v) + 1)
   return ("%s matches \"^%s\""):format(name, (part:gsub("[^%w]", "\\%0"))),
      any(field[3], function (own) return own:lower():sub(1, #part) == part:lower() end)
end

local ASKED = {
   number  = { compare, compare, among, within },
   address = { compare, network, network, among, contains, matches },
   mac     = { compare, among, contains, matches }, name = { compare, among, contains, matches },
   text    = { compare, among, contains, matches }, flags = { compare, among },
}

-- Where values are kept that a field can be asked for: names are of one field only.
local function pool_of(field)
   return field[1] == "name" and "name of " .. field[2][1] or field[1]
end

local function leaf(kind, pool, random)
   local field = one_of(slow.fields[kind], random)
   local name = one_of(field[2], random)
   local protocol = name == "udp.srcport" and "UDP"
   local function pick() return one_of(pool[pool_of(field)], random) end
   local asked, holds
   if random(8) == 0 then
      local needs_more = name == "fragments" or name == "icmp_errors"
      asked, holds = name, any(field[3], function (v) return not needs_more or v > 0 end)
   else
      asked, holds = one_of(ASKED[field[1]], random)(field, name, pick, random)
   end
   return asked, function (record)
      return (not protocol or record.proto == protocol) and holds(record)
   end
end

-- ---- and how that is joined ---------------------------------------------------------------------

local function tree(kind, pool, random, depth)
   local what = depth > 0 and random(5) or 0
   if what <= 1 then return leaf(kind, pool, random) end
   local a, holds_a = tree(kind, pool, random, depth - 1)
   if what == 2 then
      return one_of({ "not (%s)", "!(%s)" }, random):format((a:gsub("%%", "%%%%"))),
         function (record) return not holds_a(record) end
   end
   local b, holds_b = tree(kind, pool, random, depth - 1)
   local joined = one_of(what == 3 and { "and", "&&" } or { "or", "||" }, random)
   return "(" .. a .. ") " .. joined .. " (" .. b .. ")", function (record)
      if what == 3 then return holds_a(record) and holds_b(record) end
      return holds_a(record) or holds_b(record)
   end
end

-- `pool`: by class, values to be asked for.
function slow.filter(random, kind, pool)
   local written, holds = tree(kind, pool, random, 3)
   return { text = written, holds = holds, kind = kind }
end

-- Values that records have, to be asked for: added to `pool`.
function slow.gather(pool, kind, record)
   for _, field in ipairs(slow.fields[kind]) do
      local class = pool_of(field)
      local list = pool[class] or { known = {} }
      pool[class] = list
      for _, v in ipairs(field[3](record)) do
         if not list.known[v] and #list < 400 then list[#list + 1], list.known[v] = v, true end
      end
   end
end

return slow

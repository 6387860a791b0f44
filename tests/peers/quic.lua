-- The hellos of QUIC that Weir and tshark see in captures.
--
--    build/weir lua tests/peers/quic.lua [--show N] [--least FRACTION] CAPTURE|FOLDER…
--
-- A flow is equal when both have the same names of servers, and the same texts of JA3 and JA3S in
-- it, as sets.  Prints for each how many flows have it in both, how many of these are equal, and
-- how many have it in one of them alone.  --show prints the first N differences.  Exit 1 when less
-- than FRACTION (0.98) of what tshark has is equal.

local dissector = require "dissector"
local weir      = require "weir"

local command = dissector.asked(arg, 0.98)

local FIELDS = {
   { name = "sni", tshark = "tls.handshake.extensions_server_name" },
   { name = "ja3_string", tshark = "tls.handshake.ja3_full" },
   { name = "ja3s_string", tshark = "tls.handshake.ja3s_full" },
}
local ENDS = { "ip.src", "ipv6.src", "udp.srcport", "ip.dst", "ipv6.dst", "udp.dstport" }

local asked = { unpack(ENDS) }
for _, field in ipairs(FIELDS) do asked[#asked + 1] = field.tshark end

-- The sets of a flow, by the names of fields.
local function sets_of(flows, ends)
   table.sort(ends)
   local key = table.concat(ends, " ")
   flows[key] = flows[key] or {}
   return flows[key]
end

local function add(sets, name, value)
   sets[name] = sets[name] or {}
   if value and value ~= "" then sets[name][value] = true end
end

local function theirs(path)
   local flows = {}
   for packet in dissector.packets(path, asked, { filter = "quic && tls.handshake.type" }) do
      local ends = {}
      for i, name in ipairs(ENDS) do ends[i] = packet[name] end
      local sets = sets_of(flows, {
         ends[1] .. ends[2] .. " " .. ends[3], ends[4] .. ends[5] .. " " .. ends[6],
      })
      for _, field in ipairs(FIELDS) do
         for _, value in ipairs(dissector.split(packet[field.tshark], "|")) do
            add(sets, field.name, value)
         end
      end
   end
   return flows
end

local function ours(path)
   local flows, capture = {}, weir.open(path, { packets = false, protocols = { "quic" } })
   for batch in capture and capture:batches() or function () end do
      for i = 0, batch.quic_count - 1 do
         local r = batch.quic[i]
         local sets = sets_of(flows, {
            r.src_ip .. " " .. r.src_port, r.dest_ip .. " " .. r.dest_port,
         })
         for _, field in ipairs(FIELDS) do add(sets, field.name, r[field.name]) end
      end
   end
   return flows
end

-- The members of a set in order; nil when there are none.
local function listed(set)
   local list = {}
   for value in pairs(set or {}) do list[#list + 1] = value end
   table.sort(list)
   return list[1] and table.concat(list, "|")
end

local show, counts = command.show, {}
for _, field in ipairs(FIELDS) do
   counts[field.name] = { both = 0, equal = 0, tshark = 0, weir = 0 }
end

local function compare(path, key, want, got)
   for _, field in ipairs(FIELDS) do
      local count, a, b = counts[field.name], listed(want[field.name]), listed(got[field.name])
      if a and b then
         count.both = count.both + 1
         count.equal = count.equal + (a == b and 1 or 0)
      elseif a or b then
         local who = a and "tshark" or "weir"
         count[who] = count[who] + 1
      end
      if a ~= b and show > 0 then
         show = show - 1
         print(("%s: %s: %s: tshark %s, weir %s"):format(path, key, field.name, a or "-", b or "-"))
      end
   end
end

for _, path in ipairs(command.paths) do
   local want, got = theirs(path), ours(path)
   for key in pairs(got) do want[key] = want[key] or {} end
   for key, sets in pairs(want) do compare(path, key, sets, got[key] or {}) end
end

local worst = 1
for _, field in ipairs(FIELDS) do
   local count = counts[field.name]
   local all = count.both + count.tshark
   worst = math.min(worst, all > 0 and count.equal / all or 1)
   print(("   %-12s %5d of %5d equal; tshark alone has %d, Weir alone %d")
      :format(field.name, count.equal, count.both, count.tshark, count.weir))
end
os.exit(worst >= command.least and 0 or 1, true)          -- closes what is open

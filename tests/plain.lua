-- A flow table as slow and plain as can be, to hold the core's against: tables
-- keyed by text, and deadlines looked at when a packet comes, or the end.
--
--    for _, flow in ipairs(plain.flows "samples/web.pcap") do print(plain.text(flow)) end

local bit  = require "bit"
local abi  = require "weir.abi"
local weir = require "weir"

local C, band = abi.C, bit.band
local plain = {}

local SECOND, MS = 1000000000LL, 1000000LL
local LAST = 9000000000LL * SECOND              -- later times count as this one
local IDLE, ACTIVE, LINGER = 120, 1800, 10
local TCP, ICMP, UDP, ICMP6, SCTP, UDP_LITE = 6, 1, 17, 58, 132, 136
local FIN, SYN, RST, ACK = 1, 2, 4, 16

-- Protocols of which a packet without ports, or without a type, belongs to no flow.
local HAVE_ENDS = {
   [TCP] = true, [ICMP] = true, [UDP] = true, [ICMP6] = true, [SCTP] = true, [UDP_LITE] = true,
}

-- Types that answer each other, as the specification of Community ID lists them.
local ANSWERS = { [ICMP] = {}, [ICMP6] = {} }
for protocol, pairs_of in pairs {
   [ICMP]  = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 10, 9 } },
   [ICMP6] = { { 128, 129 }, { 130, 131 }, { 133, 134 }, { 135, 136 }, { 139, 140 }, { 144, 145 } },
} do
   for _, pair in ipairs(pairs_of) do
      ANSWERS[protocol][pair[1]], ANSWERS[protocol][pair[2]] = pair[2], pair[1]
   end
end

local function has(p, part) return band(p.has, part) ~= 0 end

-- ---- whose packet it is ---------------------------------------------------------

-- The two ends of a packet as text, and whether nothing answers it; nil when it has none.
local function ends(p)
   local from, to, one_way
   if has(p, C.WEIR_HAS_PORTS) then
      from, to = p.src_port, p.dest_port
   elseif has(p, C.WEIR_HAS_ICMP) then
      from, to = p.icmp_type, ANSWERS[p.protocol][p.icmp_type]
      if not to then to, one_way = p.icmp_code, true end
   elseif HAVE_ENDS[p.protocol] then
      return nil
   end
   return p.src_ip .. " " .. (from or 0), p.dest_ip .. " " .. (to or 0), one_way
end

-- What flows of the same ends differ by.
local function around(p)
   local words = { p.ip_version, p.protocol }
   for i = 0, C.WEIR_VLANS - 1 do words[#words + 1] = p.vlans[i] end
   for _, tunnel in ipairs(p.tunnel_count > 0 and p.tunnel or {}) do
      local is_named = tunnel.type == "vxlan" or tunnel.type == "geneve"
      words[#words + 1] = tunnel.type .. (is_named and tunnel.id or "")
   end
   return table.concat(words, "/")
end

-- The key of a packet's flow, and its ends; nil when it belongs to none.
local function key_of(p, o)
   if not has(p, C.WEIR_HAS_IP) then return nil end
   if o.timeouts_only and has(p, C.WEIR_HAS_FRAGMENT) and p.fragment_at > 0 then return nil end
   local from, to, one_way = ends(p)
   if not from then return nil end
   if one_way then return around(p) .. " " .. from .. " only to " .. to, from, to end
   if from < to then return around(p) .. " " .. from .. " and " .. to, from, to end
   return around(p) .. " " .. to .. " and " .. from, from, to
end

-- ---- when it ends ----------------------------------------------------------------

-- Seconds as nanoseconds; more than there are count as all there are.
local function nanoseconds(seconds) return 1LL * math.min(seconds * 1e9, 9.2e18) end

-- The reason that a flow is over at `now`, or nil: that of the time-out that came first; one that
-- TCP has ended is not idle, however short that time is.
local function over(flow, now, o)
   local idle   = nanoseconds(o.idle or IDLE) - (now - flow.last)        -- what is left of it
   local active = nanoseconds(o.active or ACTIVE) - (now - flow.first)
   local linger = nanoseconds(o.linger or LINGER) - (now - flow.last)
   if flow.ended and linger < idle and linger < active then return linger <= 0 and "end" end
   if active < idle then return active <= 0 and "active" end
   return idle <= 0 and (flow.ended and "end" or "idle")
end

-- The reason that a flow is over when packet `p` of it comes.  Time-outs are looked at when
-- a second begins, and then with each packet of the flow.
local function ending(flow, p, now, o)
   local is_syn = has(p, C.WEIR_HAS_TCP) and band(p.tcp_flags, SYN + ACK) == SYN
   local over_before = over(flow, now - now % SECOND, o)
   return over_before or flow.ended and is_syn and "end" or over(flow, now, o)
end

local function follow_tcp(flow, flags, direction)
   if band(flags, SYN) ~= 0 and not flow.sure and not flow.ended then
      flow.sure = true
      flow.originator = band(flags, ACK) == 0 and direction or 3 - direction
   end
   if band(flags, FIN) ~= 0 then flow.fins[direction] = true end
   if band(flags, RST) ~= 0 or (flow.fins[1] and flow.fins[2]) then flow.ended = true end
end

-- ---- what is counted ---------------------------------------------------------------

local function count(flow, p, direction, now)
   local at = tonumber(now / SECOND)
   local second = flow.seconds[at] or { packets = { 0, 0 }, bytes = { 0, 0 } }
   flow.seconds[at] = second
   for _, sums in ipairs { flow, second } do
      sums.packets[direction] = sums.packets[direction] + 1
      sums.bytes[direction] = sums.bytes[direction] + p.size
   end
   flow.list[#flow.list + 1] = {
      direction = direction, size = p.size, ms = tonumber(now / MS),
      flags = has(p, C.WEIR_HAS_TCP) and p.tcp_flags or 0,
   }
   flow.last = now
end

-- What fragments of one datagram have in common.
local function datagram(p)
   return table.concat({ around(p), p.src_ip, p.dest_ip, p.ip_id }, " ")
end

-- Fragments that came before the first one of their datagram, and not too long ago.
local function adopt(orphans, p, now, see)
   for _, orphan in ipairs(orphans) do
      local is_ours = not orphan.adopted and orphan.datagram == datagram(p)
      if is_ours and now - orphan.came <= 30 * SECOND then
         orphan.adopted = true
         see(orphan)
      end
   end
end

-- Flows of a capture in the order in which they began.  Options: those of weir.open.
function plain.flows(path, o)
   o = o or {}
   local capture = weir.open(path, { filter = o.filter })
   local flows, alive, orphans, now = {}, {}, {}, 0LL
   for p in capture and capture:packets() or function () end do
      local key, from, to = key_of(p, o)
      if p.ns > now then now = p.ns < LAST and p.ns or LAST end
      local flow = key and alive[key]
      if flow then flow.reason = ending(flow, p, now, o) end
      if key and (not flow or flow.reason) then
         flow = {
            id = #flows + 1, first = now, originator = 1, ends = { from, to }, fins = {},
            packets = { 0, 0 }, bytes = { 0, 0 }, seconds = {}, list = {},
         }
         flows[flow.id], alive[key] = flow, flow
      end
      if flow then
         local direction = from == flow.ends[1] and 1 or 2
         count(flow, p, direction, now)
         if has(p, C.WEIR_HAS_TCP) and not o.timeouts_only then
            follow_tcp(flow, p.tcp_flags, direction)
         end
         if has(p, C.WEIR_HAS_FRAGMENT) and p.fragment_at == 0 then
            adopt(orphans, p, now, function (orphan) count(flow, orphan, direction, now) end)
         end
      elseif has(p, C.WEIR_HAS_FRAGMENT) and not key and not o.timeouts_only then
         orphans[#orphans + 1] = { size = p.size, has = 0, came = now, datagram = datagram(p) }
      end
   end
   for _, flow in ipairs(flows) do
      flow.reason = flow.reason or over(flow, now - now % SECOND, o)
         or (flow.ended and "end" or "forced")
   end
   return flows
end

-- ---- as text ------------------------------------------------------------------------

local function sums_text(sums, from)
   return ("%d+%d/%d+%d"):format(sums.packets[from], sums.bytes[from],
      sums.packets[3 - from], sums.bytes[3 - from])
end

-- All of a flow that has to agree, in one line.
function plain.text(flow)
   local from, seconds = flow.originator, {}
   for at in pairs(flow.seconds) do seconds[#seconds + 1] = at end
   table.sort(seconds)
   for i, at in ipairs(seconds) do
      seconds[i] = ("%d:%s"):format(at, sums_text(flow.seconds[at], from))
   end
   return ("%d %s > %s %s %s %s %s seconds %s"):format(
      flow.id, flow.ends[from], flow.ends[3 - from], sums_text(flow, from),
      tostring(flow.first), tostring(flow.last), flow.reason, table.concat(seconds, " "))
end

-- ---- statistics -----------------------------------------------------------------------

-- Minimum, mean, sample deviation and maximum, by the book.
local function describe(list)
   local n, sum, squares, least, most = #list, 0, 0, math.huge, 0
   if n == 0 then return 0, 0, 0, 0 end
   for _, x in ipairs(list) do
      sum, least, most = sum + x, math.min(least, x), math.max(most, x)
   end
   for _, x in ipairs(list) do squares = squares + (x - sum / n) ^ 2 end
   return least, sum / n, n > 1 and math.sqrt(squares / (n - 1)) or 0, most
end

local FLAGS = { "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr" }

-- Of packets in one direction, or in both (nil): NFStream's statistics by the end of their names.
local function direction_stats(flow, direction)
   local found, sizes, gaps, before = {}, {}, {}, nil
   for _, name in ipairs(FLAGS) do found[name .. "_packets"] = 0 end
   for _, p in ipairs(flow.list) do
      if not direction or p.direction == direction then
         sizes[#sizes + 1] = p.size
         if before then gaps[#gaps + 1] = p.ms - before end
         found.first_seen_ms = found.first_seen_ms or p.ms
         found.last_seen_ms, before = p.ms, p.ms
         for i, name in ipairs(FLAGS) do
            name = name .. "_packets"
            found[name] = found[name] + band(bit.rshift(p.flags, i - 1), 1)
         end
      end
   end
   for name, list in pairs { ps = sizes, piat_ms = gaps } do
      local least, mean, deviation, most = describe(list)
      found["min_" .. name], found["mean_" .. name] = least, mean
      found["stddev_" .. name], found["max_" .. name] = deviation, most
   end
   return found
end

-- The statistics of a flow, by NFStream's names.
function plain.stats(flow)
   local all, from = {}, flow.originator
   for name, direction in pairs { bidirectional = false, src2dst = from, dst2src = 3 - from } do
      for rest, number in pairs(direction_stats(flow, direction or nil)) do
         all[name .. "_" .. rest] = number
      end
   end
   return all
end

return plain

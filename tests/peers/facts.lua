-- Weir's retransmissions, late segments and duplicate acknowledgements against tshark's.
--
--    build/weir lua tests/peers/facts.lua [--show] CAPTURE|FOLDER…
--
-- Counts both for each direction of each pair of ends, of TCP packets with payload (of duplicate
-- acknowledgements: without).  Prints for each capture that has any, and for all, how many each
-- sees and how many of these are the same; --show also the directions that differ.
--
-- Where they differ by definition (core/flow/tcp.c):
--   * tshark calls late what comes within 3 ms of the highest number, and retransmitted what comes
--     later or was acknowledged before; Weir goes by whether the bytes were seen.
--   * Payload that repeats some bytes and goes beyond them is tshark's retransmission, Weir's not.
--   * Weir's duplicate acknowledgement needs something to be unacknowledged, as in RFC 5681: so
--     "open" counts those of tshark's for which the other side has sent more.

local bit       = require "bit"
local dissector = require "dissector"
local weir      = require "weir"

local FIELDS = {
   "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "tcp.len",
   "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.analysis.retransmission",
   "tcp.analysis.out_of_order", "tcp.analysis.duplicate_ack",
}
local FIN, RST = 1, 4
local COUNTED = { "retransmissions", "out_of_order", "duplicate_acks" }

local function add(counts, name, ends, n)
   counts[name][ends] = (counts[name][ends] or 0) + n
end

local function empty() return { retransmissions = {}, out_of_order = {}, duplicate_acks = {} } end

-- The fields of a packet that it has, the innermost of each: numbers, or text.
local function values(cells)
   local found = {}
   for name, text in pairs(cells) do
      local list = dissector.split(text, "|")
      found[name] = tonumber(list[#list]) or list[#list]
   end
   return found
end

-- Whether sequence number x comes before y.
local function before(x, y) return y and (x - y) % 2 ^ 32 >= 2 ^ 31 end

-- What tshark counts, by direction; and how many of the duplicate acknowledgements are open.
local function tshark(path)
   local found, sent, open = empty(), {}, 0           -- sent: the number behind all, by direction
   local how = { filter = "tcp", options = "-o tcp.desegment_tcp_streams:FALSE" }
   for cells in dissector.packets(path, FIELDS, how) do
      local v = values(cells)
      local from = ("%s %s"):format(v["ip.src"] or v["ipv6.src"], v["tcp.srcport"])
      local to = ("%s %s"):format(v["ip.dst"] or v["ipv6.dst"], v["tcp.dstport"])
      local ends, back, size = from .. " > " .. to, to .. " > " .. from, v["tcp.len"] or 0
      local flags = v["tcp.flags"] or RST
      local seq = (v["tcp.seq_raw"] or 0) + size + bit.band(flags, FIN)
      if bit.band(flags, RST) == 0 and (not sent[ends] or before(sent[ends], seq)) then
         sent[ends] = seq
      end
      if size > 0 then
         add(found, "retransmissions", ends, v["tcp.analysis.retransmission"] and 1 or 0)
         add(found, "out_of_order", ends, v["tcp.analysis.out_of_order"] and 1 or 0)
      elseif v["tcp.analysis.duplicate_ack"] then
         add(found, "duplicate_acks", ends, 1)
         if before(v["tcp.ack_raw"], sent[back]) then open = open + 1 end
      end
   end
   return found, open
end

-- What Weir counts, with flows that end at the end of the capture only.
local function ours(path)
   local found = empty()
   local options = { flows = true, tcp = true, timeouts_only = true, idle = 1e8, active = 1e9 }
   for batch in assert(weir.open(path, options)):batches() do
      for i = 0, batch.flow_count - 1 do
         local f = batch.flows[i]
         local from = ("%s %d"):format(f.src_ip, f.src_port)
         local to = ("%s %d"):format(f.dest_ip, f.dest_port)
         for _, name in ipairs(f.proto == "TCP" and COUNTED or {}) do
            add(found, name, from .. " > " .. to, f.facts[name .. "_ts"])
            add(found, name, to .. " > " .. from, f.facts[name .. "_tc"])
         end
      end
   end
   return found
end

local row, totals = "%-44s %-15s %7s %7s %7s %7s", {}

local function compare(path, show)
   local theirs, open = tshark(path)
   local mine = ours(path)
   for _, name in ipairs(COUNTED) do
      local all, t = {}, totals[name] or { 0, 0, 0, 0 }
      local n = { 0, 0, 0, name == "duplicate_acks" and open or 0 }
      for ends in pairs(theirs[name]) do all[ends] = true end
      for ends in pairs(mine[name]) do all[ends] = true end
      for ends in pairs(all) do
         local x, y = theirs[name][ends] or 0, mine[name][ends] or 0
         n[1], n[2], n[3] = n[1] + x, n[2] + y, n[3] + math.min(x, y)
         if show and x ~= y then print(("   %s: tshark %d, weir %d"):format(ends, x, y)) end
      end
      if n[1] + n[2] > 0 then print(row:format(path:match "[^/]+$", name, unpack(n))) end
      for i = 1, 4 do t[i] = t[i] + n[i] end
      totals[name] = t
   end
end

dissector.need()
print(row:format("", "", "tshark", "weir", "same", "open"))
for i = arg[1] == "--show" and 2 or 1, #arg do
   for _, path in ipairs(assert(weir.open(arg[i])).paths) do compare(path, arg[1] == "--show") end
end
for _, name in ipairs(COUNTED) do print(row:format("all", name, unpack(totals[name]))) end

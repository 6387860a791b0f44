-- How far Weir agrees with other tools, as a table in Markdown: docs/agreement.md has one.
--
--    WEIR_CORPUS=DIR build/weir lua tests/peers/agree.lua [--every N]
--
-- Of nDPI, Arkime, FoxIO's JA4, NFStream and the pages of Community ID it takes what they recorded
-- of the captures; tshark, if it is installed, reads every Nth of them (each), which takes some
-- minutes.  Beside it stands how far the others agree with each other, where that is known.

local asked    = require "agree_asked"
local cjson    = require "cjson"
local measure  = require "flows_measured"
local read     = require "said_measured"
local recorded = require "flows_recorded"
local same     = require "same"
local weir     = require "weir"

local CUT = 79                            -- bytes after which nDPI cuts names

-- tshark 4.0.17 against the results of nDPI for all 543 captures in its repository, 8582 flows, of
-- which WEIR_CORPUS may have a part: measured once, and not again by this program.
local BETWEEN = {
   ["flows nDPI"] = "tshark: 0.996", ["flows, the other way round nDPI"] = "tshark: 0.968",
   ["packets of a flow nDPI"] = "tshark: 0.997 equal",
   ["bytes of a flow nDPI"] = "tshark: 0.982 equal",
   ["SNI nDPI"] = "tshark: 0.989, 808 of 808 equal",
   ["JA3 nDPI"] = "tshark: 0.962, 926 of 926 equal",
}

-- ---- counting -----------------------------------------------------------------------------

local rows = {}

-- The counts of what is compared with a peer, in the order in which they are first asked for: how
-- many the peer has, how many of these Weir has too, how many of those are equal.
local function row_of(what, peer)
   local name = what .. " " .. peer
   if not rows[name] then
      rows[name] = { what = what, peer = peer, among = BETWEEN[name], known = 0, found = 0 }
      rows[#rows + 1] = rows[name]
   end
   return rows[name]
end

local function found(what, peer, is_found)
   local row = row_of(what, peer)
   row.known, row.found = row.known + 1, row.found + (is_found and 1 or 0)
end

local function equal(what, peer, is_equal)
   local row = row_of(what, peer)
   row.both, row.equal = (row.both or 0) + 1, (row.equal or 0) + (is_equal and 1 or 0)
end

-- ---- flows ----------------------------------------------------------------------------------

-- Tools do not agree on which fragments to count.
local function compare_counts(peer, theirs, ours)
   if ours.portions.part then return end
   equal("packets of a flow", peer, theirs.packets == ours.packets)
   equal("bytes of a flow", peer, theirs.bytes == ours.bytes)
end

local function compare_rows(peer, theirs, ours)
   for i, row in ipairs(theirs) do
      for name, value in pairs(ours[i] or {}) do
         equal("statistics", peer, same.value(row[name], value))
      end
   end
end

local function compare_flow(peer, theirs, ours)
   compare_counts(peer, theirs, ours)
   if theirs.sent and not ours.portions.part then
      equal("who began a flow", peer, theirs.source == ours.source)
   end
   if theirs.community_id then
      equal("Community ID", peer, theirs.community_id == ours.community_id)
   end
   if theirs.offsets and theirs.offsets[1] then
      equal("offsets of a flow's packets", peer, same.list(theirs.offsets, ours.offsets))
   end
   compare_rows(peer, theirs.rows or {}, ours.rows)
end

local function compare_flows(peer, theirs, ours)
   row_of("flows", peer)
   row_of("flows, the other way round", peer)
   for key, flow in pairs(theirs) do
      found("flows", peer, ours[key])
      if ours[key] then compare_flow(peer, flow, ours[key]) end
   end
   for key in pairs(ours) do found("flows, the other way round", peer, theirs[key]) end
end

-- ---- what is said in them -----------------------------------------------------------------

local SAID = {
   { "sni", "SNI" }, { "ja3", "JA3" }, { "ja3s", "JA3S" }, { "ja4", "JA4" },
   { "query", "names asked of DNS" }, { "status", "status of HTTP" },
}

local function has(set, text)
   if set[text] then return true end
   for name in pairs(#text >= CUT and set or {}) do
      if name:sub(1, #text) == text then return true end
   end
   return false
end

-- Whether all that a peer has is there, and at most one text more: it may keep one of two hellos.
local function is_within(theirs, ours)
   local spare = 1
   for _ in pairs(ours) do spare = spare - 1 end
   for text in pairs(theirs) do
      if not has(ours, text) then return false end
      spare = spare + 1
   end
   return spare >= 0
end

local function compare_said(peer, theirs, ours)
   for key, flow in pairs(theirs) do
      for _, kind in ipairs(SAID) do
         local field, what = unpack(kind)
         local wanted, got = flow.said[field], (ours[key] or {})[field]
         if wanted then found(what, peer, got) end
         if wanted and got then equal(what, peer, is_within(wanted, got)) end
      end
   end
end

-- ---- the peers ----------------------------------------------------------------------------

local function columns_of(theirs)
   local _, flow = next(theirs)
   return flow and flow.rows and flow.rows[1]
end

local captures = {}                       -- how many there were, in words

local function compare_peer(name, peer, corpus)
   local n = 0
   for _, path, theirs in recorded[peer](corpus) do
      n = n + 1
      if recorded.protocols[peer] then
         compare_flows(name, theirs, (measure(path, peer, columns_of(theirs))))
      end
      compare_said(name, theirs, read(path))
   end
   captures[#captures + 1] = ("%s %d"):format(name, n)
end

-- NFStream's flows against those that nDPI has of the same captures.
local function compare_among(corpus)
   local flows, counts = {}, { known = 0, found = 0, packets = 0, bytes = 0 }
   for name, _, theirs in recorded.ndpi(corpus) do flows[name] = theirs end
   local function count(what, is_so) counts[what] = counts[what] + (is_so and 1 or 0) end
   for name, _, theirs in recorded.nfstream(corpus) do
      for key, flow in pairs(theirs) do
         local other = (flows[name] or {})[key]
         count("known", true)
         count("found", other)
         count("packets", other and other.packets == flow.packets)
         count("bytes", other and other.bytes == flow.bytes)
      end
   end
   if counts.found == 0 then return end
   local function say(what, text, n, of)
      row_of(what, "NFStream").among = ("nDPI: %.3f%s"):format(n / of, text)
   end
   say("flows", "", counts.found, counts.known)
   say("packets of a flow", " equal", counts.packets, counts.found)
   say("bytes of a flow", " equal", counts.bytes, counts.found)
end

-- The IDs that the pages of Community ID have for their captures.
local function compare_ids(corpus)
   local folder, ids = corpus .. "/community-id/", {}
   local file = io.open(folder .. "baseline_deflt.json")
   if not file then return end
   for _, name in ipairs { "icmp", "icmp6", "ipv6", "rsvp", "sctp", "tcp", "udp" } do
      local path = folder .. name .. ".pcap"
      local capture = assert(weir.open(path, { flows = true, packets = false }))
      for batch in capture:batches() do
         for i = 0, batch.flow_count - 1 do ids[batch.flows[i].community_id] = true end
      end
   end
   for _, row in ipairs(cjson.decode(file:read "*a")) do
      found("Community ID", "its own pages", ids[row.communityid])
   end
   file:close()
end

-- ---- the table ----------------------------------------------------------------------------

local function share(n, of)
   if not of or of == 0 then return "" end
   return ("%.3f (%d/%d)"):format(n / of, n, of)
end

local function print_table()
   print("| what | a peer | Weir has of the peer's | equal where both have it " ..
      "| peers with each other |")
   print "|---|---|---|---|---|"
   for _, row in ipairs(rows) do
      print(("| %s | %s | %s | %s | %s |"):format(row.what, row.peer,
         row.why or share(row.found, row.known), share(row.equal, row.both), row.among or ""))
   end
   print(("\nCaptures: %s."):format(table.concat(captures, ", ")))
end

local corpus = os.getenv "WEIR_CORPUS"
if not corpus then
   print "skipped: corpus not present, WEIR_CORPUS is not set"
   return
end
local every = arg[1] == "--every" and assert(tonumber(arg[2]), "a number belongs behind --every")
local answers, n = asked.begin(corpus, every or 1)
for _, peer in ipairs { "nDPI", "Arkime", "FoxIO", "NFStream" } do
   compare_peer(peer, peer:lower(), corpus)
end
captures[#captures + 1] = "tshark " .. n
compare_among(corpus)
compare_ids(corpus)
for _, answer in ipairs(asked.finish(answers)) do
   local row = row_of(answer.what, "tshark")
   for name, value in pairs(answer) do row[name] = value end
end
print_table()

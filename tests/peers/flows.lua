-- Weir's flows against those that other tools recorded of the same captures.
--
--    WEIR_CORPUS=DIR build/weir lua tests/peers/flows.lua [--show N] [PEER…]
--
-- Peers are ndpi, arkime and nfstream; all of them unless some are named.  Prints for each how many
-- flows it has and how many of these Weir has too, how many facts agree, and how many do not, by
-- design (flows_design.lua) or otherwise; then the reasons.  Exit 1 when there are differences that
-- the list does not have, of which the first N are shown (20), or when a capture no longer shows
-- what the list says.

local design   = require "flows_design"
local measure  = require "flows_measured"
local recorded = require "flows_recorded"
local same     = require "same"

local PEERS = { "ndpi", "arkime", "nfstream" }
local COMPARED = { "records", "packets", "bytes", "source", "community_id" }

local show, broken = 20, false
local count                             -- of the peer at hand

local function has_word(words, word)
   return (" " .. words .. " "):find(" " .. word .. " ", 1, true)
end

local function is_excused(where, field, theirs, ours, seen)
   for _, row in ipairs(design.differences) do
      local _, peers, fields, shown_by, when = unpack(row, 1, 5)
      if has_word(peers, where.peer) and has_word(fields, field) and
         when(theirs, ours, field, seen) then
         row.count = (row.count or 0) + 1
         row.is_shown = row.is_shown or shown_by == where.name
         return true
      end
   end
end

local function text(value)
   if type(value) ~= "table" then return tostring(value) end
   local words = {}
   for k, v in pairs(value) do words[#words + 1] = k .. "=" .. tostring(v) end
   table.sort(words)
   return "{" .. table.concat(words, ", ") .. "}"
end

local function differ(where, field, theirs, ours, seen)
   if is_excused(where, field, theirs, ours, seen) then
      count.excused = count.excused + 1
      return
   end
   count.unlike, broken = count.unlike + 1, true
   show = show - 1
   if show < 0 then return end
   print(("%s %s: %s: %s: theirs %s, weir %s"):format(where.peer, where.name, where.key, field,
      text((theirs or {})[field]), text((ours or {})[field])))
end

local function compare_rows(where, theirs, ours, seen)
   for i, row in ipairs(theirs.rows) do
      local name = not ours.rows[i] and "records" or same.unlike(row, ours.rows[i])
      if name then
         differ(where, name, row, ours.rows[i], seen)
      else
         count.agree = count.agree + 1
      end
   end
end

local function compare(where, theirs, ours, seen)
   for _, field in ipairs(COMPARED) do
      if theirs[field] ~= nil and theirs[field] ~= ours[field] and
         not (field == "records" and ours.records < theirs.records) then
         differ(where, field, theirs, ours, seen)
      elseif theirs[field] ~= nil then
         count.agree = count.agree + 1
      end
   end
   for field, is_same in pairs { sent = same.set, offsets = same.list } do
      if theirs[field] and not is_same(theirs[field], ours[field]) then
         differ(where, field, theirs, ours, seen)
      elseif theirs[field] then
         count.agree = count.agree + 1
      end
   end
   if theirs.rows then compare_rows(where, theirs, ours, seen) end
end

local function columns_of(theirs)
   local _, flow = next(theirs)
   return flow and flow.rows and flow.rows[1]
end

local function sorted(flows)
   local keys = {}
   for key in pairs(flows) do keys[#keys + 1] = key end
   table.sort(keys)
   return keys
end

local function compare_capture(peer, name, path, theirs)
   local ours, seen = measure(path, peer, columns_of(theirs))
   for _, key in ipairs(sorted(theirs)) do
      local where, flow = { peer = peer, name = name, key = key }, theirs[key]
      flow.key = key
      count.flows = count.flows + 1
      if ours[key] then
         count.found = count.found + 1
         compare(where, flow, ours[key], seen)
      else
         differ(where, "missing", flow, nil, seen)
      end
   end
   for _, key in ipairs(sorted(ours)) do
      local where = { peer = peer, name = name, key = key }
      if not theirs[key] then differ(where, "extra", nil, ours[key], seen) end
   end
end

-- ---- the whole --------------------------------------------------------------------------

local function report(peer)
   if count.captures == 0 then
      print(peer .. ": skipped, its results are not in WEIR_CORPUS")
      return
   end
   local words = "%-9s %4d captures, %5d flows, %5d found; " ..
      "%6d facts agree, %4d do not by design, %d otherwise"
   print(words:format(peer, count.captures, count.flows, count.found, count.agree, count.excused,
      count.unlike))
end

local function run(peer, corpus)
   local captures = {}
   count = { captures = 0, flows = 0, found = 0, agree = 0, excused = 0, unlike = 0 }
   for name, path, theirs in recorded[peer](corpus) do
      captures[name], count.captures = true, count.captures + 1
      compare_capture(peer, name, path, theirs)
   end
   report(peer)
   for _, row in ipairs(design.differences) do
      local why, peers, _, shown_by = unpack(row, 1, 4)
      if has_word(peers, peer) and captures[shown_by] and not row.is_shown then
         print(("%s no longer shows: %s"):format(shown_by, why))
         broken = true
      end
   end
end

local corpus = os.getenv "WEIR_CORPUS"
if not corpus then
   print "skipped: corpus not present, WEIR_CORPUS is not set"
   return
end
local asked = {}
for i, word in ipairs(arg) do
   if arg[i - 1] == "--show" then
      show = assert(tonumber(word), "a number belongs behind --show")
   elseif word ~= "--show" then
      asked[#asked + 1] = word
   end
end
for _, peer in ipairs(#asked > 0 and asked or PEERS) do
   assert(recorded[peer], "no such peer: " .. peer)
   run(peer, corpus)
end
for _, row in ipairs(design.differences) do
   if row.count then print(("%5d by design, %s: %s"):format(row.count, row[2], row[1])) end
end
if broken then os.exit(1, true) end

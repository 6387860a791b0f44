-- From facts back to their packets: writes those that prove a fact, and no others, to a file.
--
--    local claims = assert(why.claims(base, fact.id))
--    local found = assert(trail.write(claims, "out.pcap"))
--    print(found.packets, found.missing)
--
-- A record of few packets has their places in its proof.  One of many is found again: its capture
-- is read as it was then, and the record has the same number.

local capture = require "weir.capture"
local digest  = require "weir.digest"
local dump    = require "weir.dump"
local host    = require "weir.host"
local json    = require "weir.json"
local schema  = require "weir.schema"

local trail = {}

-- ---- where captures are ---------------------------------------------------------------------

local function is_source(path, id)
   if not host.same_file(path, path) then return false end
   local hash = digest.file(path)
   return hash ~= nil and "sha256:" .. hash == id
end

-- The file of a source; nil and why there is none.  `paths`: files that it may be in, besides the
-- one where it was.
local function file_of(source, paths)
   if not source.id:find "^sha256:" then
      return nil, ("'%s' was no file: its packets are gone"):format(source.path or source.id)
   end
   for _, path in ipairs { source.path, unpack(paths) } do
      if is_source(path, source.id) then return path end
   end
   return nil, ("the capture that was '%s' is not there, or is another now: name its file with "
      .. "'--from'"):format(source.path or source.id)
end

-- ---- what is wanted of each -----------------------------------------------------------------

-- Whether a proof names fewer packets than there are.
local function is_cut(proof) return #proof.places < proof.packets end

-- What has to be found: sources in order, { source, path, offsets, seconds }; and the proofs that
-- name too few packets, by the capture that they are of.
local function wanted_of(claims)
   local order, captures = {}, {}
   local function of(source)
      if not order[source.id] then
         order[source.id] = { source = source, offsets = {}, seconds = {} }
         order[#order + 1] = order[source.id]
      end
      return order[source.id]
   end
   for _, claim in ipairs(claims) do
      for _, proof in ipairs(claim.proofs) do
         for _, place in ipairs(proof.places) do
            if place.source then of(place.source).offsets[place.offset] = true end
         end
         if is_cut(proof) and proof.source then
            local whole = proof.source.capture
            for _, source in ipairs(whole) do of(source) end
            captures[whole] = captures[whole] or {}
            table.insert(captures[whole], proof)
         end
      end
   end
   return order, captures
end

-- ---- records of many packets ----------------------------------------------------------------

-- What decides which flows there are, and what is said in them.
local DECIDES = {
   "filter", "snaplen", "idle", "active", "linger", "max_flows", "timeouts_only", "checksums",
   "keylog",
}

-- The options under which a run made its records, with what is needed to find them again.  What the
-- base says of them may be another's word.
local function options_of(text, proofs)
   local options, protocols = {}, {}
   local stored = text and json.decode(text)
   for _, name in ipairs(type(stored) == "table" and DECIDES or {}) do
      local known, value = capture.OPTIONS[name], stored[name]
      local kind = type(known) == "number" and "number" or known
      if type(value) == kind and (kind ~= "number" or value >= 0 and value <= known) then
         options[name] = value
      end
   end
   if options.keylog and not host.same_file(options.keylog, options.keylog) then
      options.keylog = nil
   end
   for _, proof in ipairs(proofs) do
      for _, kind in ipairs(schema.protocols) do
         if kind == proof.kind and not protocols[kind] then
            protocols[kind], protocols[#protocols + 1] = true, kind
         end
      end
   end
   options.flows, options.offsets, options.packets = true, true, false
   options.protocols = #protocols > 0 and { unpack(protocols) } or nil
   return options
end

local function key_of(kind, flow_id, ordinal)
   return ("%s %.0f %.0f"):format(kind, flow_id, ordinal)
end

-- Seconds are found through their flow: the packets of that second are told by their time.
local function keys_of(proofs)
   local keys = {}
   for _, proof in ipairs(proofs) do
      local is_said = proof.kind ~= "flow" and proof.kind ~= "second"
      local key = key_of(is_said and proof.kind or "flow", proof.flow_id,
         is_said and proof.ordinal or 0)
      keys[key] = keys[key] or {}
      table.insert(keys[key], proof)
   end
   return keys
end

local function note_record(batch, record, proofs, sources)
   for i = record.offsets_at, record.offsets_at + record.offset_count - 1 do
      local wanted, offset = sources[batch.offset_sources[i] + 1], batch.offsets[i]
      for _, proof in ipairs(proofs) do
         if proof.kind == "second" then
            wanted.seconds[offset] = proof.time
         else
            wanted.offsets[offset] = true
         end
      end
   end
end

local function note_run(batch, run, keys, sources)
   local kind = schema.kinds[run.kind + 1]
   local is_flow = kind == "flow"
   if not is_flow and run.kind < schema.number "stream" then return end
   local records = batch[schema.of(kind).records]
   for i = run.first, run.first + run.count - 1 do
      local record = records[i]
      local proofs = keys[key_of(kind, record.flow_id, is_flow and 0 or record.ordinal)]
      if proofs then note_record(batch, record, proofs, sources) end
   end
end

-- Reads a capture as a run did, and adds the places of the packets of its records.
local function find_again(sources, options, proofs)
   local paths = {}
   for i, wanted in ipairs(sources) do paths[i] = wanted.path end
   local again, why = capture.open(paths, options_of(options, proofs))
   if not again then return nil, why end
   local keys = keys_of(proofs)
   for batch in again:batches() do
      for r = 0, batch.run_count - 1 do note_run(batch, batch.runs[r], keys, sources) end
   end
   again:close()
   return true
end

-- The same for all captures whose files are there.
local function find_all(order, captures)
   for capture_of, proofs in pairs(captures) do
      local sources, is_there = {}, true
      for i, source in ipairs(capture_of) do
         sources[i] = order[source.id]
         is_there = is_there and sources[i].path ~= nil
      end
      if is_there then
         local ok, why = find_again(sources, capture_of.options, proofs)
         if not ok then return nil, why end
      end
   end
   return true
end

-- ---- writing --------------------------------------------------------------------------------

local function is_wanted(wanted, packet)
   local offset = packet.offset
   if wanted.offsets[offset] then return true end
   local second = wanted.seconds[offset]
   return second ~= nil and math.floor(packet.time) == second
end

local function copy_packets(path, wanted, out)
   local source, why = capture.open(path, { packets = true, flows = false })
   if not source then return nil, why end
   local n = 0
   for batch in source:batches() do
      out:copy_secrets(source)
      for i = 0, batch.packet_count - 1 do
         if is_wanted(wanted, batch.packets[i]) then
            local ok, reason, gone = out:write(batch, i, 1)
            if not ok then
               source:close()
               return nil, reason, gone
            end
            n = n + 1
         end
      end
   end
   source:close()
   return n
end

-- Finds the files of sources; returns why those are not there that are not.
local function find_files(order, paths)
   local missing = {}
   for _, wanted in ipairs(order) do
      wanted.path, missing[#missing + 1] = file_of(wanted.source, paths)
   end
   return missing
end

-- Writes the packets that prove these claims.  `paths`: where captures may be, that are not where
-- they were.  Returns { packets, missing = { reasons } }; nil and the reason when the file cannot
-- be written, or when none of the captures is there.
function trail.write(claims, out_path, paths)
   local order, captures = wanted_of(claims)
   local missing = find_files(order, paths or {})
   if #order == #missing then
      return nil, missing[1] or "no record is known that proves it: somebody only said so"
   end
   for _, wanted in ipairs(order) do
      if wanted.path and host.same_file(wanted.path, out_path) then
         return nil, ("'%s' would be written over: it is read"):format(out_path)
      end
   end
   local ok, why = find_all(order, captures)
   if not ok then return nil, why end
   local out
   out, why = dump.open(out_path)
   if not out then return nil, why end
   local count = 0
   for _, wanted in ipairs(order) do
      local n, reason = 0, nil
      if wanted.path then n, reason = copy_packets(wanted.path, wanted, out) end
      if not n then
         out:close()
         return nil, reason
      end
      count = count + n
   end
   ok, why = out:close()
   if not ok then return nil, why end
   return { packets = count, missing = missing }
end

return trail

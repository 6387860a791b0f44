-- Why a fact is believed: who says it, of what, in which run, and which records it was seen in.

local evidence = require "weir.kb.evidence"

local why = {}

local CLAIMS = [[
SELECT x.name AS extension, x.version, x.code, x.person, w.run, r.started, r.command, r.weir,
   w.source, s.path, e.count, e.first, e.last, e.confidence, e.told, e.proofs
FROM evidence e JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension
LEFT JOIN runs r ON r.id = w.run LEFT JOIN sources s ON s.id = w.source
WHERE e.fact = ? ORDER BY e.first, w.source, x.name, x.version, w.run]]

-- What a run read, by the number of the input: { id, path, capture }, where a capture is the
-- sources that were read as one, with the run's options.
local function sources_of(base, run)
   local sources, captures = {}, {}
   for row in base.db:rows([[
SELECT i.number, i.first, i.source, s.path, r.options
FROM inputs i LEFT JOIN sources s ON s.id = i.source LEFT JOIN runs r ON r.id = i.run
WHERE i.run = ? ORDER BY i.number]], run) do
      local capture = captures[row.first] or { options = row.options }
      captures[row.first] = capture
      sources[row.number] = { id = row.source, path = row.path, capture = capture }
      capture[#capture + 1] = sources[row.number]
   end
   return sources
end

-- Reads the proofs of a claim, each with its source, and the places in it with theirs.
local function read_proofs(claim, sources)
   local list, left_out = evidence.read(claim.proofs or "")
   if not list then
      claim.damage, claim.proofs, claim.left_out = left_out, {}, 0
      return
   end
   for _, proof in ipairs(list) do
      proof.source = sources[proof.input]
      for _, place in ipairs(proof.places) do place.source = sources[place.input] end
   end
   claim.proofs, claim.left_out = list, left_out
end

-- The claims for a fact, by its id: { extension, version, code, person, run, started, command,
-- source, path, count, first, last, confidence, proofs, left_out }, where proofs are
-- { kind, time, flow_id, ordinal, packets, source, places = { { offset, source } } },
-- the first and the last ones; `left_out` are those in between.
function why.claims(base, id)
   local claims, reason = base.db:all(CLAIMS, id)
   if not claims then return nil, reason end
   local by_run = {}
   for _, claim in ipairs(claims) do
      by_run[claim.run] = by_run[claim.run] or sources_of(base, claim.run)
      claim.person = claim.person == 1
      read_proofs(claim, by_run[claim.run])
   end
   return claims
end

return why

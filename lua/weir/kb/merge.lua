-- Takes what other knowledge bases say into one: those of other people, and Stratosphere's.
--
-- What is merged are claims, each by its witness: the same claim twice is one, of two states of one
-- claim the later counts, and facts follow from all claims together.  So it makes no difference in
-- which order bases are merged, or how often.

local db      = require "weir.db"
local fold    = require "weir.kb.fold"
local foreign = require "weir.kb.foreign"
local host    = require "weir.host"
local parts   = require "weir.kb.parts"

local must = fold.must
local merge = {}

local CHUNK = 2000                        -- facts of a transaction: others want their turn
local AHEAD = 86400000                    -- ms that somebody's clock may be before ours

-- ---- where claims are read ------------------------------------------------------------------

local FACTS = {
   entities = [[
SELECT id, type, key, blob, ts FROM entities WHERE id > ? ORDER BY id LIMIT ?]],
   relationships = [[
SELECT id, type, src, dst, blob, ts FROM relationships WHERE id > ? ORDER BY id LIMIT ?]],
}
local CLAIMS = [[
SELECT witness, count, first, last, confidence, iif(json_valid(told), told, NULL) AS told, proofs
FROM evidence WHERE fact = ?]]

-- A base of ours as a reader: witnesses, and facts with their claims.
local function of_ours(file)
   local reader = { file = file, witnesses = {} }
   for row in file:rows [[
SELECT w.id, w.run, w.source, x.name, x.version, x.code, x.person
FROM witnesses w JOIN extensions x ON x.id = w.extension]] do
      reader.witnesses[row.id] = row
   end
   function reader.next(name, place)
      local rows, why = file:all(FACTS[name], place or "", CHUNK)
      if not rows then return nil, why end
      for _, row in ipairs(rows) do
         row.claims = must(file:all(CLAIMS, row.id))
         for _, claim in ipairs(row.claims) do claim.witness = reader.witnesses[claim.witness] end
         place = row.id
      end
      return rows, place, #rows
   end
   return reader
end

local function of_stratosphere(file, path)
   local witness, why = foreign.witness(path)
   if not witness then return nil, why end
   local reader = { witnesses = { witness }, is_foreign = true }
   function reader.next(name, place)
      return foreign.facts(file, name, place or -2 ^ 53, CHUNK, witness)
   end
   return reader
end

-- Opens a base of either kind: a reader and its database; nil and the reason.
local function open(base, path)
   if host.is_folder(path) then path = path:gsub("/*$", "") .. "/kb.db" end
   if host.same_file(path, base.path) then
      return nil, ("'%s' is the base that is merged into"):format(path)
   end
   local file, why = db.open(path, { mode = "foreign", layout = "kb" })
   if file then
      local rule = file:first "SELECT value FROM settings WHERE name = 'ids'"
      if rule == base.rule then return of_ours(file), file end
      file:close()
      return nil, ("'%s' has ids of the kind '%s', the base has '%s': they cannot be merged")
         :format(path, tostring(rule), base.rule)
   end
   file = db.open(path, { mode = "foreign" })
   if file and foreign.is(file) then
      local reader, reason = of_stratosphere(file, path)
      return reader, reader and file or reason
   end
   if file then file:close() end
   return nil, why
end

-- ---- witnesses ------------------------------------------------------------------------------

local COPIES = {
   { "SELECT id, started, ended, weir, command, options FROM runs",
     [[INSERT INTO runs (id, started, ended, weir, command, options) VALUES (:id, :started, :ended,
:weir, :command, :options) ON CONFLICT (id) DO UPDATE SET
ended = max(ifnull(ended, excluded.ended), ifnull(excluded.ended, ended))]] },
   { "SELECT id, path, size FROM sources",
     [[INSERT INTO sources (id, path, size) VALUES (:id, :path, :size)
ON CONFLICT (id) DO UPDATE SET path = min(ifnull(path, excluded.path), ifnull(excluded.path, path)),
size = ifnull(size, excluded.size)]] },
   { "SELECT run, number, first, source, done FROM inputs",
     [[INSERT INTO inputs (run, number, first, source, done)
VALUES (:run, :number, :first, :source, :done)
ON CONFLICT (run, number) DO UPDATE SET done = max(done, excluded.done)]] },
}

-- The runs, sources and inputs that witnesses speak of.
local function copy_about(base, reader)
   for _, copy in ipairs(COPIES) do
      for row in reader.file:rows(copy[1]) do must(base.db:run(copy[2], row)) end
   end
end

local function add_file(base, witness)
   must(base.db:run("INSERT OR IGNORE INTO runs (id, started, command) VALUES (?, 0, 'import')",
      witness.run))
   must(base.db:run(COPIES[2][2], { id = witness.source, path = witness.path }))
   must(base.db:run("INSERT OR IGNORE INTO inputs VALUES (?, 0, 0, ?, 1)", witness.run,
      witness.source))
end

-- Gives each witness its number here, as `here`.
local function number_witnesses(base, reader)
   local file = base.db
   for _, w in pairs(reader.witnesses) do
      must(file:run("INSERT OR IGNORE INTO extensions (name, version, code, person) "
         .. "VALUES (?, ?, ?, ?)", w.name, w.version, w.code, w.person))
      must(file:run([[
INSERT OR IGNORE INTO witnesses (run, source, extension) SELECT ?, ?, id FROM extensions
WHERE name = ? AND version = ? AND code = ? AND person = ?]], w.run, w.source, w.name, w.version,
         w.code, w.person))
      w.here = file:first([[
SELECT w.id FROM witnesses w JOIN extensions x ON x.id = w.extension
WHERE w.run = ? AND w.source = ? AND x.name = ? AND x.version = ? AND x.code = ?
AND x.person = ?]], w.run, w.source, w.name, w.version, w.code, w.person)
   end
end

-- ---- facts ----------------------------------------------------------------------------------

local PLACES = {
   entities = [[
INSERT INTO entities (id, type, blob, ts, key, changed)
VALUES (:id, :type, :blob, :ts, :key, :stamp)
ON CONFLICT (id) DO UPDATE SET type = min(type, excluded.type), key = ifnull(key, excluded.key),
blob = max(ifnull(blob, excluded.blob), ifnull(excluded.blob, blob)), ts = min(ts, excluded.ts)
WHERE type > excluded.type OR key IS NULL AND excluded.key IS NOT NULL OR ts > excluded.ts
OR excluded.blob IS NOT NULL]],
   relationships = [[
INSERT INTO relationships (id, type, src, dst, blob, ts, changed)
VALUES (:id, :type, :src, :dst, :blob, :ts, :stamp)
ON CONFLICT (id) DO UPDATE SET type = min(type, excluded.type),
src = iif((excluded.src, excluded.dst) < (src, dst), excluded.src, src),
dst = iif((excluded.src, excluded.dst) < (src, dst), excluded.dst, dst),
blob = max(ifnull(blob, excluded.blob), ifnull(excluded.blob, blob)), ts = min(ts, excluded.ts)
WHERE type > excluded.type OR (excluded.src, excluded.dst) < (src, dst) OR ts > excluded.ts
OR excluded.blob IS NOT NULL]],
}

local ORDER = { "count", "last", "first", "confidence", "told", "proofs" }

-- Whether of two states of one claim `new` is the later: a witness only says more.
local function is_later(new, old)
   for _, name in ipairs(ORDER) do
      local a, b = new[name], old[name]
      if a ~= b then return b == nil or a ~= nil and a > b end
   end
   return false
end

local function latest_stamp(told)
   local latest = 0
   for _, member in ipairs(told and parts.object(told) or {}) do
      local pair = parts.array(member[2])
      latest = math.max(latest, pair and tonumber(pair[1]) or 0)
   end
   return latest
end

-- Whether a claim, with its witness's number here, says anything that was not known.
local function add_claim(base, fact, claim)
   local file, here = base.db, claim.witness.here
   local old = must(file:all("SELECT count, first, last, confidence, told, proofs FROM evidence "
      .. "WHERE fact = ? AND witness = ?", fact.id, here))[1]
   if old and not is_later(claim, old) then return false end
   must(file:run("INSERT OR REPLACE INTO evidence (fact, witness, count, first, last, confidence, "
      .. "told, proofs) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", fact.id, here, claim.count, claim.first,
      claim.last, claim.confidence, claim.told, claim.proofs and db.blob(claim.proofs)))
   return true
end

-- Whether a fact brought anything; and the latest stamp in it.
local function add_fact(base, name, fact, stamp)
   local is_news, latest = false, 0
   must(base.db:run(PLACES[name], {
      id = fact.id, type = fact.type, key = fact.key, src = fact.src, dst = fact.dst,
      blob = fact.blob and db.blob(fact.blob), ts = fact.ts or "1970-01-01 00:00:00.000000",
      stamp = stamp,
   }))
   for _, claim in ipairs(fact.claims) do
      if claim.witness and add_claim(base, fact, claim) then
         is_news, latest = true, math.max(latest, latest_stamp(claim.told))
      end
   end
   if is_news then fold.again(base.db, fact.id, base.policy_of, stamp) end
   return is_news, latest
end

local function add_facts(base, name, facts, counts)
   local stamp, latest = base:tick(), 0
   for _, fact in ipairs(facts) do
      if #fact.claims > 0 then
         local is_news, its = add_fact(base, name, fact, stamp)
         counts[is_news and "news" or "known"] = counts[is_news and "news" or "known"] + 1
         latest = math.max(latest, its)
      end
   end
   if latest < stamp + AHEAD then
      must(base.db:run("UPDATE settings SET value = max(value, ?) WHERE name = 'clock'", latest))
   end
end

local function copy_all(base, reader, counts)
   must(base.db:transaction(function ()
      if reader.is_foreign then add_file(base, reader.witnesses[1]) end
      if not reader.is_foreign then copy_about(base, reader) end
      number_witnesses(base, reader)
   end))
   for _, name in ipairs { "entities", "relationships" } do
      local place
      repeat
         local facts, last, n = reader.next(name, place)
         must(facts, last)
         if n > 0 then must(base.db:transaction(add_facts, base, name, facts, counts)) end
         place = last
      until n < CHUNK
   end
end

-- Takes in what the base at `path` says: a workspace's folder, a file, or one of Stratosphere's.
-- Returns { news, known }: facts of which something was not known, and the others; or nil and the
-- reason.  What it takes in before it fails stays.
function merge.from(base, path)
   local reader, file = open(base, path)
   if not reader then return nil, file end
   local counts = { news = 0, known = 0 }
   local ok, why = pcall(copy_all, base, reader, counts)
   file:close()
   if not ok then return nil, why end
   return counts
end

return merge

-- What a fact is, by all that is said of it: a row of `entities` or `relationships` follows from
-- the rows of `evidence`, in whatever order they came.
--
-- An extension that saw one capture in several runs, or in several versions, saw the same things:
-- of these the largest count is taken, and counts of different ones are added.

local parts  = require "weir.kb.parts"
local policy = require "weir.kb.policy"
local json   = require "weir.json"
local sorted = require "weir.sorted"

local fold = {}

local CLAIMS = [[
SELECT e.count, e.first, e.last, e.confidence, e.told, w.run, w.source, x.name, x.version, x.code,
   x.person
FROM evidence e JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension
WHERE e.fact = ?]]

-- { name = { stamp, text } } of the column `told`.
local function said_in(told)
   local map = {}
   for _, member in ipairs(told and parts.object(told) or {}) do
      local pair = parts.array(member[2])
      if pair and #pair == 2 then
         map[member[1]] = { stamp = tonumber(pair[1]) or 0, text = pair[2] }
      end
   end
   return map
end

-- An object of JSON of { name = text }; nil when there is nothing in it.
local function object(map, text_of)
   local list = {}
   for i, name in ipairs(sorted(map)) do
      list[i] = json.encode(name) .. ":" .. text_of(map[name])
   end
   return #list > 0 and "{" .. table.concat(list, ",") .. "}" or nil
end

-- What a witness has told, once it tells more: both are columns `told`, or nil.
function fold.told(how, old, new, is_person)
   local map = said_in(old)
   for name, one in pairs(said_in(new)) do
      local before = map[name]
      if before then
         before.person, one.person = is_person, is_person
         local text = policy.fold(how, { before, one })
         local is_newer = text == one.text and text ~= before.text
         map[name] = { stamp = is_newer and one.stamp or before.stamp, text = text }
      else
         map[name] = one
      end
   end
   return object(map, function (one) return ("[%.0f,%s]"):format(one.stamp, one.text) end)
end

local function join(how, a, b)
   if a == nil or b == nil then return a == nil and b or a end
   return how(a, b)
end

-- What claims amount to: { count, first, last, confidence, data, stamp }.
function fold.claims(how, claims)
   local fact, counts, said = { count = 0 }, {}, {}
   for _, claim in ipairs(claims) do
      local tie = table.concat({ claim.run, claim.source, claim.name, claim.version, claim.code },
         "\n")
      local group = claim.source == "" and tie or claim.source .. "\n" .. claim.name
      counts[group] = math.max(counts[group] or 0, claim.count)
      fact.first = join(math.min, fact.first, claim.first)
      fact.last = join(math.max, fact.last, claim.last)
      fact.confidence = join(math.max, fact.confidence, claim.confidence)
      for name, one in pairs(said_in(claim.told)) do
         one.tie, one.person = tie, claim.person == 1
         said[name] = said[name] or {}
         table.insert(said[name], one)
      end
   end
   for _, n in pairs(counts) do fact.count = fact.count + n end
   fact.data = object(said, function (list) return policy.fold(how, list) end)
   return fact
end

-- Seconds since 1970 as Stratosphere writes times, in UTC.
function fold.ts(seconds)
   local us = math.floor(seconds * 1e6 + 0.5)
   return ("%s.%06d"):format(os.date("!%Y-%m-%d %H:%M:%S", math.floor(us / 1e6)), us % 1e6)
end

-- Nothing and the reason, as errors: within a transaction.
local function must(ok, why)
   if not ok and why then error(why, 0) end
   return ok
end
fold.must = must

local UPDATE = {
   entities = [[
UPDATE entities SET data = ?2, count = ?3, first = ?4, last = ?5, confidence = ?6,
   ts = ifnull(?7, ts), changed = iif(data IS ?2, changed, ?8) WHERE id = ?1]],
   relationships = [[
UPDATE relationships SET data = ?2, count = ?3, first = ?4, last = ?5, confidence = ?6,
   ts = ifnull(?7, ts), changed = iif(data IS ?2, changed, ?8) WHERE id = ?1]],
}

-- The table that a fact is in, and its type; nil when it is in none.
function fold.place(base, id)
   local type = base:first("SELECT type FROM entities WHERE id = ?", id)
   if type then return "entities", type end
   type = base:first("SELECT type FROM relationships WHERE id = ?", id)
   if type then return "relationships", type end
end

-- Makes a fact's row follow its evidence; without any, the fact is gone.  `base` is a database
-- within a transaction, `how_of(type)` a policy.
function fold.again(base, id, how_of, stamp)
   local claims = must(base:all(CLAIMS, id))
   if #claims == 0 then
      must(base:run("DELETE FROM entities WHERE id = ?", id))
      must(base:run("DELETE FROM relationships WHERE id = ?", id))
      return
   end
   local place, type = fold.place(base, id)
   if not place then return end
   local fact = fold.claims(how_of(type), claims)
   must(base:run(UPDATE[place], id, fact.data, fact.count, fact.first, fact.last, fact.confidence,
      fact.first and fold.ts(fact.first), stamp))
end

return fold

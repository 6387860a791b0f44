-- Takes back what witnesses said, and nothing else: what others said of the same facts stays, with
-- the values that they gave.

local fold = require "weir.kb.fold"

local retract = {}

local CHUNK = 5000                        -- facts of a transaction: others want their turn

-- The facts that any of these witnesses (ids) tells of.
local function facts_of(base, witnesses)
   local list, seen = {}, {}
   for _, witness in ipairs(witnesses) do
      for row in base.db:rows("SELECT fact FROM evidence WHERE witness = ?", witness) do
         if not seen[row.fact] then list[#list + 1], seen[row.fact] = row.fact, true end
      end
   end
   return list
end

local function take_back(base, facts, first, witnesses)
   local db, stamp = base.db, base:tick()
   for i = first, math.min(first + CHUNK - 1, #facts) do
      for _, witness in ipairs(witnesses) do
         fold.must(db:run("DELETE FROM evidence WHERE fact = ? AND witness = ?", facts[i], witness))
      end
      fold.again(db, facts[i], base.policy_of, stamp)
   end
end

local function forget(base, witnesses)
   local db = base.db
   for _, witness in ipairs(witnesses) do
      fold.must(db:run("DELETE FROM witnesses WHERE id = ?1 AND NOT EXISTS "
         .. "(SELECT 1 FROM evidence WHERE witness = ?1 LIMIT 1)", witness))
   end
   fold.must(db:run "DELETE FROM extensions WHERE id NOT IN (SELECT extension FROM witnesses)")
end

-- Returns how many facts they told of; nil and the reason.
function retract.witnesses(base, witnesses)
   local facts = facts_of(base, witnesses)
   for first = 1, #facts, CHUNK do
      local ok, why = base.db:transaction(take_back, base, facts, first, witnesses)
      if not ok then return nil, why end
   end
   local ok, why = base.db:transaction(forget, base, witnesses)
   if not ok then return nil, why end
   return #facts
end

-- What an extension said: in all versions, or in one.
function retract.extension(base, name, version)
   local list = {}
   for row in base.db:rows([[
SELECT w.id FROM witnesses w JOIN extensions x ON x.id = w.extension
WHERE x.name = ?1 AND x.person = 0 AND (?2 IS NULL OR x.version = ?2)]], name, version) do
      list[#list + 1] = row.id
   end
   return retract.witnesses(base, list)
end

-- What an extension said of a source, in whatever version.
function retract.of_source(base, name, source)
   local list = {}
   for row in base.db:rows([[
SELECT w.id FROM witnesses w JOIN extensions x ON x.id = w.extension
WHERE x.name = ? AND x.person = 0 AND w.source = ?]], name, source) do
      list[#list + 1] = row.id
   end
   return #list == 0 and 0 or retract.witnesses(base, list)
end

-- What runs that did not come to the end of a source said of it.
function retract.unfinished(base, source, run)
   local list = {}
   for row in base.db:rows([[
SELECT DISTINCT w.id FROM witnesses w JOIN inputs i ON i.run = w.run AND i.source = w.source
WHERE i.source = ? AND i.done = 0 AND i.run <> ?]], source, run) do
      list[#list + 1] = row.id
   end
   local is_begun = base.db:first(
      "SELECT 1 FROM inputs WHERE source = ? AND done = 0 AND run <> ? LIMIT 1", source, run)
   if not is_begun then return 0 end
   local n, why = retract.witnesses(base, list)
   if not n then return nil, why end
   local ok
   ok, why = base.db:run("DELETE FROM inputs WHERE source = ? AND done = 0 AND run <> ?", source,
      run)
   if not ok then return nil, why end
   return n
end

return retract

-- `kb` of a session: what extractors learnt, as views of entities and of how they are related; of a
-- workspace also single facts, and why they are believed.
--
--    kb.entities:group "type":count()
--    kb:find "address:192.0.2.10"                     -- or an id, or FROM, VERB, TO
--    kb:why "address:192.0.2.10"                      -- who says it, and of which records

local ask    = require "weir.kb.ask"
local json   = require "weir.json"
local memory = require "weir.repl.memory"

local facts = {}
facts.__index = facts

local ENTITY = {
   { "type", "text" }, { "key", "text" }, { "data", "text" }, { "count", "number" },
   { "first", "time" }, { "last", "time" }, { "by", "text" },
}
local RELATION = {
   { "from_type", "text" }, { "from", "text" }, { "verb", "text" }, { "to_type", "text" },
   { "to", "text" }, { "count", "number" }, { "first", "time" }, { "last", "time" },
   { "by", "text" },
}

-- Seconds as nanoseconds, as exact as a double tells them: to the microsecond.
local function ns(seconds)
   if not seconds then return nil end
   local whole = math.floor(seconds)
   return 1000000000LL * whole + 1000 * math.floor((seconds - whole) * 1e6 + 0.5)
end

local function entity_row(fact)
   return { fact.type, fact.key, fact.data and json.encode(fact.data), fact.count,
      ns(fact.first), ns(fact.last), fact.by }
end

local function relation_row(fact)
   local from, to = fact.from, fact.to
   return { from.type, from.key, fact.verb, to.type, to.key, fact.count, ns(fact.first),
      ns(fact.last), fact.by }
end

-- Those of a stored base (weir.kb.base), whose tables are these views.
function facts.stored(base, entities, relationships)
   return setmetatable({ base = base, entities = entities, relationships = relationships }, facts)
end

-- The fact that one word stands for (an id, TYPE:KEY or a key), or three: FROM, VERB, TO.  Nil and
-- the reason.
function facts:find(...)
   if not self.base.db then return nil, "these facts are not stored: ask kb.entities" end
   return ask.find(self.base, { ... })
end

-- Who says a fact, of what source, in which run, and the records it was seen in: see weir.kb.why.
function facts:why(...)
   local fact, reason = self:find(...)
   if not fact then return nil, reason end
   return require "weir.kb.why".claims(self.base, fact.id)
end

-- The facts of a knowledge base in memory (weir.kb).
function facts.of(base)
   local entities, relations = {}, {}
   for _, fact in ipairs(base.facts) do
      local is_entity = fact.fact == "entity"
      local list = is_entity and entities or relations
      list[#list + 1] = is_entity and entity_row(fact) or relation_row(fact)
   end
   return setmetatable({
      base = base, entities = memory.view(ENTITY, entities),
      relationships = memory.view(RELATION, relations),
   }, facts)
end

function facts:__tostring()
   return ("%s\n\n%s"):format(tostring(self.entities), tostring(self.relationships))
end

return facts

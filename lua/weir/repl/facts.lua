-- What extractors learnt in this session, as views: entities and how they are related.
--
--    kb.entities:group "type":count()
--    kb.relationships:where "verb == \"talks to\""

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

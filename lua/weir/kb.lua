-- What extractors learn: entities and how they are related, with the evidence.  In memory.
--
--    local base = kb.new()
--    local book = base:handle "talkers"               -- what an extractor is given as `kb`
--    local device = book:entity("device", "192.0.2.10", { vendor = "Example" })
--    book:relate(device, "talks to", book:entity("address", "198.51.100.80"), time)
--
-- The same type and key is the same entity, and the same three are the same relationship: told
-- again, it is counted, and its first and last time grow apart.

local kb = {}
kb.__index = kb

local MOST = 1000000                      -- facts that are kept; more are counted, and told
local LONGEST = 4096                      -- bytes of a type, a key or a verb
local LATEST = 253402300800               -- seconds since 1970: the year 10000

function kb.new()
   return setmetatable({ facts = {}, entities = {}, relations = {}, dropped = 0, by = {} }, kb)
end

local book = {}
book.__index = book

-- The knowledge base as the extension of that name sees it, which reads records of the kind `on`.
-- Its `row` is the record at hand, for as long as that lives.
function kb:handle(name, on)
   self.by[name] = self.by[name] or setmetatable({ base = self, name = name, row = nil }, book)
   self.by[name].on = on
   return self.by[name]
end

local function text_of(what, value)
   if type(value) ~= "string" or value == "" then
      error(("%s is a text that is not empty, not %s"):format(what,
         value == "" and "''" or "a " .. type(value)), 3)
   end
   if #value > LONGEST then error(("%s has more than %d bytes"):format(what, LONGEST), 3) end
   return value
end

-- From when to when a fact was true, in seconds since 1970: the time that is told, or that of the
-- record at hand.
local function times_of(self, time)
   local row = self.row
   if time or row == nil then return time, time end
   if self.on == "flow" then return row.start, row["end"] end
   return row.time, row.time
end

-- The table at map[key], made if need be.
local function within(map, key)
   local found = map[key]
   if not found then
      found = {}
      map[key] = found
   end
   return found
end

-- Keeps a new fact, as map[key].  One that there is no room for is known to the caller alone.
local function keep(self, map, key, fact)
   local base = self.base
   fact.count, fact.by = 0, self.name
   if #base.facts >= MOST then
      base.dropped = base.dropped + 1
      return fact
   end
   map[key] = fact
   base.facts[#base.facts + 1] = fact
   return fact
end

-- Counts a fact once more, from then to then.
local function count(fact, first, last)
   fact.count = fact.count + 1
   if not first then return fact end
   if not fact.first or first < fact.first then fact.first = first end
   if not fact.last or last > fact.last then fact.last = last end
   return fact
end

-- Adds what was not known of an entity.
local function learn(entity, data)
   entity.data = entity.data or {}
   for name, value in pairs(data) do
      if entity.data[name] == nil then entity.data[name] = value end
   end
end

-- An entity: a thing of a type, told from others of the type by its key.  `data`: what is known of
-- it, a table; what is new is added, what is known stays.
function book:entity(type_name, key, data)
   text_of("the type of an entity", type_name)
   text_of("the key of an entity", key)
   if data ~= nil and type(data) ~= "table" then error("the data of an entity is a table", 2) end
   local map = within(self.base.entities, type_name)
   local entity = map[key]
      or keep(self, map, key, { fact = "entity", type = type_name, key = key })
   if data then learn(entity, data) end
   return count(entity, times_of(self))
end

local function is_entity(value) return type(value) == "table" and value.fact == "entity" end

-- A relationship between two entities; `time`: seconds since 1970, that of the row unless told.
function book:relate(from, verb, to, time)
   if not is_entity(from) or not is_entity(to) then
      error("a relationship is between two entities: kb:relate(entity, verb, entity)", 2)
   end
   text_of("the verb of a relationship", verb)
   if time ~= nil and not (type(time) == "number" and math.abs(time) < LATEST) then
      error("a time is a number of seconds since 1970, up to the year 9999", 2)
   end
   local map = within(within(self.base.relations, from), verb)
   local relation = map[to]
      or keep(self, map, to, { fact = "relationship", from = from, verb = verb, to = to })
   return count(relation, times_of(self, time))
end

-- Seconds since 1970 as the text that records have, in UTC.
local function utc(seconds)
   local is_time = type(seconds) == "number" and math.abs(seconds) < LATEST
   if not is_time then return nil end
   local us = math.floor(seconds * 1e6 + 0.5)            -- what a double still tells apart
   return ("%s.%06dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", math.floor(us / 1e6)), us % 1e6)
end

local function reference(entity) return { type = entity.type, key = entity.key } end

-- A fact as { name, value } pairs in the order of its record.
function kb.record(fact)
   return {
      { "event_type", fact.fact }, { "type", fact.type }, { "key", fact.key },
      { "data", fact.data },
      { "from", fact.from and reference(fact.from) }, { "verb", fact.verb },
      { "to", fact.to and reference(fact.to) },
      { "count", fact.count }, { "first", utc(fact.first) }, { "last", utc(fact.last) },
      { "by", fact.by },
   }
end

return kb

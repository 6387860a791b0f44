-- What an extractor is given as `kb`: it tells entities and how they are related.
--
-- What is told is kept in a set, of facts that count how often they were told and from when to when
-- they were true.  Of a base in memory all books have one set; of a stored one, a set is what one
-- extension said of one input since the last commit.

local book = {}
book.__index = book

local LONGEST = 4096                      -- bytes of a type, a key or a verb
local LATEST = 253402300800               -- seconds since 1970: the year 10000

-- A set with room for so many facts.
function book.set(most)
   return { facts = {}, entities = {}, relations = {}, dropped = 0, most = most }
end

-- `on`: the kind of the records that the extension of that name reads.  The book's `row` is the
-- record at hand, for as long as that lives.
function book.new(set, name, on)
   return setmetatable({ set = set, name = name, on = on, row = nil }, book)
end

local CALLER = 4                          -- who made a mistake: who called who called what checks

local function check_text(what, value)
   if type(value) ~= "string" or value == "" then
      error(("%s is a text that is not empty, not %s"):format(what,
         value == "" and "''" or "a " .. type(value)), CALLER)
   end
   if #value > LONGEST then error(("%s has more than %d bytes"):format(what, LONGEST), CALLER) end
end

local function check_confidence(value)
   if value ~= nil and not (type(value) == "number" and value >= 0 and value <= 1) then
      error("a confidence is a number from 0 to 1", CALLER)
   end
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

-- A fact, with room for what becomes of it: a table that grows is made anew each time.
local function fact_of(what, by, type, key, from, verb, to)
   return {
      fact = what, type = type, key = key, from = from, verb = verb, to = to, by = by, count = 0,
      first = nil, last = nil, id = nil, proof = nil, evidence = nil, state = nil,
   }
end

-- Keeps a new fact, as map[key].  One that there is no room for is known to the caller alone.
local function keep(self, map, key, fact)
   local set = self.set
   if #set.facts >= set.most then
      set.dropped = set.dropped + 1
      return fact
   end
   map[key] = fact
   set.facts[#set.facts + 1] = fact
   return fact
end

-- Counts a fact once more, from then to then.
local function count(self, fact, confidence, first, last)
   fact.count = fact.count + 1
   if confidence and confidence > (fact.confidence or -1) then fact.confidence = confidence end
   if self.prove then self:prove(fact) end
   if not first then return fact end
   if not fact.first or first < fact.first then fact.first = first end
   if not fact.last or last > fact.last then fact.last = last end
   return fact
end

-- What is told from here on is told of this row: for extractors that see many at once.
function book:of(row)
   self.row, self.proof = row, nil
   return self
end

-- Adds what was not known of a fact.
function book.learn(_, fact, data)
   fact.data = fact.data or {}
   for name, value in pairs(data) do
      if fact.data[name] == nil then fact.data[name] = value end
   end
end

-- Raises what is wrong with what is told of an entity.
function book.check_entity(type_name, key, data, confidence)
   check_text("the type of an entity", type_name)
   check_text("the key of an entity", key)
   if data ~= nil and type(data) ~= "table" then error("the data of an entity is a table", 3) end
   check_confidence(confidence)
end

local function is_entity(value) return type(value) == "table" and value.fact == "entity" end

-- The same of a relationship.
function book.check_relation(from, verb, to, time, confidence)
   if not is_entity(from) or not is_entity(to) then
      error("a relationship is between two entities: kb:relate(entity, verb, entity)", 3)
   end
   check_text("the verb of a relationship", verb)
   if time ~= nil and not (type(time) == "number" and math.abs(time) < LATEST) then
      error("a time is a number of seconds since 1970, up to the year 9999", 3)
   end
   check_confidence(confidence)
end

-- An entity: a thing of a type, told from others of the type by its key.  `data`: what is known of
-- it, a table; what is new is added, what is known stays.  `confidence`: from 0 to 1.
function book:entity(type_name, key, data, confidence)
   book.check_entity(type_name, key, data, confidence)
   if self.turn then self:turn() end
   local map = within(self.set.entities, type_name)
   local entity = map[key]
      or keep(self, map, key, fact_of("entity", self.name, type_name, key))
   if data then self:learn(entity, data) end
   return count(self, entity, confidence, times_of(self))
end

-- A relationship between two entities; `time`: seconds since 1970, that of the row unless told.
function book:relate(from, verb, to, time, confidence)
   book.check_relation(from, verb, to, time, confidence)
   if self.turn then self:turn() end
   local map = within(within(self.set.relations, from), verb)
   local relation = map[to]
      or keep(self, map, to, fact_of("relationship", self.name, nil, nil, from, verb, to))
   return count(self, relation, confidence, times_of(self, time))
end

return book

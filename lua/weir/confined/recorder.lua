-- What a confined extractor is given as `kb`: it keeps what is told, for the parent to tell it to
-- the real one.  And that end of it.
--
-- What is told is an array: the number of the row, or false; what it is; then, of an entity, its
-- type, key, data and confidence, of a relationship the type and key of both ends, with the verb
-- between them, a time and a confidence, false where there is none.

local book = require "weir.kb.book"

local recorder = {}
recorder.__index = recorder

-- For an array of rows; `row` is the one at hand, where there is one.
function recorder.new(rows)
   local places = {}
   for i, row in ipairs(rows) do places[row] = i end
   return setmetatable({ places = places, told = {} }, recorder)
end

local function note(self, ...)
   self.told[#self.told + 1] = { self.row and self.places[self.row] or false, ... }
end

function recorder:entity(type_name, key, data, confidence)
   book.check_entity(type_name, key, data, confidence)
   note(self, "entity", type_name, key, data or false, confidence or false)
   return { fact = "entity", type = type_name, key = key }
end

function recorder:relate(from, verb, to, time, confidence)
   book.check_relation(from, verb, to, time, confidence)
   note(self, "relate", from.type, from.key, verb, to.type, to.key, time or false,
      confidence or false)
   return { fact = "relationship", from = from, verb = verb, to = to }
end

function recorder:learn(fact, data)
   if type(fact) ~= "table" or type(data) ~= "table" then
      error("what is learnt is a table, of an entity or a relationship", 2)
   end
   if fact.fact == "entity" then return note(self, "learn", data, fact.type, fact.key) end
   note(self, "learn", data, fact.from.type, fact.from.key, fact.verb, fact.to.type, fact.to.key)
end

-- ---- the parent's end -------------------------------------------------------------------------

-- A name for these words: the process says what it likes, so that they are none, perhaps.
local function id_of(...)
   local words = { ... }
   for i = 1, select("#", ...) do words[i] = tostring(words[i]) end
   return table.concat(words, "\0")
end

-- An entity that was told in this batch, or is told now.
local function entity_of(known, kb, type_name, key)
   local id = id_of(type_name, key)
   known[id] = known[id] or kb:entity(type_name, key)
   return known[id]
end

local tell = {}

function tell.entity(known, kb, type_name, key, data, confidence)
   known[id_of(type_name, key)] = kb:entity(type_name, key, data or nil, confidence or nil)
end

function tell.relate(known, kb, from_type, from_key, verb, to_type, to_key, time, confidence)
   local from, to = entity_of(known, kb, from_type, from_key), entity_of(known, kb, to_type, to_key)
   known[id_of(from_type, from_key, verb, to_type, to_key)] =
      kb:relate(from, verb, to, time or nil, confidence or nil)
end

function tell.learn(known, kb, data, type_name, key, verb, to_type, to_key)
   if type(data) ~= "table" then error("what is learnt is a table", 0) end
   if not verb then return kb:learn(entity_of(known, kb, type_name, key), data) end
   local id = id_of(type_name, key, verb, to_type, to_key)
   if not known[id] then tell.relate(known, kb, type_name, key, verb, to_type, to_key) end
   kb:learn(known[id], data)
end

-- Tells a knowledge base what a process told; `rows`: the records that it was told of.  Returns a
-- list of what cannot be: { row, why }.
function recorder.replay(list, kb, rows)
   local known, errors = {}, {}
   for _, told in ipairs(list) do
      if type(told) ~= "table" then told = {} end
      local number, f = tonumber(told[1]), tell[told[2]]
      local row = number and rows[number]
      if kb.row ~= row then kb.row, kb.proof = row, nil end
      local ok, why = pcall(f or error, known, kb, unpack(told, 3, 9))
      if not ok then
         errors[#errors + 1] = {
            row = row and number, why = f and tostring(why) or "it tells what is no fact",
         }
      end
   end
   kb.row, kb.proof = nil, nil
   return errors
end

return recorder

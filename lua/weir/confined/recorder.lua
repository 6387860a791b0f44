-- What a confined extractor is given as `kb`: it keeps what is told, for the parent to tell it to
-- the real one.  And that end of it.
--
-- What is told is a table: { row, op, … }, entities by their type and key.

local book = require "weir.kb.book"

local recorder = {}
recorder.__index = recorder

-- For an array of rows; `row` is the one at hand, where there is one.
function recorder.new(rows)
   local places = {}
   for i, row in ipairs(rows) do places[row] = i end
   return setmetatable({ places = places, told = {} }, recorder)
end

local function note(self, told)
   told.row = self.row and self.places[self.row]
   self.told[#self.told + 1] = told
end

function recorder:entity(type_name, key, data, confidence)
   book.check_entity(type_name, key, data, confidence)
   note(self, { op = "entity", type = type_name, key = key, data = data, confidence = confidence })
   return { fact = "entity", type = type_name, key = key }
end

local function name_of(entity) return { type = entity.type, key = entity.key } end

function recorder:relate(from, verb, to, time, confidence)
   book.check_relation(from, verb, to, time, confidence)
   note(self, {
      op = "relate", from = name_of(from), verb = verb, to = name_of(to), time = time,
      confidence = confidence,
   })
   return { fact = "relationship", from = from, verb = verb, to = to }
end

function recorder:learn(fact, data)
   if type(fact) ~= "table" or type(data) ~= "table" then
      error("what is learnt is a table, of an entity or a relationship", 2)
   end
   local is_entity = fact.fact == "entity"
   note(self, {
      op = "learn", data = data, type = fact.type, key = fact.key, verb = fact.verb,
      from = not is_entity and name_of(fact.from) or nil,
      to = not is_entity and name_of(fact.to) or nil,
   })
end

-- ---- the parent's end -------------------------------------------------------------------------

-- Those of a book that were told in this batch, or are told now: the process says what it likes.
local function entity_of(known, kb, name)
   if type(name) ~= "table" then error("an entity in it is none", 0) end
   local id = tostring(name.type) .. "\0" .. tostring(name.key)
   known[id] = known[id] or kb:entity(name.type, name.key)
   return known[id]
end

local function id_of(told)
   return ("%s\0%s\0%s\0%s\0%s"):format(told.from.type, told.from.key, told.verb, told.to.type,
      told.to.key)
end

local tell = {}

function tell.entity(known, kb, told)
   known[tostring(told.type) .. "\0" .. tostring(told.key)] =
      kb:entity(told.type, told.key, told.data, told.confidence)
end

function tell.relate(known, kb, told)
   local from, to = entity_of(known, kb, told.from), entity_of(known, kb, told.to)
   known[id_of(told)] = kb:relate(from, told.verb, to, told.time, told.confidence)
end

function tell.learn(known, kb, told)
   if type(told.data) ~= "table" then error("what is learnt is a table", 0) end
   local fact
   if told.from then fact = known[id_of(told)] else fact = entity_of(known, kb, told) end
   if fact then kb:learn(fact, told.data) end
end

-- Tells a knowledge base what a process told; `rows`: the records that it was told of.  Returns a
-- list of what cannot be: { row, why }.
function recorder.replay(list, kb, rows)
   local known, errors = {}, {}
   for _, told in ipairs(list) do
      local row = rows[told.row]
      if kb.row ~= row then kb.row, kb.proof = row, nil end
      local f = tell[told.op]
      local ok, why = pcall(f or error, known, kb, told)
      if not ok then
         errors[#errors + 1] = {
            row = told.row, why = f and tostring(why) or "it tells what is no fact",
         }
      end
   end
   kb.row, kb.proof = nil, nil
   return errors
end

return recorder

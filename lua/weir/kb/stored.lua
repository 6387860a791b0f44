-- What an extractor is given as `kb` where facts are stored: it keeps apart what is told of each
-- input, and notes which records prove it.

local book     = require "weir.kb.book"
local evidence = require "weir.kb.evidence"
local policy   = require "weir.kb.policy"

local stored = setmetatable({}, { __index = book })
stored.__index = stored

local BATCH = 65536                       -- facts of a set after which it is written

local NO_INPUT = -1                       -- of what is told while no record is at hand

-- A book of a base (weir.kb.base), with the sets that were not written yet: those of the capture
-- at hand by the input's number in it, and those of captures before.
function stored.new(base, name)
   local self = setmetatable(book.new(book.set(0), name), stored)
   self.base, self.sets, self.left, self.set.is_left = base, {}, {}, true
   return self
end

-- Makes the set ready that what comes next belongs into.
function stored:turn()
   local row = self.row
   local at = row == nil and NO_INPUT or self.on == "second" and 0 or row.source
   if #self.set.facts >= BATCH then assert(self.base:commit()) end
   if at ~= self.at or self.set.is_left then
      self.at = at
      local set = self.sets[at]
      if not set then
         set = book.set(math.huge)
         set.input, self.sets[at] = self.base.inputs[at], set
      end
      self.set = set
   end
end

-- The sets that were not written yet, as an iterator.
function stored:news()
   local i, at, set = 0, nil, nil
   return function ()
      i = i + 1
      if self.left[i] then return self.left[i] end
      at, set = next(self.sets, at)
      return set
   end
end

function stored:has_news() return self.left[1] ~= nil or next(self.sets) ~= nil end

-- What comes next is of another capture.
function stored:leave()
   for _, set in pairs(self.sets) do
      set.is_left, self.left[#self.left + 1] = true, set
   end
   self.sets, self.proof = {}, nil
end

-- All of it is written.
function stored:written()
   self:leave()
   self.left = {}
end

-- Notes which record proves a fact.
function stored:prove(fact)
   if type(self.row) ~= "cdata" then return end
   local proof = self.proof
   if not proof then
      proof = evidence.pack(self.row, self.on, self.base.first)
      self.proof = proof
   end
   if not fact.proof then
      fact.proof = proof
   elseif fact.proof ~= proof then                       -- the same record tells it twice
      fact.proofs = fact.proofs or evidence.list(fact.proof)
      evidence.add(fact.proofs, proof)
   end
end

function stored:learn(fact, data)
   fact.data = fact.data or {}
   local how = self.person and "new wins" or self.base.policy_of(fact.type)
   for name, value in pairs(data) do
      fact.data[name] = policy.tell(how, fact.data[name], value)
   end
end

return stored

-- What an extractor is given as `kb` where facts are stored: it keeps apart what is told of each
-- input, and notes which records prove it.

local book     = require "weir.kb.book"
local evidence = require "weir.kb.evidence"
local policy   = require "weir.kb.policy"
local proof    = require "weir.proof"

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

-- Which input the row at hand is of: the number in the capture; of a row of a channel, the run that
-- published it.
local function place_of(self)
   local row = self.row
   if type(row) == "cdata" then return self.on == "second" and 0 or row.source end
   local known = row ~= nil and proof.of(row)
   return known and known.source.run.id or NO_INPUT
end

-- Makes the set ready that what comes next belongs into.
function stored:turn()
   local at = place_of(self)
   if #self.set.facts >= BATCH then assert(self.base:commit()) end
   if at ~= self.at or self.set.is_left then
      self.at = at
      local set = self.sets[at]
      if not set then
         set = book.set(math.huge)
         set.input, self.sets[at] = self.base:input(at, self.row), set
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

-- The proof of the row at hand; nil when nothing proves it.
local function prove_row(self)
   local row = self.row
   if type(row) == "cdata" then return evidence.pack(row, self.on, self.base.first) end
   local known, input = proof.of(row), self.set.input
   return known and input and evidence.adopt(known.bytes, input.number)
end

-- Notes which record proves a fact.
function stored:prove(fact)
   if self.row == nil then return end
   self.proof = self.proof or prove_row(self)
   local proven = self.proof
   if not proven then return end
   if not fact.proof then
      fact.proof = proven
   elseif fact.proof ~= proven then                      -- the same record tells it twice
      fact.proofs = fact.proofs or evidence.list(fact.proof)
      evidence.add(fact.proofs, proven)
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

-- Writes what was told since the last commit: facts, with who told them of what.

local evidence = require "weir.kb.evidence"
local fold     = require "weir.kb.fold"
local json     = require "weir.json"
local parts    = require "weir.kb.parts"

local must = fold.must
local write = {}

local NAMES = 1000                        -- of data, that are remembered as JSON
local ROWS = 65536                        -- of channels, that are remembered

local function id_of(self, entity)
   local id = entity.id
   if not id then
      id = self.ids.entity(entity.type, entity.key)
      entity.id = id
   end
   return id
end

local heads, head_count = {}, 0           -- names as JSON has them: most facts have the same

local function head_of(name)
   if not heads[name] then
      if head_count == NAMES then heads, head_count = {}, 0 end
      heads[name], head_count = json.encode(name) .. ":", head_count + 1
   end
   return heads[name]
end

-- The data of a fact as texts: what it is, and with when each of it was told.
local function write_data(fact, stamp)
   local names, plain, told = {}, {}, {}
   for name in pairs(fact.data) do names[#names + 1] = tostring(name) end
   if #names > 1 then table.sort(names) end
   for i, name in ipairs(names) do
      local head, value = head_of(name), fact.data[name]
      if value == nil then value = fact.data[tonumber(name)] end
      value = json.encode(value)
      plain[i], told[i] = head .. value, ("%s[%.0f,%s]"):format(head, stamp, value)
   end
   fact.json = "{" .. table.concat(plain, ",") .. "}"
   fact.told = "{" .. table.concat(told, ",") .. "}"
end

-- Makes a fact ready for the writer.
local function prepare(self, fact, stamp)
   if fact.fact == "entity" then
      id_of(self, fact)
   else
      fact.src, fact.dst = id_of(self, fact.from), id_of(self, fact.to)
      fact.id = self.ids.relationship(fact.src, fact.verb, fact.dst)
   end
   fact.evidence = fact.proofs and evidence.text(fact.proofs)
      or fact.proof and evidence.one(fact.proof)
   if fact.data and next(fact.data) ~= nil then write_data(fact, stamp) end
end

-- An extension: its id.  Another process may have taken it back since the last commit.
local function extension_of(self, found)
   local file, person = self.db, found.person and 1 or 0
   must(file:run("INSERT OR IGNORE INTO extensions (name, version, code, person) "
      .. "VALUES (?, ?, ?, ?)", found.name, found.version, found.code, person))
   return file:first("SELECT id FROM extensions WHERE name = ? AND version = ? AND code = ? "
      .. "AND person = ?", found.name, found.version, found.code, person)
end

-- A witness: its id, and whether the same extension says things of the same source in another run.
local function witness_of(self, found, extension, input)
   local file, source = self.db, input and input.source or ""     -- none: no record was at hand
   local run = input and input.run and input.run.id or self.run_id
   must(file:run("INSERT OR IGNORE INTO witnesses (run, source, extension) VALUES (?, ?, ?)",
      run, source, extension))
   local id = file:first("SELECT id FROM witnesses WHERE run = ? AND source = ? AND extension = ?",
      run, source, extension)
   local others = file:first("SELECT count(*) FROM witnesses w JOIN extensions x "
      .. "ON x.id = w.extension WHERE w.source = ? AND w.source <> '' AND x.name = ? AND w.id <> ?",
      source, found.name, id)
   return { id = id, shares = others > 0, person = found.person }
end

-- By policy: whether what is told now (a text of JSON) changes nothing where `known` is known.
local KEEPS = {
   ["stored wins"] = function () return true end,
   ["skip nulls"] = function (known, told) return known ~= "null" or told == "null" end,
   ["new wins"] = function (known, told) return known == told end,
   union = function (known, told) return known == told end,
}

-- Whether a fact is known to be all that is told of it now: then what all others said of it, which
-- may be much, has not to be looked at.  A person's word is never that.
local function is_known(self, fact, how, witness)
   local keeps = KEEPS[how]
   if not keeps or witness.person then return false end
   local data = self.db:first(fact.verb and "SELECT data FROM relationships WHERE id = ?"
      or "SELECT data FROM entities WHERE id = ?", fact.id)
   local known = {}
   for _, member in ipairs(data and parts.object(data) or {}) do known[member[1]] = member[2] end
   for _, member in ipairs(parts.object(fact.json) or {}) do
      local text = known[member[1]]
      if not text or not keeps(text, member[2]) then return false end
   end
   return true
end

-- Merges what a fact that was there is known for with what is told now.
local function settle(self, fact, witness, stamp)
   local file, how = self.db, self.policy_of(fact.verb or fact.type)
   if fact.told and fact.state == "again" then
      local before = must(file:all("SELECT told FROM evidence WHERE fact = ? AND witness = ?",
         fact.id, witness.id))[1]
      local told = fold.told(how, before.told, fact.told, witness.person)
      if told == before.told and not witness.shares then return end
      must(file:run("UPDATE evidence SET told = ? WHERE fact = ? AND witness = ?", told, fact.id,
         witness.id))
   end
   if not witness.shares and is_known(self, fact, how, witness) then return end
   fold.again(file, fact.id, self.policy_of, stamp)
end

local function write_set(self, found, extension, set, stamp)
   local witness = witness_of(self, found, extension, set.input)
   for _, fact in ipairs(set.facts) do prepare(self, fact, stamp) end
   must(self.writer:write(set.facts, witness.id, stamp))
   for _, fact in ipairs(set.facts) do
      if fact.state ~= "new" and (fact.told or witness.shares) then
         settle(self, fact, witness, stamp)
      end
   end
end

local function write_input(self, input)
   local file, run = self.db, input.run                  -- of another process, or none
   if run then
      must(file:run("INSERT OR IGNORE INTO runs (id, started, weir, command, options) "
         .. "VALUES (?, ?, ?, ?, ?)", run.id, run.started, run.weir, run.command, run.options))
   end
   must(file:run("INSERT INTO sources (id, path, size) VALUES (?, ?, ?) ON CONFLICT (id) "
      .. "DO UPDATE SET path = ifnull(excluded.path, path), size = ifnull(excluded.size, size)",
      input.source, input.path, input.size))
   must(file:run("INSERT OR IGNORE INTO inputs (run, number, first, source, done) "
      .. "VALUES (?, ?, ?, ?, ?)", run and run.id or self.run_id, input.number, input.first,
      input.source, run and 1 or 0))
end

-- Remembers which rows of channels were taken.
local function write_rows(self)
   for _, row in ipairs(self.rows) do
      must(self.db:run("INSERT OR IGNORE INTO delivered (run, extension, row) VALUES (?, ?, ?)",
         row.run, row.by, row.id))
   end
   must(self.db:run("DELETE FROM delivered WHERE id <= (SELECT max(id) FROM delivered) - ?", ROWS))
end

-- Writes what a base knows of sources, and all that its books were told, within a transaction.
function write.all(self)
   local stamp = self:tick()
   for _, input in ipairs(self.begun) do write_input(self, input) end
   for _, found in pairs(self.by) do
      local extension = found:has_news() and extension_of(self, found)
      for set in found:news() do write_set(self, found, extension, set, stamp) end
   end
   if self.rows[1] then write_rows(self) end
   for _, one in ipairs(self.ended) do
      must(self.db:run("UPDATE inputs SET done = 1 WHERE run = ? AND number = ?", self.run_id,
         one.number))
      if one.also then one.also() end
   end
end

return write

-- A knowledge base in a file: the same as one in memory, and it stays.
--
--    local base = assert(kb.open("weir-data", { mode = "create" }))
--    assert(base:run { command = "weir run …", options = measures })
--    assert(base:source { path = "x.pcap", hash = digest.file "x.pcap" })
--    local book = base:handle("talkers", "flow", ext)        -- book.row = record, as engines do
--    assert(base:commit())                                   -- between batches, now and then
--    assert(base:done())                                     -- the source, to its end
--    base:close()
--
-- What is told waits for the next commit, which is one transaction: no fact is without evidence.
-- Several processes may write to one base.

local book     = require "weir.kb.book"
local db       = require "weir.db"
local evidence = require "weir.kb.evidence"
local fold     = require "weir.kb.fold"
local host     = require "weir.host"
local ids      = require "weir.kb.ids"
local json     = require "weir.json"
local policy   = require "weir.kb.policy"
local retract  = require "weir.kb.retract"

local base = {}
base.__index = base

local BATCH = 65536                       -- facts of a set after which it is written
local NAMES = 1000                        -- of data, that are remembered as JSON
local CACHE = 131072                      -- KiB: what is written to is all over the file
local NO_INPUT = -1

-- ---- opening ------------------------------------------------------------------------------------

local function read_policies(self, given)
   local kept = {}
   for row in self.db:rows "SELECT type, policy FROM policies" do kept[row.type] = row.policy end
   for type, how in pairs(given or {}) do
      if not policy.is(how) then
         error(("no policy '%s': there are %s, and functions"):format(tostring(how),
            table.concat(policy.names, ", ")), 4)
      end
      kept[type] = how
   end
   function self.policy_of(type)
      local how = kept[type] or kept["*"] or policy.default
      return policy.is(how) and how or policy.default
   end
end

local function write_settings(self, options)
   local rule = options.ids
   fold.must(self.db:run("PRAGMA cache_size = -" .. CACHE))
   if rule and not ids.rules[rule] then error("ids are 'weir' or 'stratosphere'", 4) end
   return self.db:transaction(function ()
      for type, how in pairs(options.policy or {}) do
         if type(how) == "string" then
            fold.must(self.db:run("INSERT OR REPLACE INTO policies VALUES (?, ?)", type, how))
         end
      end
      if rule then
         fold.must(self.db:run("UPDATE settings SET value = ? WHERE name = 'ids' "
            .. "AND NOT EXISTS (SELECT 1 FROM entities)", rule))
      end
   end)
end

-- The base of a workspace's folder, or a file.  Options: `mode` as of weir.db ("read" unless told),
-- `ids` ("weir" or "stratosphere", of a new base), `policy` (by type; "*" is all others).
-- Returns nil and the reason when it cannot be opened.
function base.open(path, options, new_writer)
   options = options or {}
   if host.is_folder(path) then path = path:gsub("/*$", "") .. "/kb.db" end
   local file, why = db.open(path, { mode = options.mode, layout = "kb" })
   if not file then return nil, why end
   local self = setmetatable({
      db = file, path = path, by = {}, inputs = {}, first = 0, next_input = 0, facts = {}, dropped = 0,
      mode = options.mode or "read",
   }, base)
   local is_open
   is_open, why = pcall(read_policies, self, options.policy)
   if is_open and self.mode ~= "read" then
      is_open, why = write_settings(self, options)
      if is_open then self.writer, why = new_writer(file) end
      is_open = is_open and self.writer
   end
   local rule = is_open and file:first "SELECT value FROM settings WHERE name = 'ids'"
   self.ids = ids.rules[rule]
   if self.ids then return self end
   file:close()
   return nil, why or ("'%s' has ids of a kind that is unknown: '%s'"):format(path, tostring(rule))
end

-- ---- runs and sources ------------------------------------------------------------------------

local NOW = "(julianday('now') - 2440587.5) * 86400"

-- A stamp for what is told now, later than all that were: within a transaction.
function base:tick()
   local stamp, why = self.db:first("UPDATE settings SET value = max(value + 1, CAST("
      .. NOW .. " * 1000 AS INTEGER)) WHERE name = 'clock' RETURNING value")
   return fold.must(stamp, why)
end

local function random_id()
   local file = assert(io.open("/dev/urandom", "rb"))
   local bytes = file:read(16)
   file:close()
   return (bytes:gsub(".", function (c) return ("%02x"):format(c:byte()) end))
end

-- Begins a run: `command`; `options`, those that decide which flows there are.  Returns its id.
function base:run(about)
   local id = random_id()
   local ok, why = self.db:run("INSERT INTO runs (id, started, weir, command, options) VALUES (?, "
      .. NOW .. ", ?, ?, ?)", id, about.weir, about.command,
      about.options and json.encode(about.options))
   if not ok then return nil, why end
   self.run_id = id
   return id
end

local function add_input(self, source, id)
   fold.must(self.db:run("INSERT INTO sources (id, path, size) VALUES (?, ?, ?) ON CONFLICT (id) "
      .. "DO UPDATE SET path = ifnull(excluded.path, path), size = ifnull(excluded.size, size)",
      id, source.path, source.size))
   fold.must(self.db:run("INSERT INTO inputs (run, number, source, done) VALUES (?, ?, ?, 0)",
      self.run_id, self.next_input, id))
end

-- What records come from now: `path`; `hash`, the SHA-256 of the file, which what is no file has
-- not; `index`, its number in the capture, from 0; `resume`: what runs that did not come to its end
-- said of it is taken back, since it is read from its beginning.
function base:source(source)
   if not self.run_id then
      local id, why = self:run {}
      if not id then return nil, why end
   end
   local index = source.index or 0
   local id = source.hash and "sha256:" .. source.hash
      or ("live:%s:%s"):format(self.run_id, source.path or "")
   if source.resume then
      local n, why = retract.unfinished(self, id, self.run_id)
      if not n then return nil, why end
   end
   local ok, why = self.db:transaction(add_input, self, source, id)
   if not ok then return nil, why end
   if index == 0 then
      ok, why = self:commit()                            -- what came of the capture before
      if not ok then return nil, why end
      self.first, self.inputs = self.next_input, {}
   end
   self.inputs[index] = { number = self.next_input, source = id }
   self.next_input = self.next_input + 1
   return true
end

-- All of a source has been read.
function base:done(index)
   local ok, why = self:commit()
   if not ok then return nil, why end
   return self.db:run("UPDATE inputs SET done = 1 WHERE run = ? AND number = ?", self.run_id,
      self.inputs[index or 0].number)
end

-- Adds what the core has to measure for facts to be followed to their packets.
function base.measures(_, options)
   options.offsets = true
   return options
end

-- ---- telling ------------------------------------------------------------------------------------

local stored = setmetatable({}, { __index = book })
stored.__index = stored

-- Makes the set ready that what comes next belongs into.
function stored:turn()
   local row = self.row
   local input = row == nil and NO_INPUT or self.on == "second" and 0 or row.source
   if #self.set.facts >= BATCH then assert(self.base:commit()) end
   if input ~= self.input or self.set.is_written then
      self.input = input
      local set = self.sets[input]
      if not set then
         set = book.set(math.huge)
         set.input, self.sets[input] = input, set
      end
      self.set = set
   end
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

-- The base as the extension of that name sees it, which reads records of the kind `on`.  `ext`: what
-- was loaded; after a reload it is told again.
function base:handle(name, on, ext)
   local found = self.by[name]
   local version, code = ext and ext.manifest and ext.manifest.version or "", ext and ext.code or ""
   if found and (found.version ~= version or found.code ~= code) then
      assert(self:commit())                              -- what the code before said
   end
   if not found then
      found = setmetatable(book.new(book.set(0), name), stored)
      found.base, found.sets = self, {}
      found.set.is_written = true
      self.by[name] = found
   end
   found.on, found.version, found.code = on or "exchange", tostring(version), code
   found.witnesses = {}
   return found
end

-- The base as a person sees it, by name: what a person says counts before what extensions say.
function base:person(name)
   local found = self:handle("person:" .. name)
   found.person, found.name = true, name
   return found
end

-- ---- writing ------------------------------------------------------------------------------------

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
   fact.evidence = fact.proofs and evidence.text(fact.proofs) or fact.proof and evidence.one(fact.proof)
   if fact.data and next(fact.data) ~= nil then write_data(fact, stamp) end
end

-- The id of a witness, and whether the same extension has said things of the same source before.
local function new_witness(self, found, source)
   local file, person = self.db, found.person and 1 or 0
   fold.must(file:run("INSERT OR IGNORE INTO extensions (name, version, code, person) "
      .. "VALUES (?, ?, ?, ?)", found.name, found.version, found.code, person))
   local extension = file:first("SELECT id FROM extensions WHERE name = ? AND version = ? "
      .. "AND code = ? AND person = ?", found.name, found.version, found.code, person)
   fold.must(file:run("INSERT OR IGNORE INTO witnesses (run, source, extension) VALUES (?, ?, ?)",
      self.run_id, source, extension))
   local id = file:first("SELECT id FROM witnesses WHERE run = ? AND source = ? AND extension = ?",
      self.run_id, source, extension)
   local others = file:first("SELECT count(*) FROM witnesses w JOIN extensions x "
      .. "ON x.id = w.extension WHERE w.source = ? AND w.source <> '' AND x.name = ? AND w.id <> ?",
      source, found.name, id)
   return { id = id, shares = others > 0 }
end

-- Merges what a fact that was there is known for with what is told now.
local function settle(self, fact, witness, stamp)
   local file, how = self.db, self.policy_of(fact.verb or fact.type)
   if fact.told and fact.state == "again" then
      local before = file:first("SELECT told FROM evidence WHERE fact = ? AND witness = ?", fact.id,
         witness.id)
      local told = fold.told(how, before, fact.told, witness.person)
      if told == before and not witness.shares then return end
      fold.must(file:run("UPDATE evidence SET told = ? WHERE fact = ? AND witness = ?", told, fact.id,
         witness.id))
   end
   fold.again(file, fact.id, self.policy_of, stamp)
end

local function write_set(self, found, set, stamp)
   local input = self.inputs[set.input]
   local source = set.input ~= NO_INPUT and input and input.source or ""
   local witness = found.witnesses[source] or new_witness(self, found, source)
   witness.person = found.person
   for _, fact in ipairs(set.facts) do prepare(self, fact, stamp) end
   fold.must(self.writer:write(set.facts, witness.id, stamp))
   for _, fact in ipairs(set.facts) do
      if (fact.told or witness.shares) and fact.state ~= "new" then settle(self, fact, witness, stamp) end
   end
   return source, witness
end

local function write_all(self)
   local stamp, made = self:tick(), {}
   for _, found in pairs(self.by) do
      for _, set in pairs(found.sets) do
         local source, witness = write_set(self, found, set, stamp)
         made[#made + 1] = { found, source, witness }
      end
   end
   self.made = made
end

-- Forgets what it knows of witnesses: they may be gone.
function base:forget()
   for _, found in pairs(self.by) do found.witnesses = {} end
end

-- Writes all that was told since the last commit.  Nil and the reason; it may be tried again then.
function base:commit()
   local is_any = false
   for _, found in pairs(self.by) do is_any = is_any or next(found.sets) ~= nil end
   if not is_any then return true end
   if not self.run_id then
      local id, why = self:run {}
      if not id then return nil, why end
   end
   local called, ok, why = pcall(self.db.transaction, self.db, write_all, self)
   if not called or not ok then return nil, called and why or ok end
   for _, one in ipairs(self.made) do one[1].witnesses[one[2]] = one[3] end
   for _, found in pairs(self.by) do
      for _, set in pairs(found.sets) do set.is_written = true end
      found.sets, found.proof = {}, nil
   end
   return true
end

-- Commits, and ends the run.  Nil and the reason when what was told last is lost.
function base:close()
   local ok, why = self:commit()
   if ok and self.run_id then
      ok, why = self.db:run("UPDATE runs SET ended = " .. NOW .. " WHERE id = ?", self.run_id)
   end
   if self.writer then self.writer:close() end
   self.db:close()
   return ok, why
end

return base

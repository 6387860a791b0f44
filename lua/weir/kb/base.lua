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
-- Small sources may wait for the same one.  Several processes may write to one base.

local db       = require "weir.db"
local fold     = require "weir.kb.fold"
local host     = require "weir.host"
local ids      = require "weir.kb.ids"
local json     = require "weir.json"
local policy   = require "weir.kb.policy"
local proof    = require "weir.proof"
local retract  = require "weir.kb.retract"
local stored   = require "weir.kb.stored"
local write    = require "weir.kb.write"

local base = {}
base.__index = base

local CACHE = 131072                      -- KiB: what is written to is all over the file

-- ---- opening --------------------------------------------------------------------------------

-- Options that make no sense are an error of the script that calls us.
local function check(options)
   for _, how in pairs(options.policy or {}) do
      if not policy.is(how) then
         error(("no policy '%s': there are %s, and functions"):format(tostring(how),
            table.concat(policy.names, ", ")), 4)
      end
   end
   if options.ids and not ids.rules[options.ids] then
      error("ids are 'weir' or 'stratosphere'", 4)
   end
end

local function read_policies(self, given)
   local kept = {}
   for row in self.db:rows "SELECT type, policy FROM policies" do kept[row.type] = row.policy end
   for of, how in pairs(given or {}) do kept[of] = how end
   function self.policy_of(of)
      local how = kept[of] or kept["*"] or policy.default
      return policy.is(how) and how or policy.default
   end
end

local function write_settings(self, options)
   local rule = options.ids
   fold.must(self.db:run("PRAGMA cache_size = -" .. CACHE))
   if not rule and not options.policy then return true end
   return self.db:transaction(function ()
      for of, how in pairs(options.policy or {}) do
         if type(how) == "string" then
            fold.must(self.db:run("INSERT OR REPLACE INTO policies VALUES (?, ?)",
               of, how))
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
   check(options)
   if host.is_folder(path) then path = path:gsub("/*$", "") .. "/kb.db" end
   local file, why = db.open(path, { mode = options.mode, layout = "kb" })
   if not file then return nil, why end
   local self = setmetatable({
      db = file, path = path, mode = options.mode or "read", by = {}, facts = {}, dropped = 0,
      inputs = {}, far = {}, first = 0, next_input = 0, begun = {}, ended = {}, rows = {},
   }, base)
   local is_open
   is_open, why = pcall(read_policies, self, options.policy)
   if is_open and self.mode ~= "read" then
      is_open, why = write_settings(self, options)
      if is_open then self.writer, why = new_writer(file) end
      is_open = is_open and self.writer
   end
   local rule = is_open and file:first "SELECT value FROM settings WHERE name = 'ids'"
   self.ids, self.rule = ids.rules[rule], rule
   if self.ids then return self end
   file:close()
   return nil, why or ("'%s' has ids of a kind that is unknown: '%s'"):format(path, tostring(rule))
end

-- ---- runs and sources -----------------------------------------------------------------------

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

-- Takes note of an input.
local function begin(self, input)
   input.entity, input.relationship = 0, 0
   self.begun[#self.begun + 1] = input
   return input
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
   if index == 0 then                                    -- a capture, after the one before
      for _, found in pairs(self.by) do found:leave() end
      self.first, self.inputs = self.next_input, {}
   end
   self.inputs[index] = begin(self, { number = self.next_input, first = self.first, source = id,
      path = source.path, size = source.size })
   self.next_input = self.next_input + 1
   return true
end

-- The input of that number in the capture at hand; or that of a row of a channel, which is one of
-- the run that published it where this was another process: then that run is told of here, too.
function base:input(at, row)
   if type(at) == "number" then return self.inputs[at] end
   local known, here = proof.of(row), self.inputs[0]
   local source = known.source
   if not known.is_far then return here and here.source == source.id and here or nil end
   local run = source.run
   self.far[run.id] = self.far[run.id] or begin(self, { number = 0, first = 0, run = run,
      source = source.id, path = source.path, size = source.size })
   return self.far[run.id]
end

-- All of a source has been read: commits that, unless it may wait for a later commit, whose
-- transaction calls also().
function base:done(index, also, may_wait)
   self.ended[#self.ended + 1] = { number = self.inputs[index or 0].number, also = also }
   return may_wait or self:commit()
end

-- Adds what the core has to measure for facts to be followed to their packets.
function base.measures(_, options)
   options.offsets = true
   return options
end

-- ---- telling --------------------------------------------------------------------------------

-- The base as the extension of that name sees it, which reads records of the kind `on`.  `ext`:
-- what was loaded; after a reload it is told again.
function base:handle(name, on, ext)
   local found = self.by[name]
   local version, code = ext and ext.manifest and ext.manifest.version or "", ext and ext.code or ""
   if found and (found.version ~= version or found.code ~= code) then
      assert(self:commit())                              -- what the code before said
   end
   if not found then
      found = stored.new(self, name)
      self.by[name] = found
   end
   found.on, found.version, found.code = on or "exchange", tostring(version), code
   return found
end

-- The base as a person sees it, by name: what a person says counts before what extensions say.
function base:person(name)
   local found = self:handle("person:" .. name)
   found.person, found.name = true, name
   return found
end

-- Remembers, from the next commit on, rows that an extension has taken from a channel, which brings
-- them again when it does not hear of it.
function base:took(name, rows)
   for _, row in ipairs(rows) do
      local known = proof.of(row)
      if known and known.is_far then
         self.rows[#self.rows + 1] = { run = known.source.run.id, by = name, id = row.row_id }
      end
   end
end

-- Whether such a row has been taken before.
function base:has_taken(name, row)
   local known = proof.of(row)
   if not known or not known.is_far then return false end
   return self.db:first("SELECT 1 FROM delivered WHERE run = ? AND extension = ? AND row = ?",
      known.source.run.id, name, row.row_id) ~= nil
end

-- Counts the facts of each input, each once.
local function count(found)
   for set in found:news() do
      local input = set.input
      if input then
         input.seen = input.seen or {}
         for _, fact in ipairs(set.facts) do
            if not input.seen[fact.id] then
               input.seen[fact.id], input[fact.fact] = true, input[fact.fact] + 1
            end
         end
      end
   end
end

local function has_news(self)
   for _, found in pairs(self.by) do
      if found:has_news() then return true end
   end
   return self.begun[1] ~= nil or self.ended[1] ~= nil or self.rows[1] ~= nil
end

-- Writes all that was told since the last commit.  Nil and the reason; it may be tried again then.
function base:commit()
   if not has_news(self) then return true end
   if not self.run_id then
      local id, why = self:run {}
      if not id then return nil, why end
   end
   local called, ok, why = pcall(self.db.transaction, self.db, write.all, self)
   if not called or not ok then return nil, called and why or ok end
   for _, found in pairs(self.by) do
      if self.counts then count(found) end
      found:written()
   end
   self.begun, self.ended, self.rows = {}, {}, {}
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

-- The extensions of `weir run`, and the knowledge base that extractors among them fill.
--
-- A source's facts are committed before its records are marked as all stored: so after a crash it
-- is read again, and what was learnt of it either counts already or is taken back.  Where no
-- records are stored, facts of several sources may wait for one commit.  An extractor that is new,
-- or has other code, sees what others have seen before.

local cursor = require "weir.kb.cursor"
local extend = require "weir.cli.extend"
local graph  = require "weir.extension.graph"
local host   = require "weir.host"
local json   = require "weir.json"
local kb     = require "weir.kb"
local names  = require "weir.channel.names"
local report = require "weir.cli.report"

local learn = {}
learn.__index = learn

local DEFAULTS = { "names", "talkers" }   -- extractors that run unless told otherwise
local OFTEN = 2                           -- seconds between commits
local MOST, LONGEST = 64, 0.25            -- sources whose facts wait for one, seconds they do

-- The extensions that are named, behind those that always run.
local function extensions_of(values)
   local list, named = {}, {}
   for _, name in ipairs(values.ext or {}) do
      named[name:match "([^/]+)/*$":gsub("%.lua$", "")] = true
   end
   for _, name in ipairs(values.plain and {} or DEFAULTS) do
      if not named[name] then list[#list + 1] = name end
   end
   for _, name in ipairs(values.ext or {}) do list[#list + 1] = name end
   return list
end

local function extractors_of(extensions)
   local list = {}
   for _, ext in ipairs(extensions) do list[#list + 1] = ext.kind == "extractor" and ext or nil end
   return list
end

-- Whether a pipeline has somebody who learns.
function learn.has_extractor(line) return extractors_of(line.extensions)[1] ~= nil end

-- Loads what a command line names, unless a pipeline is there.  Nil, the reason and the exit code
-- when that fails.
local function load(values, line)
   if line then return line.extensions end
   values.ext = extensions_of(values)
   if not values.ext[1] then return {} end
   return extend.load(values.ext, values.set, report.note)
end

-- The engine of a command line, or of a pipeline (weir.pipeline), with its knowledge base in the
-- workspace's folder; without any extension both are nil.  Returns nil, the reason and the exit
-- code when that fails.
function learn.open(values, folder, line)
   local self = setmetatable({
      values = values, committed = host.clock(), due = {}, waiting = {}, wait_count = 0,
      passed = {},                                       -- sources that who publishes saw before
   }, learn)
   local list, why, code = load(values, line)
   if not list then return nil, why, code end
   if not list[1] then return self end
   self.extractors = extractors_of(graph.part(list, line and line.only))
   if self.extractors[1] then
      self.base, why = kb.open(folder, { mode = "create" })
      if not self.base then return nil, why, report.exit.unreadable end
   end
   self.engine, why = require "weir.extension.engine".new(list, {
      tell = report.warning, log = report.note, strict = values.strict, kb = self.base,
      hub = line and line.hub, only = line and line.only,
   })
   if not self.engine then return nil, why, report.exit.script end
   local ok
   ok, why = require "weir.extension.reload".watch(self.engine)
   if not ok then report.warning("extensions will not be reloaded: " .. why) end
   return self
end

-- Adds what extensions and evidence want measured; `sees`: which of them see it.
function learn:measures(list, sees)
   if self.engine then self.engine:measures(list, self.values.interface, sees) end
   if self.base or self.engine and self.engine.stages:learn() then list.offsets = true end
   return list
end

-- What was typed, in short.
local function command_of(values)
   local words = { values.command or "weir run" }
   words[2] = values.pipeline or values.interface and "-i " .. values.interface
   for _, path in ipairs(values.read or {}) do words[#words + 1] = "-r " .. path end
   return table.concat(words, " ")
end

-- Begins the run, with the options that decide which flows there are.
function learn:run(options)
   self.command, self.options = command_of(self.values), options
   if not self.base then return true end
   return self.base:run {
      weir = require "weir".version, command = self.command, options = options,
   }
end

-- Takes note of who has yet to see a source: those that have none of it, or other code.
local function find_due(self, source)
   self.due = {}
   for _, ext in ipairs(self.extractors or {}) do
      local is_due = not source.hash or self.values.reprocess
         or cursor.is_due(self.base, ext, source.hash)
      if is_due and source.sees(ext) then
         self.due[#self.due + 1], self.due[ext.name] = ext, true
      end
   end
end

-- Whether a source that is stored has to be read again, since somebody is to learn of it.  Nil and
-- the reason when that cannot be told.
function learn:wants(source)
   if not self.base or not source.hash then return false end
   if self.waiting[source.hash] then                     -- the same once more
      local ok, why = self:commit()
      if not ok then return nil, why end
   end
   find_due(self, source)
   return self.due[1] ~= nil
end

-- Counts a source for those whose rows of it nobody gets, since they saw it in another run.
local function count_passed(self, source)
   for _, ext in ipairs(self.extractors) do
      if ext.publish and source.sees(ext) and not self.due[ext.name] then
         self.passed[ext.name] = (self.passed[ext.name] or 0) + 1
      end
   end
end

-- What comes now is of that source { path, hash, sees }.
function learn:source(source)
   if not self.base then return true end
   find_due(self, source)
   count_passed(self, source)
   for _, ext in ipairs(source.hash and self.due or {}) do
      local ok, why = cursor.begin(self.base, ext, source.hash)
      if not ok then return nil, why end
   end
   self.input = nil
   if not self.due[1] then return true end
   local ok, why = self.base:source {
      path = source.path, hash = source.hash, index = 0, resume = true,
   }
   self.input = self.base.inputs[0]                      -- as the base counts it
   return ok, why
end

-- What a source is in a knowledge base, here or where its rows go; and who reads it.
local function origin_of(self, source)
   local token = names.token()
   local id = self.input and self.input.source or source.hash and "sha256:" .. source.hash
      or ("live:%s:%s"):format(token, source.path)
   return { id = id, path = source.path, size = source.size, run = {
      id = token, started = os.time(), weir = require "weir".version, command = self.command,
      options = json.encode(self.options),
   } }
end

-- Makes the extensions see a capture.  Of one that was stored before (`is_again`), only those who
-- learn, and what they need.
function learn:attach(capture, source, is_again)
   if not self.engine then return true end
   local name = source.hash and source.hash:sub(1, 16) or source.path:match "[^/]*$"
   return self.engine:attach(capture, {
      source = name, is_own = source.is_own, origin = origin_of(self, source),
      sees = function (ext)
         if ext.kind == "extractor" then return self.due[ext.name] == true end
         return source.sees(ext) and not (is_again and ext.kind == "reporting")
      end,
   })
end

-- Makes safe what was learnt so far.  Nil and the reason.
function learn:commit()
   if not self.base then return true end
   self.committed = host.clock()
   local ok, why = self.base:commit()
   if not ok then return nil, why end
   self.waiting, self.wait_count = {}, 0
   return true
end

-- The same, now and then.
function learn:look()
   if host.clock() - self.committed < OFTEN then return true end
   return self:commit()
end

-- All of the source has been read.  Its facts may wait for those of others where it `may_wait`.
-- False when its rows did not reach their channels before somebody wanted to stop.
function learn:done(source, may_wait)
   if self.engine and not self.engine:settle() then return false end
   local due = self.due
   if not due[1] then return true end
   self.base:done(0, source.hash and function ()
      for _, ext in ipairs(due) do cursor.done(self.base, ext, source.hash) end
   end, true)
   if not may_wait or not source.hash then return self:commit() end
   self.waiting[source.hash], self.wait_count = true, self.wait_count + 1
   if self.wait_count < MOST and host.clock() - self.committed < LONGEST then return true end
   return self:commit()
end

-- How many facts there are.
function learn:count()
   return self.base and self.base.db:first("SELECT (SELECT count(*) FROM entities) "
      .. "+ (SELECT count(*) FROM relationships)") or 0
end

-- Whether sources have to be known by what is in them: for the base, and for rows that others read.
function learn:is_named()
   return self.base ~= nil or self.engine ~= nil and self.engine.stages:is_far()
end

function learn:close()
   if self.engine then self.engine:stop() end
   if not self.base then return true end
   self.facts = self:count()
   return self.base:close()
end

return learn

-- A process of a farm: takes in the inputs that it is told, one after the other, and tells what
-- became of each.
--
-- Frames are JSON.  The first is { values, folder, parent }, then { path, owner } for each input:
-- { taken } comes back at once, and { told } once what came of some is stored, a list in the same
-- order: { path, state, rows, entities, relationships, errors, seconds, said }.  { store } asks for
-- what is left.

local digest   = require "weir.digest"
local frames   = require "weir.job.frames"
local host     = require "weir.host"
local json     = require "weir.json"
local learn    = require "weir.cli.run.learn"
local lines    = require "weir.cli.run.line"
local pipeline = require "weir.pipeline"
local reading  = require "weir.cli.run.source"
local report   = require "weir.cli.report"
local take     = require "weir.cli.run.take"
local workspace = require "weir.workspace"

local worker = {}
worker.__index = worker

local SAID = 20                           -- lines of one input that are told

-- The folder of an input's own knowledge base.
function worker.apart(folder, path)
   return ("%s/inputs/%s"):format(folder, digest.sha256(path):sub(1, 16))
end

-- The pipeline of a weir.yaml, for who sees which input; nil where none is run, or the reason.
local function line_of(values)
   if not values.pipeline then return nil end
   local all, faults = pipeline.read(values.pipeline, report.note)
   if not all then return nil, faults[1] end
   return lines.of(values, all)
end

-- Opens what inputs are taken into.  Nil and the reason.
local function open(self, folder)
   local paths, why = workspace.make(folder)
   if not paths then return nil, why end
   self.line, why = line_of(self.values)
   if why then return nil, why end
   self.learning, why = learn.open(self.values, folder, self.line)
   if not self.learning then return nil, why end
   self.taking, why = take.open(self.values, paths, self.learning, {})
   if not self.taking then return false, why end
   self.taking.may_wait = self.values.bare
   if self.learning.base then self.learning.base.counts = true end
   return true
end

-- Who sees an input: that of an instance is for it alone.
local function about(self, owner)
   if owner then
      return { is_own = true, sees = function (ext) return ext.name == owner end }
   end
   return { sees = self.line and self.line.all.common or reading.all_see }
end

local function close(self)
   if not self.taking then return true end
   local code = self.taking:close(report.exit.ok)
   self.learning, self.taking = nil, nil
   return code == report.exit.ok
end

-- Tells what became of the inputs that were taken, now that it is stored, or else why not.
-- Returns nil when nobody reads it.
local function tell(self, why)
   if not self.untold[1] then return true end
   local list = {}
   for i, one in ipairs(self.untold) do
      local told, input = one.told, one.input or {}
      told.entities, told.relationships = input.entity or 0, input.relationship or 0
      if why then told.state, told.why = "failed", why end
      list[i] = told
   end
   self.untold = {}
   return frames.send(json.encode { told = list })
end

local function store(self)
   local ok, why = true, nil
   if self.learning then ok, why = self.learning:commit() end
   return tell(self, not ok and why or nil)
end

local function errors_of(self)
   local engine = self.learning.engine
   return engine and engine.faults.total or 0
end

-- Takes in an input; returns what is to be told of it, and what the base counts for it.
local function take_in(self, asked)
   local path, ok, why = asked.path, true, nil
   self.said = {}
   if not self.taking then
      ok, why = open(self, self.values.apart and worker.apart(self.folder, path) or self.folder)
   end
   if not ok then
      return { path = path, state = "failed", why = why, code = report.exit.unreadable }
   end
   local before = errors_of(self)
   local told = self.taking:path(path, about(self, asked.owner))
   local input = told.state == "taken" and self.learning.input
   told.errors = errors_of(self) - before
   if self.taking.why then told.why, told.state = self.taking.why, "failed" end
   if self.values.apart and not close(self) then told.state = "failed" end
   told.said = self.said
   return told, input
end

-- The same, and lets the next one come.  Returns nil when nobody listens.
local function one(self, asked)
   local told, input = take_in(self, asked)
   self.untold[#self.untold + 1] = { told = told, input = input }
   if not frames.send(json.encode { taken = true }) then return nil end
   return self.learning and self.learning.wait_count > 0 or tell(self)
end

-- Works until nobody asks any more; returns the exit code.
function worker.run()
   local start = json.decode(frames.read() or "null")
   if type(start) ~= "table" then return report.exit.usage end
   start.values.jobs = 1
   local self = setmetatable({
      values = start.values, folder = start.folder, said = {}, untold = {},
   }, worker)
   local ok = frames.follow(start.parent)
   if not ok then return report.exit.unreadable end
   function report.instead(kind, message)
      if #self.said < SAID then self.said[#self.said + 1] = { kind, message } end
   end
   host.watch()
   jit.on()
   for frame in frames.read do
      local asked = json.decode(frame)
      if asked.path and not one(self, asked) then break end
      if asked.store and not store(self) then break end
      if not asked.path and not asked.store then break end
   end
   store(self)
   local is_closed = close(self)
   frames.send(json.encode { ended = true, said = self.said })
   return is_closed and report.exit.ok or report.exit.unreadable
end

return worker

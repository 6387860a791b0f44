-- A process of a farm: takes in the inputs that it is told, one after the other, and tells what
-- became of each.
--
-- Frames are JSON.  The first is { values, folder, parent }, then { path, owner } for each input,
-- and { path, state, rows, entities, relationships, errors, seconds, said } comes back.

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
   return self.taking ~= nil, why
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

local function errors_of(self)
   local engine = self.learning.engine
   return engine and engine.faults.total or 0
end

-- Takes in an input; returns what is told of it.
local function one(self, asked)
   local path, ok, why = asked.path, true, nil
   self.said = {}
   if not self.taking then
      ok, why = open(self, self.values.apart and worker.apart(self.folder, path) or self.folder)
   end
   if not ok then
      return { path = path, state = "failed", why = why, code = report.exit.unreadable }
   end
   local base, before = self.learning.base, errors_of(self)
   if base then base:count_anew() end
   local told = self.taking:path(path, about(self, asked.owner))
   local counts = base and base:count_anew() or {}
   told.entities, told.relationships = counts.entity or 0, counts.relationship or 0
   told.errors = errors_of(self) - before
   if self.taking.why then told.why, told.state = self.taking.why, "failed" end
   if self.values.apart and not close(self) then told.state = "failed" end
   told.said = self.said
   return told
end

-- Works until nobody asks any more; returns the exit code.
function worker.run()
   local start = json.decode(frames.read() or "null")
   if type(start) ~= "table" then return report.exit.usage end
   local self = setmetatable({ values = start.values, folder = start.folder, said = {} }, worker)
   local ok = frames.follow(start.parent)
   if not ok then return report.exit.unreadable end
   function report.instead(kind, message)
      if #self.said < SAID then self.said[#self.said + 1] = { kind, message } end
   end
   host.watch()
   jit.on()
   for frame in frames.read do
      local asked = json.decode(frame)
      if not asked.path or not frames.send(json.encode(one(self, asked))) then break end
   end
   local is_closed = close(self)
   frames.send(json.encode { ended = true, said = self.said })
   return is_closed and report.exit.ok or report.exit.unreadable
end

return worker

-- A process of `weir batch`: takes in the inputs that it is told, one after the other, and tells
-- what became of each.
--
-- Frames are JSON.  The first is { values, folder, parent }, then { path } for each input, and
-- { path, state, rows, entities, relationships, errors, seconds, said } comes back.

local digest = require "weir.digest"
local frames = require "weir.job.frames"
local host   = require "weir.host"
local json   = require "weir.json"
local learn  = require "weir.cli.run.learn"
local report = require "weir.cli.report"
local take   = require "weir.cli.run.take"

local worker = {}
worker.__index = worker

local SAID = 20                           -- lines of one input that are told

-- The folder of an input's own knowledge base.
function worker.apart(folder, path)
   return ("%s/inputs/%s"):format(folder, digest.sha256(path):sub(1, 16))
end

local function all_see() return true end

-- Opens what inputs are taken into.  Nil and the reason.
local function open(self, folder)
   local ok, why = host.make_folder(folder)
   if not ok then return nil, why end
   self.learning, why = learn.open(self.values, folder)
   if not self.learning then return nil, why end
   self.taking, why = take.open(self.values, {}, self.learning, {})
   return self.taking ~= nil, why
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
local function one(self, path)
   local ok, why = true, nil
   self.said = {}
   if not self.taking then
      ok, why = open(self, self.values.apart and worker.apart(self.folder, path) or self.folder)
   end
   if not ok then
      return { path = path, state = "failed", why = why, code = report.exit.unreadable }
   end
   local base, before = self.learning.base, errors_of(self)
   if base then base:count_anew() end
   local told = self.taking:path(path, all_see)
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
      if not asked.path or not frames.send(json.encode(one(self, asked.path))) then break end
   end
   local is_closed = close(self)
   frames.send(json.encode { ended = true, said = self.said })
   return is_closed and report.exit.ok or report.exit.unreadable
end

return worker

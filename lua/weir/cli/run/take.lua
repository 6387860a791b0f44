-- Takes sources into a workspace, one after the other: each by itself, so that what is stored of
-- one does not depend on what else was taken in, when, or in how many attempts.

local devices  = require "weir.devices"
local host     = require "weir.host"
local input    = require "weir.cli.input"
local nothing  = require "weir.cli.run.nothing"
local progress = require "weir.cli.progress"
local reading  = require "weir.cli.run.source"
local report   = require "weir.cli.report"
local schema   = require "weir.schema"
local sums     = require "weir.cli.run.sums"
local traffic  = require "weir.traffic"
local writer   = require "weir.sample.writer"

local exit = report.exit
local take = {}
take.__index = take

local WHOLE = 1024                        -- packets a read
local PACKET, BEGIN = schema.number "packet", schema.number "begin"

local function open_store(self, paths)
   local values = self.values
   if values.bare then return nothing.open() end
   return traffic.open(paths.traffic, {
      keep = values.keep, most_bytes = values.max_size, live = values.interface ~= nil,
      commit_seconds = values.commit or (values.interface and 1 or 10), ext = self:part(),
   })
end

-- Opens what a command line, or the jobs of a pipeline, fill; `paths`: of the workspace's
-- databases.  Returns nil, the reason and the exit code when that fails.
function take.open(values, paths, learning, jobs)
   local self = setmetatable({
      values = values, learning = learning, code = exit.ok, begun = host.clock(), taken = 0,
      skipped = 0, packets = 0, bytes = 0, dropped = 0, exchanges = 0, probe_path = paths.probe,
      sums = {},                                         -- what was counted of those that were read
   }, take)
   local why
   self.sources, why = reading.list(jobs or { reading.job(values) })
   if not self.sources then return nil, why, exit.unreadable end
   self.how = reading.how(values,
      reading.measures(values, learning, reading.all_see), learning)
   self.traffic, why = open_store(self, paths)
   if not self.traffic then return nil, why, exit.unreadable end
   local begun
   begun, why = learning:run { idle = values.idle, active = values.active,
      max_flows = values.max_flows, filter = values.filter }
   if not begun then return nil, why, exit.unreadable end
   self.devices = devices.new(function (key, value) self:keep(self.traffic:set(key, value)) end)
   return self
end

-- What was counted so far (weir.cli.run.sums).
function take:seen() return sums.with(self.sums, self.live) end

-- What extensions give to flows; nil when they give nothing.
function take:part()
   local engine = self.learning.engine
   local fields = engine and engine:fields()
   return fields and fields[1] and require "weir.extension.fields".part(fields)
end

-- Remembers the first failure to write.
function take:keep(ok, why)
   if not ok then self.why = self.why or why end
   return ok
end

-- ---- one source --------------------------------------------------------------------------------

local function follow(self, source)
   local width = host.width "stderr"
   if not width or source.interface or self.values.quiet then return nil end
   return progress.new {
      label = source.path, total = self.capture:progress().size, clock = host.clock, width = width,
      unit = source.is_sample and "exchanges", write = function (text) io.stderr:write(text) end,
   }
end

-- Says what is wrong with a source.
local function tell_problems(self)
   for _, problem in ipairs(self.capture.problems) do
      local message = problem.text
      if problem.damage then message = ("'%s' is %s"):format(problem.source, message) end
      if problem.damage and not self.values.strict then
         report.warning(message)
      else
         report.error(message)
         self.code = input.exit_code(problem.status)
      end
   end
end

-- Keeps the exchanges of a batch in probe.db, each once: its row is known by what is in it.
local function record(self, batch)
   if batch.exchange_count == 0 then return true end
   if not self.probe then
      local out, why = writer.open(self.probe_path, { live = true })
      if not out then return nil, why end
      self.probe = out
   end
   local ok, why = self.probe:batch(batch, self.capture.paths)
   if not ok then return nil, why end
   return self.probe:commit()
end

-- How many records there are that extensions may see: flows, and what was said.
local function count_of(batch)
   local count = 0
   for r = 0, batch.run_count - 1 do
      local run = batch.runs[r]
      if run.kind ~= PACKET and run.kind ~= BEGIN then count = count + run.count end
   end
   return count
end

-- Shows a batch to all who want it.  Returns nil when the run is to end.
local function show(self, batch)
   self.rows = (self.rows or 0) + count_of(batch)
   local engine = self.learning.engine
   if engine and not engine:run(batch) then
      self.code = exit.script
      return nil
   end
   if self.is_kept then
      self.capture:apps(batch)
      self.devices:batch(batch)
      self:keep(self.traffic:put(batch))
      self:keep(record(self, batch))
   end
   return self:keep(self.learning:look()) and not self.why
end

-- Reads a source to its end.  Returns whether that was reached.
local function pump(self, source, bar)
   local left = self.values.count or math.huge
   while true do
      local is_stopped = left <= 0 or host.stopped()
      if is_stopped and not source.interface then return false end
      if is_stopped then self.capture:enough() end       -- what is left are its flows
      local batch, n = self.capture:read(math.max(1, math.min(left, WHOLE)))
      if not batch then return true end
      if self.learning.engine then self.learning.engine:look() end
      if self.served then self.served:look() end
      if n > 0 then
         if not show(self, batch) then return false end
         left = left - batch.moved
         if not source.is_sample then self.packets = self.packets + batch.moved end
         if bar then bar:update(self.capture:progress().taken, self.packets) end
      elseif not self:keep(self.traffic:look()) then
         return false
      end
   end
end

local function attach(self, source, is_again)
   local ok, why = self.learning:attach(self.capture, source, is_again)
   if not ok then return nil, why end
   local engine = self.learning.engine
   if engine then engine.on_renew = function () self:keep(self.traffic:renew(self:part())) end end
   return true
end

local function pass(self, source, is_again)
   local ok, why = attach(self, source, is_again)
   if not ok then
      report.error(why)
      self.code = exit.script
      return
   end
   local bar = follow(self, source)
   self.live = self.capture
   local is_whole = pump(self, source, bar)
   self.live = nil
   if bar then bar:finish() end
   local counts, seen = self.capture:counts()
   sums.add(self.sums, counts, seen)
   self.bytes = self.bytes + seen.bytes
   self.dropped = self.dropped + (counts.kernel_drops or 0) + (counts.interface_drops or 0)
   tell_problems(self)
   if not is_whole or not self:keep(self.learning:done(source, self.may_wait)) then return end
   if is_again or self:keep(self.traffic:done()) then self.taken = self.taken + 1 end
end

local function open_source(self, source)
   local capture, why, status = input.open({
      read = not source.interface and { source.path } or nil,
      interface = source.interface and source.path, filter = source.filter,
      snaplen = self.values.snaplen, buffer_size = self.values.buffer_size,
      no_promiscuous = self.values.no_promiscuous,
   }, {}, reading.measures_for(source, self.values, self.learning))
   if not capture then return nil, why, status end
   if self.values.user and not self.became then
      local ok, reason = host.become(self.values.user)
      if not ok then return nil, reason, exit.denied end
      self.became = true
   end
   return capture
end

-- How a source is: "new", "stored", or "taken" by another run now; nil, the reason and the exit
-- code when it cannot be stored.
local function state_of(self, source)
   local id, done = self.traffic:source {
      path = source.path, hash = source.hash, how = self.how, size = source.size,
   }
   if id then return "new" end
   if done == true then return "stored" end
   if done == false then return "taken" end
   return nil, done, exit.unreadable
end

-- What became of a source: before, so many were skipped and taken.
local function state_after(self, skipped, taken)
   if self.skipped > skipped then return "known" end
   if self.taken > taken then return "taken" end
   return host.stopped() and "stopped" or "failed"
end

-- Takes in what is at a path, by itself: what became of it, { state ("taken", "known", "stopped" or
-- "failed"), rows (of flows and of what protocols said), packets, bytes, seconds }.  `about`: sees
-- and is_own, as a job has it.
function take:path(path, about)
   local list, why = reading.list {
      { files = { path }, interfaces = {}, sees = about.sees, is_own = about.is_own },
   }
   local told = { path = path, state = "failed", seconds = host.clock() }
   self.rows, self.code, self.packets, self.bytes = 0, exit.ok, 0, 0
   for _, source in ipairs(list or {}) do
      local skipped, taken, ok = self.skipped, self.taken
      ok, why, told.code = self:one(source)
      told.state = state_after(self, skipped, taken)
      if not ok then break end
   end
   if told.state == "stopped" then why, told.code = nil, nil end
   if why then report.error(why) end
   told.rows, told.packets, told.bytes = self.rows, self.packets, self.bytes
   told.seconds = host.clock() - told.seconds
   told.code = told.code or (list and self.code) or exit.unreadable
   return told
end

-- Takes in one source, unless that was done and nobody has anything to learn of it; returns nil
-- when it cannot be read.
function take:one(source)
   local why, code
   source.hash, why = reading.hash(source, self.values, self.learning)
   if why then return nil, why, exit.unreadable end
   local state
   state, why, code = state_of(self, source)
   if not state then return nil, why, code end
   if state == "taken" then
      report.warning(("'%s' is left out: another run takes it in now"):format(source.path))
      return true
   end
   local is_again = state == "stored"
   local may_skip = is_again or self.values.once and self.learning.base ~= nil
   if may_skip then
      local is_wanted
      is_wanted, why = self.learning:wants(source)
      if why then return nil, why, exit.unreadable end
      if not is_wanted then
         self.skipped = self.skipped + 1
         return true
      end
   end
   self.is_kept = not is_again and not self.values.bare
   self.capture, why, code = open_source(self, source)
   if not self.capture then return nil, why, code end
   local ok
   ok, why = self.learning:source(source)
   if not ok then return nil, why, exit.unreadable end
   pass(self, source, is_again)
   self.capture:close()
   return true
end

-- Takes in all of them: one that cannot be read does not keep the others out.  Returns the exit
-- code.
function take:all()
   for _, source in ipairs(self.sources) do
      if self.why or host.stopped() then break end
      local ok, why, code = self:one(source)
      if not ok and not host.stopped() then
         report.error(why)
         self.code = code
      end
   end
   return self.code
end

-- Waits until all is stored.  Returns the exit code.
function take:close(code)
   self:keep(self.traffic:finish())
   if self.probe then
      self.exchanges = self.probe.count
      self:keep(self.probe:close())
   end
   self:keep(self.learning:close())
   self.counts = self.traffic:counts()
   self.traffic:close()
   if self.why then
      report.error(self.why)
      return exit.unreadable
   end
   if host.stopped() == 2 then return exit.interrupted end
   return code
end

jit.off(pump)                             -- extensions are inside: it cannot be compiled

return take

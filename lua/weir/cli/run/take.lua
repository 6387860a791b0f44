-- Takes sources into a workspace, one after the other: each by itself, so that what is stored of
-- one does not depend on what else was taken in, when, or in how many attempts.

local devices  = require "weir.devices"
local digest   = require "weir.digest"
local host     = require "weir.host"
local input    = require "weir.cli.input"
local progress = require "weir.cli.progress"
local report   = require "weir.cli.report"
local sample   = require "weir.sample"
local schema   = require "weir.schema"
local sources  = require "weir.sources"
local traffic  = require "weir.traffic"
local writer   = require "weir.sample.writer"

local exit = report.exit
local take = {}
take.__index = take

local WHOLE = 1024                        -- packets a read

-- What the meter has to make; extensions add to it.
local function measures_of(values, learning)
   return learning:measures {
      packets = false, flows = true, seconds = true, stats = true, names = true, labels = true,
      protocols = schema.spoken(), keylog = values.keylog, splt = values.splt, tcp = values.tcp,
      offsets = values.offsets, idle = values.idle, active = values.active,
      max_flows = values.max_flows, ahead = (values.jobs or 1) > 1 and not values.interface,
   }
end

-- Options that decide which records there are: a source that was begun with others cannot be gone
-- on with.
local function how_of(values, measures, learning)
   local parts = { "weir " .. require "weir".version }
   for _, name in ipairs { "filter", "snaplen", "keylog", "idle", "active", "max_flows" } do
      if values[name] then parts[#parts + 1] = ("%s %s"):format(name, tostring(values[name])) end
   end
   for _, ext in ipairs(measures.cuts and learning.engine.extensions or {}) do
      parts[#parts + 1] = "ext " .. ext.name
   end
   return table.concat(parts, ", ")
end

-- The sources of a command line: { path, interface }.
local function sources_of(values)
   if values.interface then return { { path = values.interface, interface = true } } end
   local paths, list = {}, {}
   for _, path in ipairs(values.read) do
      local ok, why = sources.expand(path, paths)
      if not ok then return nil, why end
   end
   for i, path in ipairs(paths) do list[i] = { path = path } end
   return list
end

-- Opens the workspace's traffic.db for what the command line says; `paths`: of its databases.
-- Returns nil, the reason and the exit code when that fails.
function take.open(values, paths, learning)
   local self = setmetatable({
      values = values, learning = learning, measures = measures_of(values, learning),
      code = exit.ok, begun = host.clock(), taken = 0, skipped = 0, packets = 0, bytes = 0,
      dropped = 0, exchanges = 0, probe_path = paths.probe,
   }, take)
   self.how = how_of(values, self.measures, learning)
   local why
   self.sources, why = sources_of(values)
   if not self.sources then return nil, why, exit.unreadable end
   self.traffic, why = traffic.open(paths.traffic, {
      keep = values.keep, most_bytes = values.max_size, live = values.interface ~= nil,
      commit_seconds = values.commit or (values.interface and 1 or 10), ext = self:part(),
   })
   if not self.traffic then return nil, why, exit.unreadable end
   local begun
   begun, why = learning:run { idle = values.idle, active = values.active,
      max_flows = values.max_flows, filter = values.filter }
   if not begun then return nil, why, exit.unreadable end
   self.devices = devices.new(function (key, value) self:keep(self.traffic:set(key, value)) end)
   return self
end

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

-- Shows a batch to all who want it.  Returns nil when the run is to end.
local function show(self, batch)
   local engine = self.learning.engine
   if engine and not engine:run(batch) then
      self.code = exit.script
      return nil
   end
   self.capture:apps(batch)
   self.devices:batch(batch)
   local ok = self:keep(self.traffic:put(batch)) and self:keep(record(self, batch))
      and self:keep(self.learning:look())
   return ok and not self.why
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

local function attach(self)
   local ok, why = self.learning:attach(self.capture)
   if not ok then return nil, why end
   local engine = self.learning.engine
   if engine then engine.on_renew = function () self:keep(self.traffic:renew(self:part())) end end
   return true
end

local function pass(self, source)
   local ok, why = attach(self)
   if not ok then
      report.error(why)
      self.code = exit.script
      return
   end
   local bar = follow(self, source)
   local is_whole = pump(self, source, bar)
   if bar then bar:finish() end
   local counts, seen = self.capture:counts()
   self.bytes = self.bytes + seen.bytes
   self.dropped = self.dropped + (counts.kernel_drops or 0) + (counts.interface_drops or 0)
   tell_problems(self)
   if is_whole and self:keep(self.learning:done()) and self:keep(self.traffic:done()) then
      self.taken = self.taken + 1
   end
end

-- What the meter has to make of a source: of databases, exchanges in any case.
local function measures_for(self, source)
   local how = {}
   for name, value in pairs(self.measures) do how[name] = value end
   source.is_sample = not source.interface and sample.is_database(source.path)
   if self.values.exchanges or source.is_sample then
      how.protocols = { "exchange", unpack(how.protocols) }
   end
   return how
end

-- Takes in one source, unless that was done; returns nil when it cannot be read.
function take:one(source)
   local hash, why, status
   if not source.interface and source.path ~= "-" then
      hash, why = digest.file(source.path)
      if not hash then return nil, why, exit.unreadable end
   end
   local id, done = self.traffic:source {
      path = source.path, hash = hash, how = self.how, size = source.size,
   }
   source.hash = hash
   if not id and done == true then
      self.skipped = self.skipped + 1
      return true
   elseif not id and done == false then
      report.warning(("'%s' is left out: another run takes it in now"):format(source.path))
      return true
   elseif not id then
      return nil, done, exit.unreadable
   end
   self.capture, why, status = input.open({
      read = not source.interface and { source.path } or nil,
      interface = source.interface and source.path, filter = self.values.filter,
      snaplen = self.values.snaplen, buffer_size = self.values.buffer_size,
      no_promiscuous = self.values.no_promiscuous,
   }, {}, measures_for(self, source))
   if not self.capture then return nil, why, status end
   if self.values.user and not self.became then
      local ok, reason = host.become(self.values.user)
      if not ok then return nil, reason, exit.denied end
      self.became = true
   end
   local ok
   ok, why = self.learning:source(source)
   if not ok then return nil, why, exit.unreadable end
   pass(self, source)
   self.capture:close()
   return true
end

-- Takes in all of them: one that cannot be read does not keep the others out.  Returns the exit
-- code.
function take:all()
   for _, source in ipairs(self.sources) do
      if self.why or host.stopped() then break end
      local ok, why, code = self:one(source)
      if not ok then
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
   self.facts = self.learning:count()
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

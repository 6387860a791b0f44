-- Runs extensions over the batches of a capture: features fill the rows of flows, extractors the
-- knowledge base; what fails is isolated and counted.
--
--    local engine = assert(engine.new(extensions, { tell = print }))
--    local capture = weir.open("x.pcap", engine:measures {})
--    engine:attach(capture)
--    for batch in capture:batches() do engine:run(batch) end

local cells    = require "weir.cells"
local faults   = require "weir.extension.faults"
local graph    = require "weir.extension.graph"
local host     = require "weir.host"
local kb       = require "weir.kb"
local loop     = require "weir.extension.loop"
local manifest = require "weir.extension.manifest"
local needs    = require "weir.extension.needs"
local put      = require "weir.extension.put"
local schema   = require "weir.schema"
local units    = require "weir.extension.units"

local engine = {}
engine.__index = engine

local OFTEN = 8                           -- batches
local HEAP = 1024 * 1024                  -- KiB of Lua's memory, after a collection, unless told

-- options: tell (prints what is wrong), log (and what happens), strict (the first error ends the
-- run), heap (KiB of memory that Lua may take), kb (where facts go: in memory, unless told).
-- Returns nil and why these extensions cannot be used together.
function engine.new(extensions, options)
   local order, why = graph.sort(extensions)
   if not order then return nil, why end
   return setmetatable({
      extensions = order, generation = 1, strict = options.strict, tell = options.tell,
      log = options.log or options.tell,
      faults = faults.new(options.tell, host.clock), failed = {}, kb = options.kb or kb.new(),
      units = {}, clock = 0, turn = 0, heap = options.heap or HEAP,
   }, engine)
end

-- What the meter has to make, added to the options of weir.open.  Where an interface is read
-- (`is_live`), extensions may begin to look at packets when they are reloaded.
function engine:measures(options, is_live)
   if is_live then options.packets, options.begins, options.cuts = true, true, true end
   return needs.add(self.extensions, options)
end

-- Adds the fields of a manifest to a list, but those that are there.
local function add_fields(list, gives, name_of_ext)
   for _, name in ipairs(manifest.sorted(gives or {})) do
      if not list[name] then
         list[#list + 1] = { name = name, gives = gives[name], ext = name_of_ext }
         list[name] = true
      end
   end
end

-- Fields that are given, in order: { name, kind of value, ext }; behind them those that older
-- versions give to flows that still end under them.
function engine:fields()
   local list = {}
   for _, ext in ipairs(self.extensions) do add_fields(list, ext.manifest.gives, ext.name) end
   for _, ext in ipairs(self.extensions) do
      for _, unit in ipairs(self.units[ext.name] or {}) do
         add_fields(list, unit.ext.manifest.gives, ext.name)
      end
   end
   return list
end

-- ---- putting it together -----------------------------------------------------------------

-- Rows for the fields that are given now.
local function make_rows(self)
   local names = {}
   for i, field in ipairs(self:fields()) do names[i] = field.name end
   local why
   self.rows, why = cells.new(self.capture, names)
   return self.rows ~= nil, why
end

-- Notes that a flow misses what an extension should have given to it.
local function fail(self, flow, name)
   local names = self.failed[flow] or {}
   names[name] = true
   self.failed[flow] = names
end

-- What writes the fields of a unit, and what notes that they are missed.
local function prepare(self, unit)
   local given = unit.ext.manifest.gives
   if not given then return end
   unit.put = put.of(given, self.rows, {
      generation = unit.ext.generation, is_memory = not unit.moments.finish, strict = self.strict,
      declared = unit.ext.manifest.memory or {},
   })
   function unit.fail(flow) fail(self, flow, unit.name) end
end

-- The loop for a group's units as they are now.
local function make_group(self, members)
   return loop.group(members, self.cut, self.rows.count)
end

-- The loops for the units at hand.
local function make_loops(self)
   local all, last = {}, {}
   for _, ext in ipairs(self.extensions) do
      for _, unit in ipairs(self.units[ext.name] or {}) do
         prepare(self, unit)
         local list = unit.on and last or all
         list[#list + 1] = unit
      end
   end
   for _, unit in ipairs(last) do all[#all + 1] = unit end
   self.groups = {}
   for i, members in ipairs(loop.split(all)) do self.groups[i] = make_group(self, members) end
   for _, group in ipairs(self.groups) do loop.settle(group) end
end

-- Where an extension's facts go, which are those of this code from now on.
function engine:know(ext) return self.kb:handle(ext.name, ext.manifest.on, ext) end

-- Makes the extensions see what this capture yields.
function engine:attach(capture)
   self.capture = capture
   function self.cut(packet, flow) capture:cut(packet, flow) end
   local ok, why = make_rows(self)
   if not ok then return nil, why end
   for _, ext in ipairs(self.extensions) do
      ext.generation = ext.generation or self.generation
      local unit
      unit, why = units.new(ext, self.capture, self:know(ext))
      if not unit then return nil, ("%s: %s"):format(ext.path, why) end
      self.units[ext.name] = { unit }
      if not self:call(unit, "start") then self:pause(ext.name, "it does not start") end
   end
   make_loops(self)
   return true
end

-- After a reload: other fields, other code.  What was compiled for the old code goes at once, for
-- the room for it is small.
function engine:renew()
   jit.flush()
   make_rows(self)
   make_loops(self)
   if self.on_renew then self.on_renew() end
end

function engine:find(name)
   for _, ext in ipairs(self.extensions) do
      if ext.name == name then return ext end
   end
end

-- ---- errors ----------------------------------------------------------------------------------

-- The flow of a record, and the time, in seconds.
local function context(batch, kind, i)
   if kind == "packet" then
      local packet = batch.packets[i]
      return packet.flow, packet.time
   elseif kind == "flow" then
      return batch.flows[i].number, batch.flows[i]["end"]
   elseif kind == "begin" then
      return batch.begins[i].flow, batch.begins[i].time
   end
   if kind == "second" then return 0, batch.seconds[i].time end
   local record = batch[schema.of(kind).records][i]                 -- a protocol's
   return record.flow, record.time
end

-- Notes that a unit failed with a record; pauses its extension when that is too often.
local function note(self, unit, moment, text, batch, i)
   local flow, time = context(batch, moment.kind, i)
   self.clock = math.max(self.clock, time)
   if flow ~= 0 and unit.put then fail(self, flow, unit.name) end
   local called = unit.on and "extract" or moment.kind == "flow" and "finish" or moment.kind
   local enough = self.faults:add(unit.name, called, text, self.clock)
   if text:find "not enough memory" then self:pause(unit.name, "it used up the memory") end
   if enough then self:pause(unit.name, faults.ENOUGH) end
end

-- Stops calling an extension, from the next record on, and forgets what it holds, until it is
-- reloaded.
function engine:pause(name, why)
   self.faults:pause(name, why)
   for _, unit in ipairs(self.units[name] or {}) do units.drop(unit) end
   for k, group in ipairs(self.groups or {}) do self.groups[k] = make_group(self, group.units) end
end

-- Calls a moment of an instance: start, stop.  Returns whether it went well.
function engine:call(unit, moment, ...)
   local f = unit.moments[moment]
   if not f then return true end
   unit.kb.row = nil                                     -- no record is at hand
   local ok, why = xpcall(f, function (reason)
      return faults.describe(reason, unit.ext.files, 3)
   end, unit.self, ...)
   if not ok then self.faults:add(unit.name, moment, why, self.clock) end
   return ok, why
end

-- ---- running ------------------------------------------------------------------------------------

-- Does one step for one record; an error is noted.
local function attempt(self, group, step, batch, i)
   local unit = group.units[step.unit]
   if unit.paused then return end
   local ok, why = xpcall(group.alone(step), function (reason)
      return faults.describe(reason, unit.ext.files, 3)
   end, batch, i)
   if not ok then note(self, unit, step, why, batch, i) end
end

-- Runs the k-th group over a batch, from a record of a run on.  Returns true when that is done,
-- else where to go on after an error: behind the record, whose other steps are done first.
local function run_group(self, k, batch, r, i)
   local group = self.groups[k]
   local ok, why, stack = loop.run(group, batch, r, i)
   if ok then return true end
   local found = loop.locate(group, stack)
   if not (found and found.step) then error(why, 0) end           -- ours, not an extension's
   local unit = group.units[found.step.unit]
   note(self, unit, found.step, faults.describe(why, unit.ext.files, 0, stack), batch, found.i)
   local of_kind = group.steps[batch.runs[found.r].kind]
   for place = found.step.place + 1, #of_kind do
      attempt(self, group, of_kind[place], batch, found.i)
   end
   return false, found.r, found.i + 1
end

-- Says in their rows which extensions failed with flows.
local function sign_failures(self, batch)
   for i = 0, batch.flow_count - 1 do
      local number = batch.flows[i].number
      local names = self.failed[number]
      if names then
         self.failed[number] = nil
         self.rows.write.text(i * self.rows.count, table.concat(manifest.sorted(names), ","))
      end
   end
end

-- Now and then, and not with each batch: what takes a while.
local function look_around(self)
   self:look()
   if collectgarbage "count" < self.heap then return end
   collectgarbage()
   if collectgarbage "count" < self.heap then return end
   self:pause(units.heaviest(self.units), "Lua's memory is used up, and it has most of it")
   collectgarbage()
end

-- Reloads what has changed, if anybody watches: for whoever waits for batches.
function engine:look()
   if self.reloader then self.reloader:look() end
end

-- Shows a batch to all extensions.  Returns nil and the errors when one failed and that is strict.
function engine:run(batch)
   self.turn = self.turn + 1
   if self.turn % OFTEN == 0 then look_around(self) end
   self.rows:clear()
   for k = 1, #self.groups do
      local done, r, i = false, 0, -1
      while not done do
         done, r, i = run_group(self, k, batch, r, i)
      end
   end
   if next(self.failed) ~= nil then sign_failures(self, batch) end
   if self.strict and self.faults.total > 0 then return nil, self.faults end
   return true
end

-- What runs once a batch is not worth a trace: LuaJIT would try in vain to compile it together with
-- the loop.
jit.off(engine.run)
jit.off(run_group)
jit.off(engine.look)
jit.off(sign_failures)
jit.off(look_around)

-- After the last batch.
function engine:stop()
   for _, ext in ipairs(self.extensions) do
      for _, unit in ipairs(self.units[ext.name] or {}) do self:call(unit, "stop") end
   end
end

return engine

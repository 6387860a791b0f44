-- Runs extensions over the batches of captures: features and inferences fill the rows of flows,
-- extractors the knowledge base, reporting extensions what they report to.
--
--    local engine = assert(engine.new(extensions, { tell = print }))
--    local capture = weir.open("x.pcap", engine:measures {})
--    engine:attach(capture)
--    for batch in capture:batches() do engine:run(batch) end
--    engine:stop()
--
-- Features live as long as their capture, all others as long as the engine: more captures can be
-- attached, one after the other.

local cells  = require "weir.cells"
local faults = require "weir.extension.faults"
local graph  = require "weir.extension.graph"
local host   = require "weir.host"
local infer  = require "weir.extension.infer"
local kb     = require "weir.kb"
local loop   = require "weir.extension.loop"
local needs  = require "weir.extension.needs"
local pass   = require "weir.extension.pass"
local put    = require "weir.extension.put"
local sorted = require "weir.sorted"
local stages = require "weir.extension.stages"
local units  = require "weir.extension.units"

jit.off(true, true)                       -- what runs between batches is not worth a trace

local engine = {}
engine.__index = engine

local OFTEN = 8                           -- batches
local HEAP = 1024 * 1024                  -- KiB of Lua's memory, after a collection, unless told
local TICK = 1                            -- seconds of the clock between two ticks

-- options: tell (prints what is wrong), log (and what happens), strict (the first error ends the
-- run), heap (KiB of memory that Lua may take), kb (where facts go: in memory, unless told), hub
-- (of weir.channel: in memory, unless told).
-- Returns nil and why these extensions cannot be used together.
function engine.new(extensions, options)
   local all, why = graph.sort(extensions)
   if not all then return nil, why end
   local self = setmetatable({
      all = all, only = options.only, extensions = graph.part(all, options.only),
      generation = 1, strict = options.strict, tell = options.tell,
      log = options.log or options.tell, clock = 0, turn = 0, ticked = 0,
      faults = faults.new(options.tell, host.clock), failed = {}, kb = options.kb or kb.new(),
      units = {}, heap = options.heap or HEAP,
   }, engine)
   self.stages, why = stages.new(self, options.hub)
   if not self.stages then return nil, why end
   return self
end

-- Those extensions that a capture is shown to: all, unless `sees` says otherwise of one.
local function shown(self, sees)
   if not sees then return self.extensions end
   local list = {}
   for _, ext in ipairs(self.extensions) do list[#list + 1] = sees(ext) and ext or nil end
   return list
end

-- What the meter has to make, added to the options of weir.open.  Where an interface is read
-- (`is_live`), extensions may begin to look at packets when they are reloaded.
function engine:measures(options, is_live, sees)
   if is_live then options.packets, options.begins, options.cuts = true, true, true end
   return needs.add(shown(self, sees), options)
end

-- What an extension adds to the fields of flows: what it publishes is not among that.
local function given_by(ext) return not ext.publish and ext.manifest.gives or {} end

-- Adds the fields of an extension to a list, but those that are there.
local function add_fields(list, ext)
   local gives = given_by(ext)
   for _, name in ipairs(sorted(gives)) do
      if not list[name] then
         list[#list + 1] = { name = name, gives = gives[name], ext = ext.name }
         list[name] = true
      end
   end
end

-- Fields that are given, in order: { name, kind of value, ext }; behind them those that older
-- versions give to flows that still end under them.
function engine:fields()
   local list = {}
   for _, ext in ipairs(self.extensions) do add_fields(list, ext) end
   for _, ext in ipairs(self.extensions) do
      for _, unit in ipairs(self.units[ext.name] or {}) do add_fields(list, unit.ext) end
   end
   return list
end

-- ---- putting it together -----------------------------------------------------------------

-- Rows for the fields that are given now.
local function make_rows(self)
   local names, fields = {}, self:fields()
   for i, field in ipairs(fields) do names[i] = field.name end
   local made, why = cells.new(self.capture, names, {
      fields = fields, source = self.source, paths = self.capture.paths,
   })
   self.rows = made
   return made ~= nil, why
end

-- What writes the fields of a feature's unit, and what notes that they are missed.
local function prepare(self, unit)
   local given = unit.ext.kind == "feature" and unit.ext.manifest.gives
   if not given then return end
   if unit.ext.publish then
      unit.put = self.stages:publish_flows(unit, self.source, self:origin())
   else
      unit.put = put.of(given, self.rows, {
         generation = unit.ext.generation, is_memory = not unit.moments.finish,
         strict = self.strict, declared = unit.ext.manifest.memory or {},
      })
   end
   function unit.fail(flow) pass.miss(self, flow, unit.name) end
end

-- The loop for a group's units as they are now.
local function make_group(self, members)
   return loop.group(members, self.cut, self.rows.count)
end

local function make_groups(self, members)
   local groups = {}
   for i, some in ipairs(loop.split(members)) do groups[i] = make_group(self, some) end
   for _, group in ipairs(groups) do loop.settle(group) end
   return groups
end

-- The loops for the units at hand: `groups` of features, `infers` on flows, `last` those that see
-- rows, of which `takers` take many at once.
local function make_loops(self)
   local first, last = {}, {}
   if not self.is_own then
      last = self.stages:feeders(self.source, self:fields(), self:origin())
   end
   self.infers, self.takers = {}, {}
   for _, ext in ipairs(self.seen) do
      for _, unit in ipairs(not self.stages.has[ext.name] and self.units[ext.name] or {}) do
         prepare(self, unit)
         if ext.kind == "inference" then
            local one = { unit = unit }
            one.run, one.size = infer.over_flows(unit, self.rows)
            self.infers[#self.infers + 1] = one
         else
            local list = unit.takes and last or first
            list[#list + 1] = unit
            if unit.takes then self.takers[#self.takers + 1] = unit end
         end
      end
   end
   self.groups, self.last = make_groups(self, first), make_groups(self, last)
end

-- Where the records at hand are from, as rows have to know of which somebody learns; else nil.
function engine:origin() return self.stages:learn() and self.from or nil end

-- Where an extension's facts go, which are those of this code from now on.
function engine:know(ext) return self.kb:handle(ext.name, ext.reads and ext.reads[1], ext) end

-- A unit for each extension that has none: features get a new one with each capture.
local function make_units(self)
   for _, ext in ipairs(self.extensions) do
      ext.generation = ext.generation or self.generation
      local lasting = units.is_lasting(ext) and (self.units[ext.name] or {})[1]
      if lasting then
         lasting.kb = self:know(ext)
      elseif units.is_lasting(ext) or self.capture then
         local unit, why = units.new(ext, self.capture, self:know(ext))
         if not unit then return nil, ("%s: %s"):format(ext.path, why) end
         self.units[ext.name] = { unit }
         if not self:call(unit, "start") then self:pause(ext.name, "it does not start") end
      end
   end
   return true
end

-- Begins without a capture: for those who work on channels that others fill.
function engine:begin()
   local ok, why = make_units(self)
   if ok then self.stages:begin() end
   return ok, why
end

-- Makes the extensions see what this capture yields.  `how`: `sees`, a function that says so of
-- each (all do unless told); `source`, what it is called in the ids of rows; `origin`, what it is
-- in a knowledge base ({ id, path, size }); `is_own`: the core's channels have nothing of it.
function engine:attach(capture, how)
   how = how or {}
   self.capture, self.source = capture, how.source or (capture.paths[1] or "-"):match "[^/]*$"
   self.is_own, self.from = how.is_own, how.origin
   function self.cut(packet, flow) capture:cut(packet, flow) end
   jit.on(self.cut)                                      -- the loops call it
   local ok, why = make_rows(self)
   if ok then ok, why = make_units(self) end
   if not ok then return nil, why end
   self.sees = how.sees
   self.seen = shown(self, how.sees)
   self.names_apps = needs.names_apps(self.seen)
   self.stages:begin()
   make_loops(self)
   return true
end

-- After a reload: other fields, other code.  What was compiled for the old code goes at once, for
-- the room for it is small.
function engine:renew()
   self.stages:renew()
   if not self.capture then return end
   jit.flush()
   make_rows(self)
   for i, ext in ipairs(self.seen) do self.seen[i] = self:find(ext.name) end
   self.names_apps = needs.names_apps(self.seen)
   make_loops(self)
   if self.on_renew then self.on_renew() end
end

-- Has the extensions of that order in place of those before: those that are gone stop, those that
-- are new start.
function engine:become(order)
   local is_there = {}
   self.all, self.extensions = order, graph.part(order, self.only)
   for _, ext in ipairs(self.extensions) do is_there[ext.name] = true end
   for name, list in pairs(self.units) do
      if not is_there[name] then self:retire(name, list) end
   end
   local ok, why = self.stages:survey()
   if ok then ok, why = make_units(self) end
   if not ok then return nil, why end
   self.stages:begin()
   self.seen = shown(self, self.sees)
   self:renew()
   return true
end

-- Stops an extension, and gives back what it has.
function engine:retire(name, list)
   for i, unit in ipairs(list) do
      if i == 1 then self.stages:drop(unit) end
      if not unit.paused then self:flush(unit) end
      if not unit.paused then self:call(unit, "stop") end
      units.release(unit, self.capture)
   end
   self.units[name] = nil
end

function engine:find(name)
   for _, ext in ipairs(self.extensions) do
      if ext.name == name then return ext end
   end
end

-- ---- errors ----------------------------------------------------------------------------------

-- Stops calling an extension, from the next record on, and forgets what it holds, until it is
-- reloaded.
function engine:pause(name, why)
   self.faults:pause(name, why)
   for _, unit in ipairs(self.units[name] or {}) do units.drop(unit) end
   for _, groups in ipairs { self.groups or {}, self.last or {} } do
      for k, group in ipairs(groups) do groups[k] = make_group(self, group.units) end
   end
end

-- Calls a moment of an instance: start, stop.  Returns whether it went well.
function engine:call(unit, moment, ...)
   local f = unit.moments[moment]
   if not f then return true end
   unit.kb.row = nil                                     -- no record is at hand
   local ok, why = pass.try(unit, f, unit.self, ...)
   if not ok then self.faults:add(unit.name, moment, why, self.clock) end
   return ok, why
end

-- Makes safe what a unit got.  Returns whether all of it is: one that answers false has to be asked
-- again, and one that fails is paused, for what it gets would be lost.
function engine:flush(unit)
   local ok, answer = self:call(unit, "flush")
   if not ok then self:pause(unit.name, "what it got cannot be made safe") end
   return ok and answer ~= false
end

-- ---- running ------------------------------------------------------------------------------------

-- Now and then, and not with each batch: what takes a while.
local function look_around(self)
   self:look()
   if collectgarbage "count" < self.heap then return end
   collectgarbage()
   if collectgarbage "count" < self.heap then return end
   self:pause(units.heaviest(self.units), "Lua's memory is used up, and it has most of it")
   collectgarbage()
end

-- Once a second: what reporting extensions hold is made safe, and they may look around.
local function tick(self, now)
   self.ticked = now
   for _, ext in ipairs(self.extensions) do
      for _, unit in ipairs(ext.kind == "reporting" and self.units[ext.name] or {}) do
         if not unit.paused then
            self:flush(unit)
            if not unit.paused then self:call(unit, "tick", now) end
         end
      end
   end
end

-- For whoever waits for batches: reloads what has changed, if anybody watches, and does what is
-- due.
function engine:look()
   if self.reloader then self.reloader:look() end
   local now = host.clock()
   if now - self.ticked >= TICK then tick(self, now) end
   self.stages:run()
end

-- Shows a batch to all extensions.  Returns nil and the errors when one failed and that is strict.
function engine:run(batch)
   self.turn = self.turn + 1
   if self.turn % OFTEN == 0 then look_around(self) end
   self.rows:clear()
   if self.names_apps then self.capture:apps(batch) end
   pass.batch(self, batch)
   self.stages:run()
   if self.strict and self.faults.total > 0 then return nil, self.faults end
   return true
end

-- After the last batch of a capture: nothing waits for more rows.  Returns whether all that was put
-- on channels is safe there.
function engine:settle() return self.stages:hand_over() end

-- After the last batch of the last capture.
function engine:stop()
   self.stages:finish()
   for _, ext in ipairs(self.extensions) do
      for _, unit in ipairs(self.units[ext.name] or {}) do
         if not unit.paused then self:flush(unit) end
         if not unit.paused then self:call(unit, "stop") end
      end
   end
end

return engine

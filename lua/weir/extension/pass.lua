-- One batch through the extensions: features see its records, inferences the flows that ended, then
-- whoever sees rows.  What fails is isolated: the other extensions, and all other records, go on.

local clear  = require "table.clear"
local faults = require "weir.extension.faults"
local loop   = require "weir.extension.loop"
local schema = require "weir.schema"
local sorted = require "weir.sorted"

jit.off(true, true)                       -- what runs once a batch would be compiled in vain with
                                          -- the loops that it starts

local pass = {}

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

-- Notes that a flow misses what an extension should have given to it.
function pass.miss(engine, flow, name)
   local names = engine.failed[flow] or {}
   names[name] = true
   engine.failed[flow] = names
end

-- Pauses the extension of a unit whose error is one that comes again.
local function weigh(engine, unit, text)
   if unit.self.gave_up then engine:pause(unit.name, unit.self.gave_up) end      -- weir.confined
   if text:find "not enough memory" then engine:pause(unit.name, "it used up the memory") end
end

-- Notes an error of a unit; pauses its extension when that is too often.
function pass.note(engine, unit, called, text)
   local enough = engine.faults:add(unit.name, called, text, engine.clock)
   weigh(engine, unit, text)
   if enough then engine:pause(unit.name, faults.ENOUGH) end
end

-- The same of rows of channels, which are tried again and put aside one by one (pass.failed).
function pass.note_rows(engine, unit, called, text)
   engine.faults:note(unit.name, called, text)
   weigh(engine, unit, text)
end

-- This row of a channel failed: its channel is told; if each one fails, so does the extension.
function pass.failed(engine, unit, row, why, from)
   local is_first = from:failed(row, why)
   if is_first and engine.faults:failed(unit.name) and not unit.paused then
      engine:pause(unit.name, faults.IN_A_ROW)
   end
end

-- The same of a unit that failed with a record.
local function note_record(engine, unit, step, text, batch, i)
   local flow, time = context(batch, step.kind, i)
   engine.clock = math.max(engine.clock, time)
   if flow ~= 0 and unit.put then pass.miss(engine, flow, unit.name) end
   pass.note(engine, unit, unit.takes or step.kind == "flow" and "finish" or step.kind, text)
end

-- Calls f; true, or false and what went wrong in a unit's own files.
function pass.try(unit, f, ...)
   return xpcall(f, function (reason) return faults.describe(reason, unit.ext.files, 3) end, ...)
end

-- ---- records ---------------------------------------------------------------------------------

-- Does one step for one record; an error is noted.
local function attempt(engine, group, step, batch, i)
   local unit = group.units[step.unit]
   if unit.paused then return end
   local ok, why = pass.try(unit, group.alone(step), batch, i)
   if not ok then note_record(engine, unit, step, why, batch, i) end
end

-- Runs a group over a batch, from a record of a run on.  Returns true when that is done, else where
-- to go on after an error: behind the record, whose other steps are done first.
local function run_group(engine, list, k, batch, place)
   local group = list[k]
   local ok, why, stack = loop.run(group, batch, place.r, place.i)
   if ok then return true end
   local found = loop.locate(group, stack)
   local unit = found and found.step and group.units[found.step.unit]
   if not unit or unit.is_own then error(why, 0) end            -- ours, not an extension's
   note_record(engine, unit, found.step, faults.describe(why, unit.ext.files, 0, stack), batch,
      found.i)
   local of_kind = group.steps[batch.runs[found.r].kind]
   for at = found.step.place + 1, #of_kind do
      attempt(engine, group, of_kind[at], batch, found.i)
   end
   place.r, place.i = found.r, found.i + 1
   return false
end

-- Shows a batch to the groups of a list.
local function show(engine, list, batch)
   for k = 1, #list do
      local place = { r = 0, i = -1 }
      while not run_group(engine, list, k, batch, place) do end
   end
end

-- ---- flows that ended ---------------------------------------------------------------------------

-- Shows flows one by one to an inference that failed with all of them, which is one error and the
-- fault of few.
local function infer_each(engine, batch, one, first, n, reason)
   local unit = one.unit
   engine.clock = math.max(engine.clock, batch.flows[first]["end"])
   pass.note(engine, unit, "infer", reason)
   for i = first, first + n - 1 do
      local ok, why = false, reason
      if n > 1 and not unit.paused then ok, why = pass.try(unit, one.run, batch.flows, i, 1) end
      if not ok then pass.miss(engine, batch.flows[i].number, unit.name) end
      if unit.self.gave_up and not unit.paused then pass.note(engine, unit, "infer", why) end
   end
end

local function infer(engine, batch, one)
   local first, left = 0, batch.flow_count
   while left > 0 and not one.unit.paused do
      local n = math.min(left, one.size)
      local ok, why = pass.try(one.unit, one.run, batch.flows, first, n)
      if not ok then infer_each(engine, batch, one, first, n, why) end
      first, left = first + n, left - n
   end
end

-- Says in their rows which extensions failed with flows.
local function sign_failures(engine, batch)
   for i = 0, batch.flow_count - 1 do
      local number = batch.flows[i].number
      local names = engine.failed[number]
      if names then
         engine.failed[number] = nil
         engine.rows.write.text(i * engine.rows.count, table.concat(sorted(names), ","))
      end
   end
end

-- ---- rows ------------------------------------------------------------------------------------

-- Calls the moment of a unit that takes many rows at once; `note` (pass.note) notes its errors.
-- Returns whether it went well, then what it returned: nil, or a list of the rows that failed
-- ({ row, why }); else what went wrong.
function pass.give(engine, unit, rows, note)
   unit.kb.row, unit.kb.proof = nil, nil
   local ok, failed = pass.try(unit, unit[unit.takes], unit.self, rows, unit.kb)
   if not ok then
      note(engine, unit, unit.takes, failed)
      if not unit.paused then engine:flush(unit) end     -- fails, too, if nothing can be written
      return false, failed
   end
   if type(failed) ~= "table" then return true end
   for _, one in ipairs(failed) do note(engine, unit, unit.takes, one.why) end
   return true, failed
end

-- Gives the rows of a batch to those who take them all at once.
local function give_all(engine, units)
   for _, unit in ipairs(units) do
      local list = unit.list
      if list.n > 0 then
         list.n = nil
         if not unit.paused then pass.give(engine, unit, list, pass.note) end
         clear(list)                                     -- the loops know this very table
         list.n = 0
      end
   end
end

-- All of it.
function pass.batch(engine, batch)
   show(engine, engine.groups, batch)
   if batch.flow_count > 0 then
      for _, one in ipairs(engine.infers) do infer(engine, batch, one) end
   end
   if next(engine.failed) ~= nil then sign_failures(engine, batch) end
   show(engine, engine.last, batch)
   give_all(engine, engine.takers)
end

return pass

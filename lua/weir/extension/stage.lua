-- One extension that takes rows from channels: an inference fills its batch by size or time, all
-- others take what there is.

local infer   = require "weir.extension.infer"
local kinds   = require "weir.extension.kinds"
local pass    = require "weir.extension.pass"
local proof   = require "weir.proof"
local publish = require "weir.extension.publish"

jit.off(true, true)                       -- what runs between batches is not worth a trace

local stage = {}
stage.__index = stage

local LIMIT = 1024                        -- rows that are taken at once
local NOTHING = {}                        -- what is inferred of most rows

-- A stage of `all` (weir.extension.stages) for a unit.
function stage.new(all, unit)
   local self = setmetatable({
      engine = all.engine, unit = unit, out = all:outlet(unit.ext), from = {}, rows = {}, of = {},
      held = {}, names = {},
   }, stage)
   for i, channel in ipairs(unit.ext.reads) do
      self.from[i] = all.hub:subscribe(channel, {
         group = unit.name, producers = all:writers(channel),
      })
      self.names[self.from[i]] = channel
   end
   self:renew()
   return self
end

-- Goes on with the code that the unit has now.
function stage:renew()
   local ext = self.unit.ext
   if ext.kind == "inference" then
      local batch = ext.manifest.batch or {}
      self.batch, self.size = infer.columns(ext), batch.size or kinds.batch.size
      self.seconds = batch.seconds or kinds.batch.seconds
   end
end

-- ---- rows -----------------------------------------------------------------------------------

-- Whether a reporting extension that failed with a row cannot write at all: then it is paused, and
-- the row, which is not to blame, stays with its channel.
local function is_broken(self)
   if self.unit.paused then return true end
   return self.unit.moments.flush ~= nil and not self.engine:flush(self.unit) and self.unit.paused
end

-- Shows rows one by one; those that fail are told to `from`, and the rest goes on.  Returns those
-- that did not.
local function each(self, rows, from)
   local unit, engine, done, i = self.unit, self.engine, {}, 1
   local call = unit[unit.takes]
   local function go_on()
      while i <= #rows do
         local row = rows[i]
         unit.kb.row, unit.kb.proof = row, nil
         call(unit.self, row, unit.kb)
         done[#done + 1] = row
         i = i + 1
      end
   end
   repeat
      local before = #done
      local ok, why = pass.try(unit, go_on)
      if #done > before then engine.faults:passed(unit.name) end
      if not ok then
         pass.note_rows(engine, unit, unit.takes, why)
         if is_broken(self) then return done end
         pass.failed(engine, unit, rows[i], why, from)
         i = i + 1
      end
   until ok or unit.paused
   return done
end

-- Makes safe what became of rows.
local function settle(self)
   if not self.out:flush() or not self.engine:flush(self.unit) then return false end
   if self.unit.ext.kind == "extractor" and self.engine.kb.commit then
      return self.engine.kb:commit()
   end
   return true
end

-- The rows without those that failed ({ row, why }), which are told to `from`.
local function except(self, rows, failed, from)
   local why, done = {}, {}
   for _, one in ipairs(failed or {}) do
      if one.row then why[one.row] = one.why end
   end
   for i, row in ipairs(rows) do
      if why[i] then
         pass.failed(self.engine, self.unit, row, why[i], from)
      else
         done[#done + 1] = row
         self.engine.faults:passed(self.unit.name)
      end
   end
   return done
end

-- The base that keeps what a stage learns, if it does.
local function base_of(self)
   local kb = self.unit.ext.kind == "extractor" and self.engine.kb
   return kb and kb.took and kb
end

-- Whether the knowledge base has what a row says: its channel did not hear of it, or its source is
-- read again for others.
local function is_known(self, base, row)
   local known, sees = proof.of(row), self.engine.sees
   if known and not known.is_far then return sees ~= nil and not sees(self.unit.ext) end
   return base:has_taken(self.unit.name, row)
end

-- The rows without those that are known, which are done.
local function news(self, rows, from)
   local base, new, known = base_of(self), {}, {}
   if not base then return rows end
   for _, row in ipairs(rows) do
      local list = is_known(self, base, row) and known or new
      list[#list + 1] = row
   end
   if known[1] then from:done(known) end
   return new
end

-- Gives rows one by one to a unit that takes many and failed with all of these, for that is the
-- fault of few.  Returns those that did not fail.
local function one_by_one(self, rows, from, reason)
   local done = {}
   for _, row in ipairs(rows) do
      local ok, failed = false, reason
      if #rows > 1 and not self.unit.paused then
         ok, failed = pass.give(self.engine, self.unit, { row, channel = rows.channel },
            pass.note_rows)
      end
      if self.unit.paused then return done end           -- no row of these is to blame
      if ok then
         for _, one in ipairs(except(self, { row }, failed, from)) do done[#done + 1] = one end
      else
         pass.failed(self.engine, self.unit, row, failed, from)
      end
   end
   return done
end

-- Tells the channels that the rows are done which are held until what became of them is safe.
local function let_go(self)
   for _, held in ipairs(self.held) do held.from:done(held.rows) end
   self.held = {}
end

-- The same, once it is safe; until then no more are taken.
local function release(self)
   if not self.unit.paused and settle(self) then let_go(self) end
end

-- Takes some rows of a channel; returns whether there were any.
local function take(self, from)
   local rows, unit = from:take(LIMIT), self.unit
   if not rows then return false end
   local done
   rows = news(self, rows, from)
   if #rows == 0 then return true end
   rows.channel = self.names[from]
   if unit.takes == "row" or unit.takes == "extract" then
      done = each(self, rows, from)
   else
      local ok, failed = pass.give(self.engine, unit, rows, pass.note_rows)
      done = ok and except(self, rows, failed, from) or not ok
         and one_by_one(self, rows, from, failed)
   end
   local base = base_of(self)
   if base then base:took(self.unit.name, done) end
   self.held[#self.held + 1] = { from = from, rows = done }
   release(self)
   return #self.held == 0
end

-- ---- inference ------------------------------------------------------------------------------

-- The row with what was inferred of it: others may have the row as it was.
local function with(row, given)
   if given == NOTHING then return row end
   local made = {}
   for name, value in pairs(row) do made[name] = value end
   for name, value in pairs(given) do made[name] = value end
   proof.pass(row, made)
   return made
end

-- What is inferred of each row; or nil and what went wrong.
local function infer_all(self, rows)
   local unit, batch, found = self.unit, self.batch, {}
   local gives = unit.ext.manifest.gives
   local ok, why = pass.try(unit, function ()
      batch:of_rows(rows, #rows)
      unit.infer(unit.self, batch.given, batch.out)
      batch:each(function (i, name, value)
         found[i] = found[i] or {}
         found[i][name] = publish.value(gives[name], name, value)
      end)
   end)
   if not ok then return nil, why end
   for i = 1, #rows do found[i] = found[i] or NOTHING end
   return found
end

-- The same of rows one by one, after it went wrong with all of them, which is one error and the
-- fault of few: those are told to their channels, and nothing is found of them.
local function infer_each(self, rows, of, reason)
   local unit, engine, found = self.unit, self.engine, {}
   pass.note_rows(engine, unit, "infer", reason)
   for i, row in ipairs(rows) do
      if unit.paused then return found end               -- the rows stay with their channels
      local one, why = nil, reason
      if #rows > 1 then one, why = infer_all(self, { row }) end
      found[i] = one and one[1]
      if one then engine.faults:passed(unit.name) end
      if not one then pass.failed(engine, unit, row, why, of[i]) end
      if unit.self.gave_up then pass.note_rows(engine, unit, "infer", why) end
   end
   return found
end

-- Infers of the rows at hand, and hands them on.  Returns whether there were any.
function stage:conclude()
   local rows, of = self.rows, self.of
   if #rows == 0 then return false end
   self.rows, self.of, self.since = {}, {}, nil
   local found, why = infer_all(self, rows)
   if found then self.engine.faults:passed(self.unit.name) end
   found = found or infer_each(self, rows, of, why)
   for i, row in ipairs(rows) do
      if found[i] then self.out:put(with(row, found[i])) end
   end
   for _, from in ipairs(self.from) do
      local done = {}
      for i, row in ipairs(rows) do done[#done + 1] = found[i] and of[i] == from and row or nil end
      self.held[#self.held + 1] = { from = from, rows = done }
   end
   if self.out:flush() then let_go(self) end
   return true
end

-- Gathers rows of a channel; returns whether there were any.
local function gather(self, from, now)
   local rows = from:take(self.size - #self.rows)
   if not rows then return false end
   self.since = self.since or now
   for _, row in ipairs(rows) do
      self.rows[#self.rows + 1], self.of[#self.of + 1] = row, from
   end
   if #self.rows >= self.size then self:conclude() end
   return true
end

-- ---- running --------------------------------------------------------------------------------

-- Does what there is to do; returns whether there was anything.
function stage:run(now)
   if self.unit.paused then return false end
   local is_busy = false
   if self.held[1] then release(self) end
   if self.held[1] then return false end
   for _, from in ipairs(self.from) do
      if self.batch then
         is_busy = gather(self, from, now) or is_busy
      else
         is_busy = take(self, from) or is_busy
      end
   end
   if self.since and now - self.since >= self.seconds then self:conclude() end
   return is_busy
end

-- Whether no row comes any more.
function stage:has_ended()
   if self.unit.paused then return true end
   for _, from in ipairs(self.from) do
      if not from.ended then return false end
   end
   return true
end

-- Ends the channels that it publishes on, once.
function stage:finish()
   if not self.is_finished then self.out:finish() end
   self.is_finished = true
end

return stage

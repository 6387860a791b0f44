-- Processes side by side that take in inputs: hands these to those that are free, and gathers what
-- they tell (see worker.lua).

local host    = require "weir.host"
local json    = require "weir.json"
local loop    = require "weir.loop"
local process = require "weir.job.process"

local farm = {}
farm.__index = farm

local AHEAD = 2                           -- inputs that a process has to take: it never waits
local SOON = 10                           -- seconds for a frame to be sent or to come whole
local ENDING = 60                         -- seconds for a process to store what it has
local STOPPING = 20                       -- and to leave an input when all are to stop
local TRIES = 2                           -- processes that may end over one input

-- ---- one process ------------------------------------------------------------------------------

local function send(one, value) return one.process:send(json.encode(value), SOON) end

-- Ends a process that does not answer any more; what it had is tried again, the one that it was at
-- at most twice: that may be why it ended.
local function lose(self, one)
   local how = one.process:finish()
   self.loop:forget(one.watch)
   one.process, self.alive = nil, self.alive - 1
   local at = math.min(one.taken + 1, #one.has)
   for i = #one.has, 1, -1 do
      local input = one.has[i]
      local tries = (self.tries[input] or 0) + (i == at and 1 or 0)
      self.tries[input] = tries
      if tries >= TRIES then
         self.told {
            path = input.path, state = "failed", why = "its process ended: " .. how, code = 3,
         }
      else
         table.insert(self.again, 1, input)
      end
   end
   one.has, one.taken = {}, 0
end

-- The next input; nil when all have been handed out.
local function next_input(self)
   local input = table.remove(self.again, 1)
   if input then return input end
   self.at = self.at + 1
   return self.inputs[self.at]
end

-- Gives a process what it has room for; when there is nothing, it is to store what it has taken.
local function feed(self, one)
   while one.process and #one.has - one.taken < AHEAD and not host.stopped() do
      local input = next_input(self)
      if not input then break end
      one.has[#one.has + 1] = input
      if not send(one, input) then lose(self, one) end
   end
   if one.taken > 0 and one.taken == #one.has and not send(one, { store = true }) then
      lose(self, one)
   end
end

-- What became of the first inputs that a process had.
local function note(self, one, list)
   for _, told in ipairs(list) do
      table.remove(one.has, 1)
      one.taken = one.taken - 1
      self.told(told)
   end
end

local function hear(self, one)
   local frame = one.process:read(SOON)
   local said = frame and json.decode(frame)
   if not said or said.ended then return lose(self, one) end
   if not said.taken then return note(self, one, said.told) end
   one.taken = one.taken + 1
   feed(self, one)
end

local function start(self)
   local made, why = process.start({ "farm" }, host.environment())
   if not made then return nil, why end
   local one = { process = made, has = {}, taken = 0 }     -- inputs not told of; taken of these
   self.alive = self.alive + 1
   one.watch = self.loop:readable(made:fd(), function () hear(self, one) end)
   if not send(one, { values = self.values, folder = self.folder, parent = host.pid() }) then
      lose(self, one)
      return nil, "a process of its own ended at once"
   end
   return one
end

-- ---- all of them ------------------------------------------------------------------------------

-- Has each process store what it has, and ends it.
local function finish(self)
   for _, one in ipairs(self.list) do
      if one.process then send(one, {}) end
   end
   for _, one in ipairs(self.list) do
      if one.process then
         self.loop:forget(one.watch)
         repeat
            local frame = one.process:read(ENDING)
            local said = frame and json.decode(frame)
            if said and said.told then note(self, one, said.told) end
         until not said or said.ended
         one.process:finish()
      end
   end
end

local function is_busy(self)
   for _, one in ipairs(self.list) do
      if #one.has > 0 then return true end
   end
   return (#self.again > 0 or self.at < #self.inputs) and not host.stopped()
end

-- When somebody wants an end, so do the processes; one that does not come to it is lost.
local function stop(self)
   if not host.stopped() then return end
   local is_first = not self.stopping
   self.stopping = self.stopping or host.clock()
   local is_late = host.clock() - self.stopping > STOPPING
   for _, one in ipairs(self.list) do
      if one.process and is_first then one.process:stop() end
      if one.process and is_late and #one.has > 0 then lose(self, one) end
   end
end

-- Starts processes in place of those that ended, while there is something to do.
local function fill(self)
   while self.alive < self.count and (#self.again > 0 or self.at < #self.inputs) do
      local one, why = start(self)
      if not one then return nil, why end
      self.list[#self.list + 1] = one
      feed(self, one)
   end
   return true
end

-- Has inputs ({ path, owner }) taken in by `count` processes with these values of the command line;
-- calls told(what became of one) for each.  Returns nil and the reason when no process can be
-- started.
function farm.run(inputs, count, how)
   local _, why = json.decode "true"
   if why then return nil, why end
   local self = setmetatable({
      inputs = inputs, at = 0, again = {}, tries = {}, list = {}, alive = 0,
      count = math.min(count, math.max(1, #inputs)), values = how.values, folder = how.folder,
      told = how.told,
   }, farm)
   self.loop, why = loop.new()
   if not self.loop then return nil, why end
   local ok = true
   while ok and is_busy(self) do
      if not host.stopped() then ok, why = fill(self) end
      if ok then self.loop:step(0.5) end
      stop(self)
      if how.tick then how.tick() end
   end
   finish(self)
   self.loop:close()
   return ok, why
end

return farm

-- When a group has read a channel to its end: its producers have finished, and nothing is left.
--
-- Producers that publish at the same time are of one generation, which has a number.  A group ends
-- with the first generation that has finished and that it had not ended with before it started: who
-- starts late still gets all, and who starts on what was read waits for new producers.

local host = require "weir.host"

local ending = {}
ending.__index = ending

local PAUSE = 0.2                         -- seconds between looks

-- options: producers, names of which each has to publish and finish.
function ending.new(subscriber, options)
   return setmetatable({
      of = subscriber, hub = subscriber.hub, expected = options.producers or {}, look_at = 0,
      gone_since = {},
   }, ending)
end

-- Whether those are gone for as long as we could see them: a server that was down itself has heard
-- of nobody.
local function are_surely_gone(self, gone)
   local now, since, is_sure = host.clock(), {}, true
   for _, name in ipairs(gone) do
      since[name] = self.gone_since[name] or now
      if now - since[name] < self.hub.options.idle then is_sure = false end
   end
   self.gone_since = since
   return is_sure
end

-- Whether all that publish have finished a generation that is new to us.
local function have_finished(self, reply)
   local generation, seen, open, gone, done = unpack(reply)
   self.seen = self.seen or seen
   if generation < self.seen then self.seen = seen end   -- Redis has forgotten all
   if generation <= self.seen or open > 0 then return false end
   local finished = {}
   for i = 1, #done, 2 do finished[done[i]] = done[i + 1] end
   if not are_surely_gone(self, gone) then return false end
   for _, name in ipairs(gone) do
      finished[name] = generation
      self.hub.teller:say("gone " .. name, ("channel %s: producer %s is gone without an end: its "
         .. "last rows may be missing"):format(self.of.channel.name, name))
   end
   for _, name in ipairs(self.expected) do
      if (finished[name] or 0) <= self.seen then return false end
   end
   return generation
end

-- Asks how much each partition has left; f(is_nothing) when all have told, nil when one did not.
local function ask_streams(self, f)
   local parts = self.of.parts
   local left, is_nothing = #parts, true
   for _, p in ipairs(parts) do
      self.hub:run("left", { p.key }, {}, function (reply)
         left = left - 1
         if not reply then is_nothing = nil end
         for i = 2, reply and #reply or 0 do
            local name, pending, lag, has_read = unpack(reply[i])
            if name == self.of.name then
               p.pending, p.lag = pending, lag
               if pending > 0 or has_read == 0 then is_nothing = is_nothing and false end
            end
         end
         if left == 0 then f(is_nothing) end
      end)
   end
end

function ending:look_at_streams() ask_streams(self, function () end) end

-- The group has read that generation to its end: its hub tells Redis, once all that its process
-- reads has ended.
local function finish(self, generation)
   self.generation, self.of.ended = generation, true
   self.of.lease:leave()
end

-- Whether something of ours is still to be dealt with.
local function is_at_work(self)
   for _, p in ipairs(self.of.parts) do
      if p.known_count > 0 then return true end
   end
   return #self.of.failures > 0
end

function ending:tick(now)
   if self.is_looking or now < self.look_at or self.seen and is_at_work(self) then return end
   self.look_at, self.is_looking = now + PAUSE, true
   local channel = self.of.channel
   self.hub:run("produced", { channel.producers, channel.ends }, { self.of.name },
      function (reply, why)
      self.is_looking = false
      if not reply then return self.hub:trouble(why) end
      local generation = have_finished(self, reply)
      if not generation then return end
      self.is_looking = true
      ask_streams(self, function (is_nothing)
         self.is_looking = false
         if is_nothing then finish(self, generation) end
      end)
   end)
end

-- The connection is new: what was seen before says nothing of who is gone.
function ending:restart() self.is_looking, self.gone_since, self.look_at = false, {}, 0 end

return ending

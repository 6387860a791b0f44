-- Channels over Redis Streams: what publishers and subscribers of this process share.
--
-- Everything is a script or a command on one connection (weir.redis), whose reply moves things on;
-- a timer does what is due.  When the connection is lost, each part begins again where it is not
-- sure.
--
-- Keys, beside which nothing is touched (C a channel, n a partition, G a group, P a producer):
--    PREFIX:C:{n}            the stream            PREFIX:C:producers   who publishes
--    PREFIX:C:{n}:sent:P     its last batch        PREFIX:C:ends        which groups have read all
--    PREFIX:C:{n}:failed:G   failures by entry     PREFIX:C:group:G     who reads which partition
--    PREFIX:C:dead           dead letters

local host       = require "weir.host"
local loop       = require "weir.loop"
local names      = require "weir.channel.names"
local publisher  = require "weir.channel.publisher"
local redis      = require "weir.redis"
local scripts    = require "weir.channel.scripts"
local subscriber = require "weir.channel.subscriber"
local teller     = require "weir.channel.teller"
local trouble    = require "weir.channel.trouble"

local hub = {}
hub.__index = hub

local OLDEST = 7                          -- version
local TICK = 0.02                         -- seconds between looks at what is due
local SLOW, SILENT = 5, 30                -- without a reply: it is told; it connects anew
local UNSENT = "not connected"            -- why a command was not sent
local CLOSING = 10                        -- seconds to hand over what is left

-- ---- the server ------------------------------------------------------------------------

-- Tells what is wrong with the server.
function hub:trouble(why)
   if self.closed or why == UNSENT then return end
   local name, line = trouble.of(why)
   self.teller:say(name, ("Redis at %s %s"):format(self.options.server.shown, line))
end

-- Calls the script with keys and arguments; f(reply), a list, or f(nil, why).
function hub:run(script, keys, arguments, f)
   local words = { "EVAL", scripts[script], #keys }
   for _, list in ipairs { keys, arguments } do
      for _, word in ipairs(list) do words[#words + 1] = word end
   end
   return self:call(words, function (reply, why)
      if reply ~= nil and type(reply) ~= "table" then
         reply, why = nil, "its reply makes no sense"
      end
      f(reply, why)
   end)
end

-- Sends a command; f(reply) or f(nil, why), at once when there is no connection.
function hub:call(words, f, reader)
   if not (self.is_open and self.client.is_ready) then return f(nil, UNSENT) end
   local ok, why = self.client:call(words, f, reader)
   if not ok then f(nil, why) end
end

local function each(self, method, ...)
   for _, list in ipairs { self.publishers, self.subscribers } do
      for _, one in ipairs(list) do one[method](one, ...) end
   end
end

local function connected(self)
   self.client:call({ "INFO", "server" }, function (text, why)
      if not text and not self.client.is_ready then return end      -- it is lost again
      if why and why:find("NOAUTH", 1, true) then return self.client:reset(why) end
      local version = text and tonumber(tostring(text):match "redis_version:(%d+)")
      if version and version < OLDEST then why = "too old, version " .. version end
      if why then self:trouble(why) end
      self.is_open = true
      self.teller:forget "reach"
      if self.was_lost then self.options.tell(("Redis at %s answers again"):format(
         self.options.server.shown)) end
      self.was_lost = false
      each(self, "connected")
   end)
end

local function lost(self, why)
   self.is_open = false
   if self.closed then return end
   self.was_lost = true
   self:trouble(why)
   each(self, "lost")
end

-- ---- time ------------------------------------------------------------------------------

local function watch_silence(self)
   local silence = self.client:silence()
   if silence > SILENT then
      self.client:reset(("no answer for %d seconds"):format(SILENT))
   elseif silence > SLOW then
      self.teller:say("slow", ("Redis at %s has not answered for %d seconds: rows wait"):format(
         self.options.server.shown, silence))
   end
end

local function tick(self)
   watch_silence(self)
   if self.is_open then each(self, "tick", host.clock()) end
end

-- Lets the loop go on until f(), which is looked at after each step, or nobody wants to wait any
-- longer, `seconds` at most.  Returns what f says.
function hub:wait(f, seconds)
   local limit = host.clock() + (seconds or math.huge)
   while not f() and not self.closed and not self.options.stopped() do
      local left = limit - host.clock()
      if left <= 0 then break end
      assert(self.loop:step(math.min(left, 1)) ~= nil)
   end
   return f()
end

-- ---- the hub ---------------------------------------------------------------------------

function hub.new(options)
   local l = options.loop
   if not l then
      local made, why = loop.new()
      if not made then return nil, why end
      l = made
   end
   local self = setmetatable({
      options = options, loop = l, publishers = {}, subscribers = {},
      is_far = true,                                     -- other processes may be at the other end
      teller = teller.new(options.tell), is_open = false,
   }, hub)
   local server = options.server
   self.client = redis.new(l, {
      host = server.host, port = server.port, path = server.path, user = server.user,
      password = server.password, database = server.database ~= 0 and server.database or nil,
      on_state = function (is_on, reason)
         if is_on then connected(self) else lost(self, reason) end
      end,
   })
   self.timer = l:every(TICK, function () tick(self) end)
   return self
end

-- What is known of a channel: its name, and the keys of it.
local function channel_of(self, name)
   local base = ("%s:%s"):format(self.options.prefix, name)
   local streams = {}
   for n = 0, self.options.partitions - 1 do streams[n] = ("%s:{%d}"):format(base, n) end
   return { name = name, base = base, streams = streams, producers = base .. ":producers",
      ends = base .. ":ends", dead = base .. ":dead" }
end

-- options: name, of the producer; groups, which are to have all rows even if they come later;
-- least, of rows that may wait where `most` says fewer.
function hub:publisher(name, options)
   options = options or {}
   names.check("channel", name, 2)
   names.check("producer", options.name or name, 2)
   for _, group in ipairs(options.groups or {}) do names.check("group", group, 2) end
   local one = publisher.new(self, channel_of(self, name), options)
   self.publishers[#self.publishers + 1] = one
   if self.is_open then one:connected() end
   return one
end

-- options: group; consumer, a name that no other one of the group has; partitions, a list of those
-- it reads whatever others do (0 is the first); producers, names of which each has to publish and
-- finish before this ends.
function hub:subscribe(name, options)
   options = options or {}
   names.check("channel", name, 2)
   names.check("group", options.group, 2)
   names.check("consumer", options.consumer or "consumer", 2)
   local one = subscriber.new(self, channel_of(self, name), options)
   self.subscribers[#self.subscribers + 1] = one
   if self.is_open then one:connected() end
   return one
end

-- Takes from there no more: what was taken and not dealt with goes to others of the group.
function hub:unsubscribe(from)
   from:leave()
   for i = #self.subscribers, 1, -1 do
      if self.subscribers[i] == from then table.remove(self.subscribers, i) end
   end
end

local function can_take(self)
   for _, one in ipairs(self.subscribers) do
      if one:can_take() then return true end
   end
   return false
end

local function count_ended(self)
   local count = 0
   for _, one in ipairs(self.subscribers) do
      if one.ended then count = count + 1 end
   end
   return count
end

-- Waits until rows can be taken, `seconds` at most; on a loop of others', until anything happens
-- there.  Returns whether they can.
function hub:poll(seconds)
   each(self, "push")
   self.loop:step(0)
   local ended = count_ended(self)
   if self.options.loop then
      if not can_take(self) and ended == count_ended(self) then self.loop:step(seconds or -1) end
      return can_take(self)
   end
   self:wait(function () return can_take(self) or count_ended(self) > ended end, seconds)
   return can_take(self)
end

-- Whether Redis has all that was put, but where rows may be dropped: waits for that `seconds` at
-- most, or until rows can be taken.
function hub:has_all(seconds)
   for _, one in ipairs(self.publishers) do one:urge() end
   local function is_there()
      for _, one in ipairs(self.publishers) do
         if one.waiting > 0 and not one.drops then return false end
      end
      return true
   end
   self:wait(function () return is_there() or can_take(self) end, seconds)
   return is_there()
end

-- { CHANNEL = { published, waiting, dropped, refused, waited, groups = { GROUP = { taken, pending,
-- lag, dropped, dead } } } }: numbers of the server are a second old; a lag it does not know is -1.
function hub:stats()
   local all = {}
   each(self, "count", function (name)
      local c = all[name] or { published = 0, waiting = 0, dropped = 0, refused = 0, waited = 0,
         groups = {} }
      all[name] = c
      return c
   end)
   return all
end

-- Whether nothing is left to be told to Redis.
local function is_quiet(self)
   for _, list in ipairs { self.publishers, self.subscribers } do
      for _, one in ipairs(list) do
         if one:is_busy() then return false end
      end
   end
   return not self.is_open or self.client:is_idle()
end

local function not_handed_over(self)
   local rows, ends = 0, 0
   for _, one in ipairs(self.publishers) do
      rows = rows + one.waiting
      if one.finished and not one.is_told then ends = ends + 1 end
   end
   if rows > 0 then return ("channels: %d rows were not handed over to Redis"):format(rows) end
   if ends > 0 then return "channels: Redis was not told that all rows are there" end
end

-- Tells what was read to its end: when all has been that this process reads.  One that is killed
-- before that, and started again, finds the end of each once more.
local function tell_ends(self)
   local keys, arguments = {}, {}
   for i, one in ipairs(self.subscribers) do
      if not one.ended then return end
      keys[i] = one.channel.ends
      arguments[2 * i - 1], arguments[2 * i] = one.name, one.ending.generation
   end
   if not keys[1] then return end
   self:run("ended", keys, arguments, function (_, why)
      if why then self:trouble(why) end
   end)
end

-- Hands over what is left, and closes; nil and the reason when that took more than `seconds` (10).
function hub:close(seconds)
   if self.closed then return true end
   each(self, "leave")
   tell_ends(self)
   local limit = host.clock() + (seconds or CLOSING)
   while not is_quiet(self) and host.clock() < limit do self.loop:step(TICK) end
   self.closed = true
   self.loop:forget(self.timer)
   self.client:close()
   if not self.options.loop then self.loop:close() end
   local why = not_handed_over(self)
   if why then return nil, why end
   return true
end

return hub

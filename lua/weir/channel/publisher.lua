-- Who publishes on a channel over Redis: batches of rows, a partition at a time, in order.
--
-- A batch is one script: it is there wholly or not at all, and has a number by which Redis knows it
-- when it comes again.  So a lost reply, a full channel or a server without memory cost nothing but
-- time, and rows of a partition never change places.

local bit    = require "bit"
local host   = require "weir.host"
local names  = require "weir.channel.names"
local teller = require "weir.channel.teller"
local wire   = require "weir.channel.wire"

local publisher = {}
publisher.__index = publisher

local ROWS, BYTES = 500, 2 ^ 20           -- of a batch
local FLYING = 4                          -- batches of a partition that have no reply yet
local WAITING = 16                        -- batches that wait here before `put` waits
local HEAVY = 64 * 2 ^ 20                 -- bytes of them
local AGAIN, FULL = 0.5, 0.02             -- seconds until a refused batch is sent again
local PATIENCE = 1                        -- seconds that a flush waits where rows may be dropped
local HEAD = 4                            -- words of a batch's arguments before its rows
local LONG = 5                            -- seconds for which a channel may be full

function publisher.new(hub, channel, options)
   local o, most = hub.options, math.max(hub.options.most, options.least or 0)
   local self = setmetatable({
      hub = hub, channel = channel, name = options.name or channel.name, token = names.token(),
      groups = options.groups or {}, parts = {}, most = most, size = math.min(ROWS, most),
      beat_at = 0, drops = o.full == "drop", waiting = 0, bytes = 0,
      published = 0, dropped = 0, refused = 0, waited = 0,
   }, publisher)
   self.limit = self.drops and most or math.min(WAITING * self.size, most)
   for n = 0, o.partitions - 1 do
      local key = channel.streams[n]
      self.parts[n] = { key = key, keys = { key, ("%s:sent:%s"):format(key, self.token) },
         number = 0, queue = {}, first = 1, last = 0, flying = 0, again = 0 }
   end
   return self
end

-- ---- batches ---------------------------------------------------------------------------

local function begin(self, p)
   local o = self.hub.options
   p.number = p.number + 1
   p.batch = { arguments = { p.number, o.full, self.most, "next" }, count = 0, bytes = 0 }
   return p.batch
end

-- The batch is complete.
local function seal(p)
   if not p.batch then return end
   p.last = p.last + 1
   p.queue[p.last], p.batch = p.batch, nil
end

local send

-- The channel is full: that is how consumers make producers wait, and told only when it lasts.
local function full(self, p)
   local now = host.clock()
   p.full_since = p.full_since or now
   if now - p.full_since < LONG then return end
   self.hub.teller:say("full " .. p.key, ("channel %s is full: %d rows wait to be read; do all of "
      .. "its groups have consumers that run?"):format(self.channel.name, self.most))
end

-- Redis has not taken the batch.
local function refused(self, p, what, why)
   if p.is_refused then return end
   p.is_refused, p.again = true, host.clock() + (what == "full" and FULL or AGAIN)
   if what == "full" then return full(self, p) end
   self.hub:trouble(why or "a batch was not taken")
   if why and why:find("OOM", 1, true) then
      self.hub:run("trim", { p.key }, {}, function (reply)
         if reply and reply[1] > 0 then p.again = 0 end
      end)
   end
end

-- What became of the oldest batch that flies.
local function answered(self, p, reply, why)
   p.flying = p.flying - 1
   local what = reply and reply[1]
   if what == "put" or what == "known" then
      local batch = p.queue[p.first]
      p.queue[p.first], p.first, p.full_since = nil, p.first + 1, nil
      self.waiting, self.bytes = self.waiting - batch.count, self.bytes - batch.bytes
      self.dropped = self.dropped + reply[2]
   else
      refused(self, p, what, why)
   end
   send(self, p)
end

-- Sends what waits.  Behind one that was refused the others are, too: they are numbered.
function send(self, p)
   if p.is_refused then
      if p.flying > 0 or host.clock() < p.again then return end
      p.is_refused = false
   end
   while self.hub.is_open and not p.is_refused and p.flying < FLYING
      and p.first + p.flying <= p.last do
      local batch = p.queue[p.first + p.flying]
      batch.arguments[HEAD] = p.flying == 0 and "first" or "next"
      p.flying = p.flying + 1
      self.hub:run("put", p.keys, batch.arguments, function (reply, why)
         answered(self, p, reply, why)
      end)
   end
end

-- ---- rows ------------------------------------------------------------------------------

-- Which partition the row of that flow goes to: the same in each process.
local function partition_of(key, count)
   local hash = 5381
   for i = 1, #key do hash = bit.tobit(hash * 33 + key:byte(i)) end
   return hash % count
end

local function has_room(self) return self.waiting < self.limit and self.bytes < HEAVY end

-- Whether there is room for one more row, after a wait where that is wanted.
local function make_room(self)
   local hub = self.hub
   if self.drops then
      if self.published % 64 == 0 then hub.loop:step(0) end
      return has_room(self)
   end
   local before = host.clock()
   hub:wait(function () return has_room(self) end)
   hub.loop:step(0)                       -- what is to be sent goes out while more is made
   self.waited = self.waited + host.clock() - before
   return true
end

local function refuse(self, row, why)
   self.refused = self.refused + 1
   why = ("channel %s: row %s cannot travel: %s"):format(self.channel.name,
      teller.short(row.row_id), why)
   self.hub.teller:say("refused " .. self.channel.name, why)
   return nil, why
end

-- Puts a row into the channel, and waits when there are too many ("wait").  nil and the reason when
-- the row cannot travel.
function publisher:put(row)
   if type(row.row_id) ~= "string" then error("a row of a channel has a text `row_id`", 2) end
   if self.finished then error("this publisher has finished", 2) end
   local text, why = wire.write(row)
   if not text then return refuse(self, row, why) end
   self.published = self.published + 1
   if not has_room(self) and not make_room(self) then
      self.dropped = self.dropped + 1
      return true
   end
   local count, key = self.hub.options.partitions, row.flow_id or row.row_id
   local p = self.parts[count == 1 and 0 or partition_of(tostring(key), count)]
   local batch = p.batch or begin(self, p)
   local list, n = batch.arguments, HEAD + 2 * batch.count
   list[n + 1], list[n + 2] = row.row_id, text
   batch.count, batch.bytes = batch.count + 1, batch.bytes + #text
   self.waiting, self.bytes = self.waiting + 1, self.bytes + #text
   if batch.count >= self.size or batch.bytes >= BYTES then
      seal(p)
      send(self, p)
   end
   return true
end

-- Sends all that was put; does not wait.
function publisher:push()
   for n = 0, #self.parts do
      local p = self.parts[n]
      if p.flying == 0 then seal(p) end
      send(self, p)
   end
end

local function seal_all(self)
   for n = 0, #self.parts do
      seal(self.parts[n])
      send(self, self.parts[n])
   end
end

-- Sends all that was put, as soon as it can; does not wait.
function publisher:urge() seal_all(self) end

-- Waits until Redis has all that was put.  nil and the reason when nobody wants to wait so long.
function publisher:flush()
   seal_all(self)
   local is_there = self.hub:wait(function () return self.waiting == 0 end,
      self.drops and PATIENCE or nil)
   if is_there then return true end
   return nil, ("channel %s: %d rows wait for Redis"):format(self.channel.name, self.waiting)
end

-- ---- being there -----------------------------------------------------------------------

-- Says that this producer is there, or that it has finished.
local function announce(self)
   local is_last = self.finished and self.waiting == 0
   if self.is_told or self.is_telling or not self.hub.is_open then return end
   self.is_telling = is_last
   local ttl = ("%.0f"):format(self.hub.options.idle * 1000)
   local keys = { self.channel.producers }
   for n = 0, is_last and #self.parts or -1 do keys[n + 2] = self.parts[n].keys[2] end
   self.hub:run("produce", keys,
      { self.token, self.name, is_last and "finished" or ttl }, function (reply, why)
      self.is_told, self.is_telling = reply and is_last, false
      if why then self.hub:trouble(why) end
   end)
end

-- Groups that are to have all rows are there before the first one.
function publisher:connected()
   for n = 0, #self.parts do
      local p = self.parts[n]
      p.is_refused, p.flying = false, 0
      for _, group in ipairs(self.groups) do
         self.hub:call({ "XGROUP", "CREATE", p.key, group, "0", "MKSTREAM" }, function (_, why)
            if why and not why:find("BUSYGROUP", 1, true) then self.hub:trouble(why) end
         end)
      end
   end
   announce(self)
   self:push()
end

function publisher.lost() end             -- each batch has been told by itself

function publisher:tick(now)
   self:push()
   if now >= self.beat_at or self.finished and self.waiting == 0 then
      self.beat_at = now + self.hub.options.idle / 3
      announce(self)
   end
end

-- Nothing more comes from here: that is told when all rows are there.
function publisher:finish()
   if self.finished then return end
   self.finished = true
   seal_all(self)
   announce(self)
end

-- The hub closes.
function publisher:leave() seal_all(self) end
function publisher:is_busy() return self.waiting > 0 or self.finished and not self.is_told end

function publisher:count(of)
   local c = of(self.channel.name)
   for _, name in ipairs { "published", "waiting", "dropped", "refused", "waited" } do
      c[name] = c[name] + self[name]
   end
end

return publisher

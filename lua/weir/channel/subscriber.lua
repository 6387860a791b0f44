-- A consumer of a group on a channel over Redis: reads the partitions that it has a lease of, hands
-- out their rows, and tells Redis of those that are dealt with or failed.

local ending    = require "weir.channel.ending"
local host      = require "weir.host"
local lease     = require "weir.channel.lease"
local names     = require "weir.channel.names"
local partition = require "weir.channel.partition"
local redis     = require "weir.redis"
local teller    = require "weir.channel.teller"
local wire      = require "weir.channel.wire"

local subscriber = {}
subscriber.__index = subscriber

local ROWS, BYTES = 1000, 8 * 2 ^ 20      -- of a read: as many rows as that, or as are so large
local READY = 4                           -- reads of a partition that wait here to be taken
local ACKS = 500                          -- rows that are acknowledged at once
local PAUSE = 0.02                        -- seconds until an empty stream is read again
local AGAIN = 0.5                         -- until what was refused is tried again
local LETTERS, WORDS = 10000, 4096        -- dead letters that are kept; bytes of an error

local read_entries, read_claimed = redis.entries "json", redis.claimed "json"

function subscriber.new(hub, channel, options)
   local self = setmetatable({
      hub = hub, channel = channel, name = options.group, ended = false,
      consumer = options.consumer or names.token(), parts = {}, home = {}, row_size = BYTES / 100,
      taken = 0, dropped = 0, dead = 0, failures = {}, next_part = 1,
      again = setmetatable({}, { __mode = "k" }),        -- rows that failed before
      start_at = 0, fail_at = 0, counted_at = 0,
   }, subscriber)
   for n = 0, hub.options.partitions - 1 do
      self.parts[n + 1] = partition.new(channel.streams[n], n, self.name)
   end
   self.lease = lease.new(self, options)
   self.ending = ending.new(self, options)
   return self
end

-- ---- reading ---------------------------------------------------------------------------

-- Sends what was acknowledged so far.
local function send_acks(self, p)
   if #p.acks == 0 or not self.hub.is_open then return end
   local ids, words = p.acks, { "XACK", p.key, self.name }
   p.acks = {}
   for _, id in ipairs(ids) do words[#words + 1] = id end
   self.hub:call(words, function (reply, why)
      for _, id in ipairs(ids) do
         if reply then p:forget(id) else p.acks[#p.acks + 1] = id end
      end
      if why then self.hub:trouble(why) end
   end)
end

-- The row that the JSON of an entry is, which is noted; nil for what is none: that goes to the dead
-- letters.
local function row_of(self, p, id, json)
   local row, why
   if json then row, why = wire.read(json) end
   if not row then
      self.failures[#self.failures + 1] = { part = p, id = id, most = 1,
         why = "this is no row: " .. (why or "it has no json"), shown = id }
      return nil
   end
   self.home[row], p.ids[row] = p, id
   return row
end

-- Takes in entries: those that are known are on their way already, and those without values were
-- trimmed before anybody had dealt with them.
local function take_in(self, p, entries)
   local rows, n, bytes = {}, 0, 0
   local ids, values = entries.ids, entries.values
   for i = 1, entries.count do
      local id, json = ids[i], values[i]
      if json == nil then
         self.dropped, p.acks[#p.acks + 1] = self.dropped + 1, id
      elseif p:note(id) then
         bytes = bytes + (json and #json or 0)
         local row = row_of(self, p, id, json)
         if row then
            n = n + 1
            rows[n] = row
         end
      end
   end
   p:keep(rows)
   if n > 0 then self.row_size = (self.row_size + bytes / n) / 2 end
end

local read

-- What a read has brought.
local function has_read(self, p, reply, why)
   p.is_reading = false
   if why then
      p.pause = host.clock() + AGAIN
      if why:find("NOGROUP", 1, true) then self.is_started = false end
      return self.hub:trouble(why)
   end
   if not p.is_mine then return end
   take_in(self, p, reply)
   if p.cursor then
      self.dropped = self.dropped + reply.gone
      p.cursor = reply.cursor ~= "0-0" and reply.cursor or nil
   elseif reply.count == 0 then
      p.pause = host.clock() + PAUSE
   end
   read(self, p)
end

-- Looks once more for what others have read and left: one that lost its lease may have read on.
local function sweep(self, p, now)
   p.cursor, p.min_idle = "0-0", ("%.0f"):format(self.hub.options.idle * 1000)
   p.sweep_at = now + self.hub.options.idle
end

-- Reads more where there is room: at first what those have left who had the partition before.
function read(self, p)
   local now, count = host.clock(), math.min(ROWS, math.ceil(BYTES / (self.row_size + 1)))
   if p.is_reading or not p.is_mine or p.is_leaving or p.ready >= READY * count or now < p.pause
      or not self.lease:holds() then return end
   if not p.cursor and now >= p.sweep_at then sweep(self, p, now) end
   local words, reader = { "XREADGROUP", "GROUP", self.name, self.consumer, "COUNT", count,
      "STREAMS", p.key, ">" }, read_entries
   if p.cursor then
      words = { "XAUTOCLAIM", p.key, self.name, self.consumer, p.min_idle, p.cursor, "COUNT",
         count }
      reader = read_claimed
   end
   p.is_reading = true
   self.hub:call(words, function (reply, why) has_read(self, p, reply, why) end, reader)
end

-- ---- taking ----------------------------------------------------------------------------

function subscriber:can_take()
   if not self.lease:holds() then return false end
   for _, p in ipairs(self.parts) do
      if p.ready > 0 then return true end
   end
   return false
end

-- The next rows, `most` of them, all of one partition; nil when there are none now.
function subscriber:take(most)
   if not self.lease:holds() then return nil end
   for _ = 1, #self.parts do
      local p = self.parts[self.next_part]
      self.next_part = self.next_part % #self.parts + 1
      if p.ready > 0 then
         local rows = p:take(most or math.huge)
         self.taken = self.taken + #rows
         read(self, p)
         return rows
      end
   end
   return nil
end

-- These rows are dealt with; those that failed are passed over.
function subscriber:done(rows)
   local home = self.home
   for i = 1, #rows do
      local row = rows[i]
      local p = home[row]
      if p then
         local acks = p.acks
         acks[#acks + 1] = p.ids[row]
         home[row], p.ids[row] = nil, nil
         if #acks >= ACKS then send_acks(self, p) end
      end
   end
end

-- ---- failing ---------------------------------------------------------------------------

local function is_dead(self, failure)
   self.dead = self.dead + 1
   failure.part:forget(failure.id)
   self.hub.teller:say(("dead %s %s"):format(self.channel.name, self.name),
      teller.dead(self, failure.shown, failure.why))
end

-- Tells Redis of one failure: it says whether the row is delivered again.
local function send_failure(self, failure)
   local p = failure.part
   local keys = { p.key, p.failed, self.channel.dead }
   local arguments = { self.name, failure.id, failure.most, failure.why, self.channel.name,
      LETTERS }
   self.hub:run("fail", keys, arguments, function (reply, why)
      if not reply then
         self.failures[#self.failures + 1], self.fail_at = failure, host.clock() + AGAIN
         return self.hub:trouble(why)
      end
      if not reply[2] then return is_dead(self, failure) end
      if not p.is_mine then return end
      local row = row_of(self, p, failure.id, reply[2])
      if row then self.again[row] = true end
      p:keep({ row }, true)
   end)
end

-- This row of those that were taken failed: it is delivered again, or put to the dead letters.
-- Returns whether it failed for the first time, as far as is known here.
function subscriber:failed(row, why)
   local p = self.home[row]
   if not p then return false end
   local id = p.ids[row]
   self.home[row], p.ids[row] = nil, nil
   self.failures[#self.failures + 1] = { part = p, id = id, why = tostring(why):sub(1, WORDS),
      most = self.hub.options.deliveries, shown = row.row_id }
   return not self.again[row]
end

-- ---- leases ----------------------------------------------------------------------------

-- Reads first what was read before, by whomever, and is not dealt with.
local function from_the_start(self, p)
   p.cursor, p.min_idle, p.sweep_at = "0-0", 0, host.clock() + self.hub.options.idle
end

-- Has the partition from now on, and begins with what was left there.
function subscriber:gain(p)
   p.is_mine, p.is_leaving, p.pause = true, false, 0
   from_the_start(self, p)
end

-- Somebody else has it.
function subscriber:lose(p)
   for row in pairs(p.ids) do self.home[row] = nil end
   p:clear()
end

-- ---- time ------------------------------------------------------------------------------

-- The group is there from now on; what it has left to be dealt with is read again.
local function start(self)
   if self.is_starting or host.clock() < self.start_at then return end
   self.is_starting, self.start_at = true, host.clock() + AGAIN
   local left, is_well = #self.parts, true
   for _, p in ipairs(self.parts) do
      self.hub:call({ "XGROUP", "CREATE", p.key, self.name, "0", "MKSTREAM" }, function (_, why)
         left = left - 1
         if why and not why:find("BUSYGROUP", 1, true) then
            is_well = false
            self.hub:trouble(why)
         end
         if left > 0 then return end
         self.is_starting, self.is_started = false, is_well
      end)
   end
end

function subscriber:connected()
   self.is_started, self.is_starting, self.start_at = false, false, 0
   for _, p in ipairs(self.parts) do
      p.is_reading, p.pause = false, 0
      if p.is_mine then from_the_start(self, p) end
   end
   self.ending:restart()
   self.lease:restart()
   start(self)
end

function subscriber.lost() end

function subscriber:push()
   for _, p in ipairs(self.parts) do
      send_acks(self, p)
      if self.is_started then read(self, p) end
   end
   local failures = self.failures
   if #failures == 0 or not self.hub.is_open or host.clock() < self.fail_at then return end
   self.failures = {}
   for _, failure in ipairs(failures) do send_failure(self, failure) end
end

local function count_left(self, now)
   if now < self.counted_at then return end
   self.counted_at = now + 1
   self.ending:look_at_streams()
end

function subscriber:tick(now)
   if not self.is_started and not self.ended then return start(self) end
   self:push()
   if self.ended then return end
   self.lease:tick(now)
   self.ending:tick(now)
   count_left(self, now)
end

-- The hub closes: what was taken and not dealt with goes to others.
function subscriber:leave()
   self:push()
   self.lease:leave()
end

function subscriber:is_busy()
   for _, p in ipairs(self.parts) do
      if #p.acks > 0 then
         send_acks(self, p)
         return true
      end
   end
   return #self.failures > 0 or self.hub.is_open and self.lease:is_leaving()
end

function subscriber:count(of)
   local groups = of(self.channel.name).groups
   local pending, lag = 0, 0
   for _, p in ipairs(self.parts) do
      pending = pending + p.pending
      lag = (lag < 0 or p.lag < 0) and -1 or lag + p.lag
   end
   groups[self.name] = { taken = self.taken, dropped = self.dropped, dead = self.dead,
      pending = pending, lag = lag }
end

return subscriber

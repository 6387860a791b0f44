-- Channels within one process: rows are handed over by reference, in arrays.
--
-- A channel has its groups, a group the queue of rows that wait for it.  Whoever puts more into a
-- queue than it may hold is told to let others run first ("wait"), or loses the newest ("drop").

local names  = require "weir.channel.names"
local teller = require "weir.channel.teller"

local memory, publisher, subscriber = {}, {}, {}
memory.__index, publisher.__index, subscriber.__index = memory, publisher, subscriber

local KEPT = 1000                         -- dead letters of a group
local WEAK = { __mode = "k" }             -- who failed is remembered as long as somebody has it

function memory.new(options)
   return setmetatable({
      options = options, loop = options.loop, channels = {}, groups = {},
      teller = teller.new(options.tell),
   }, memory)
end

local function channel_of(self, name)
   local c = self.channels[name]
   if not c then
      c = { name = name, groups = {}, published = 0, unread = 0, open = 0, producers = 0 }
      self.channels[name] = c
   end
   return c
end

-- ---- those who publish -----------------------------------------------------------------

-- options: name, of who publishes.
function memory:publisher(name, options)
   names.check("channel", name, 2)
   local c = channel_of(self, name)
   c.open, c.producers = c.open + 1, c.producers + 1
   for _, group in ipairs(c.groups) do group.ended = false end
   return setmetatable({
      hub = self, channel = c, name = options and options.name or name,
      most = self.options.most, drops = self.options.full == "drop",
   }, publisher)
end

-- Puts a row into the channel.  false when a group has as many as it may hold: whoever puts then
-- has to let the groups take some before it goes on.
function publisher:put(row)
   if type(row.row_id) ~= "string" then error("a row of a channel has a text `row_id`", 2) end
   if self.finished then error("this publisher has finished", 2) end
   local c, has_room = self.channel, true
   local groups = c.groups
   c.published = c.published + 1
   if #groups == 0 then c.unread = c.unread + 1 end
   for i = 1, #groups do
      local group = groups[i]
      local count = group.count + 1
      local waiting = count - group.first + 1
      if waiting > self.most and self.drops then
         group.dropped = group.dropped + 1
      else
         group.queue[count], group.count = row, count
         if waiting >= self.most then has_room = self.drops end
      end
   end
   return has_room
end

-- In one process all is handed over at once.
function publisher.flush() return true end

local function is_ended(group)
   local c = group.channel
   return c.producers > 0 and c.open == 0 and group.count < group.first and group.pending == 0
      and #group.again == 0
end

-- Nothing more comes from here.
function publisher:finish()
   if self.finished then return end
   local c = self.channel
   self.finished, c.open = true, c.open - 1
   for _, group in ipairs(c.groups) do group.ended = is_ended(group) end
end

-- ---- those who subscribe ---------------------------------------------------------------

-- options: group.  Those of one group share its queue, which is what they get: one object.
function memory:subscribe(name, options)
   names.check("channel", name, 2)
   names.check("group", options and options.group, 2)
   local c = channel_of(self, name)
   local group = c.groups[options.group]
   if group then return group end
   group = setmetatable({
      hub = self, channel = c, name = options.group, ended = false,
      queue = {}, first = 1, count = 0,                  -- rows that wait: from first to count
      again = {}, tries = {}, failing = setmetatable({}, WEAK), is_failing = false,
      pending = 0, taken = 0, dropped = 0, dead = 0, letters = {},
   }, subscriber)
   c.groups[options.group], c.groups[#c.groups + 1] = group, group
   self.groups[#self.groups + 1] = group
   group.ended = is_ended(group)
   return group
end

-- Those that failed before, which come first.
local function retry(self, most)
   local rows, rest = {}, {}
   for i, row in ipairs(self.again) do
      if i <= most then
         rows[i], self.failing[row] = row, nil
      else
         rest[#rest + 1] = row
      end
   end
   self.again, self.is_failing = rest, next(self.failing) ~= nil
   return rows
end

-- Forgets what was taken from the front, once that is more than what is left.
local function tidy(self)
   local first, n = self.first, self.count - self.first + 1
   if first <= n then return end
   local rest = {}
   for i = 1, n do rest[i] = self.queue[first + i - 1] end
   self.queue, self.first, self.count = rest, 1, n
end

-- Those that wait: the queue itself when all of it is taken.
local function oldest(self, most)
   local first, n = self.first, self.count - self.first + 1
   if first == 1 and n <= most then
      local rows = self.queue
      self.queue, self.count = {}, 0
      return rows, n
   end
   n = math.min(n, most)
   local rows = {}
   for i = 1, n do rows[i] = self.queue[first + i - 1] end
   self.first = first + n
   tidy(self)
   return rows, n
end

-- The next rows, `most` of them (all that there are when nil); nil when there are none now.
function subscriber:take(most)
   most = most or math.huge
   local rows, n
   if #self.again > 0 then
      rows = retry(self, most)
      n = #rows
   elseif self.count >= self.first then
      rows, n = oldest(self, most)
   else
      return nil
   end
   self.taken, self.pending = self.taken + n, self.pending + n
   return rows
end

-- These rows are dealt with; those that failed are passed over.
function subscriber:done(rows)
   local n = #rows
   if self.is_failing then
      for _, row in ipairs(rows) do
         if self.failing[row] then n = n - 1 else self.tries[row] = nil end
      end
   end
   self.pending = self.pending - n
   if self.pending == 0 then self.ended = is_ended(self) end
end

local function bury(self, row, why)
   self.dead, self.tries[row] = self.dead + 1, nil
   if #self.letters >= KEPT then table.remove(self.letters, 1) end
   self.letters[#self.letters + 1] = { row = row, error = why }
   self.hub.teller:say("dead " .. self.channel.name .. " " .. self.name,
      teller.dead(self, row.row_id, why))
end

-- This row of those that were taken failed: it is delivered again, or put to the dead letters.
-- Returns whether it failed for the first time.
function subscriber:failed(row, why)
   if self.failing[row] then return false end
   local tries = (self.tries[row] or 0) + 1
   self.failing[row], self.is_failing, self.pending = true, true, self.pending - 1
   if tries >= self.hub.options.deliveries then
      bury(self, row, tostring(why))
   else
      self.tries[row], self.again[#self.again + 1] = tries, row
   end
   self.ended = is_ended(self)
   return tries == 1
end

-- Nobody takes from there any more: what waits is gone.
function memory:unsubscribe(from)
   local groups = from.channel.groups
   groups[from.name] = nil
   for _, list in ipairs { groups, self.groups } do
      for i = #list, 1, -1 do
         if list[i] == from then table.remove(list, i) end
      end
   end
end

-- ---- the hub ---------------------------------------------------------------------------

local function can_take(self)
   for _, group in ipairs(self.groups) do
      if group.count >= group.first or #group.again > 0 then return true end
   end
   return false
end

-- Whether something can be taken, now or after one step of the loop, `seconds` at most.
function memory:poll(seconds)
   if can_take(self) then return true end
   if self.loop then self.loop:step(seconds or -1) end
   return can_take(self)
end

-- { CHANNEL = { published, unread, groups = { GROUP = { taken, pending, lag, dropped, dead } } } }
function memory:stats()
   local all = {}
   for name, c in pairs(self.channels) do
      local groups = {}
      for _, g in ipairs(c.groups) do
         groups[g.name] = { taken = g.taken, pending = g.pending, dropped = g.dropped,
            dead = g.dead, lag = g.count - g.first + 1 + #g.again, letters = g.letters }
      end
      all[name] = { published = c.published, unread = c.unread, groups = groups }
   end
   return all
end

function memory.has_all() return true end  -- all is handed over at once
function memory.close() return true end

return memory

-- Which partitions of a channel a consumer reads: each is read by one of a group at a time.
--
-- Consumers of a group share the partitions equally.  A lease is renewed about once a second; who
-- is not heard of for `idle` seconds loses it, and the next one deals with what was left.

local host = require "weir.host"

local lease = {}
lease.__index = lease

local BEAT = 1                            -- seconds, or a third of `idle`

-- options: partitions, those that it reads whatever others do.
function lease.new(subscriber, options)
   local self = setmetatable({
      of = subscriber, hub = subscriber.hub, share = options.partitions and "all" or "equal",
      idle = subscriber.hub.options.idle, wanted = {}, till = 0, beat_at = 0,
      key = ("%s:group:%s"):format(subscriber.channel.base, subscriber.name),
   }, lease)
   for _, n in ipairs(options.partitions or {}) do
      if not subscriber.parts[n + 1] then
         error(("channel %s has no partition %s: they count from 0"):format(
            subscriber.channel.name, tostring(n)), 4)
      end
      self.wanted[#self.wanted + 1] = n
   end
   for n = 0, options.partitions and -1 or #subscriber.parts - 1 do self.wanted[n + 1] = n end
   return self
end

-- Whether what it has is surely its own.
function lease:holds() return host.clock() < self.till end

-- Takes to what Redis says that it has, and reads no more of those that are beyond its share.
local function follow(self, mine, surplus)
   local has = {}
   for _, n in ipairs(mine) do has[tonumber(n)] = true end
   for i = #self.of.parts, 1, -1 do
      local p = self.of.parts[i]
      if has[p.number] then
         if not p.is_mine then self.of:gain(p) end
         p.is_leaving, surplus = surplus > 0, surplus - 1
      elseif p.is_mine then
         self.of:lose(p)
      end
   end
end

-- Those that it has read no more of, and of which nothing is left to be dealt with.
local function let_go(self)
   local list = {}
   for _, p in ipairs(self.of.parts) do
      local is_clear = p.known_count == 0 and not p.is_reading
      if p.is_mine and p.is_leaving and is_clear then list[#list + 1] = p.number end
   end
   return list
end

local function ask(self, wanted, gone)
   if self.is_asking or not self.hub.is_open then return end
   self.is_asking = true
   local sent, ttl = host.clock(), ("%.0f"):format(self.idle * 1000)
   local arguments = { self.of.consumer, ttl, self.share, table.concat(wanted, ","),
      table.concat(gone, ",") }
   self.hub:run("lease", { self.key }, arguments, function (reply, why)
      self.is_asking = false
      if not reply then return self.hub:trouble(why) end
      if #wanted == 0 then
         self.has_left = true
      else
         self.till = sent + self.idle
      end
      follow(self, reply[1], reply[2])
   end)
end

function lease:tick(now)
   local gone = let_go(self)
   if now < self.beat_at and #gone == 0 then return end
   self.beat_at = now + math.min(BEAT, self.idle / 3)
   ask(self, self.wanted, gone)
end

-- The connection is new.
function lease:restart() self.is_asking, self.beat_at = false, 0 end

-- Lets all go.
function lease:leave()
   self.is_asked_to_leave = true
   local gone = {}
   for _, p in ipairs(self.of.parts) do
      if p.is_mine then gone[#gone + 1] = p.number end
   end
   ask(self, {}, gone)
end

function lease:is_leaving()
   if self.is_asked_to_leave and not self.has_left then self:leave() end
   return self.is_asked_to_leave and not self.has_left
end

return lease

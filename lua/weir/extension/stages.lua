-- Extensions that work on channels: they take rows as these come, many at a time, and what they
-- make of them goes on to the next channel.
--
-- Such are those that read what others publish, inferences that publish, and, where channels leave
-- the process, all that see rows.  A row is done once what became of it is safe: it was flushed,
-- committed or handed on.

local host    = require "weir.host"
local loop    = require "weir.loop"
local publish = require "weir.extension.publish"
local schema  = require "weir.schema"
local stage   = require "weir.extension.stage"

jit.off(true, true)                       -- what runs between batches is not worth a trace

local stages = {}
stages.__index = stages

local REST = 0.05                         -- seconds until rows are asked for that are not yet safe
local CORE = "weir"                       -- who publishes the records of the core
local LEAST = 16384                       -- rows that a channel may have whose readers run here

-- Whether an extension works on channels; `is_far`: these leave the process.
local function works_on_channels(ext, is_far)
   if not ext.reads then return false end
   for _, channel in ipairs(ext.reads) do
      if not schema.is_kind(channel) then return true end
   end
   if ext.kind == "inference" then return ext.publish ~= nil end
   return is_far
end

-- Finds out who works on channels, and which ones of the core's they read.  Opens a hub in memory
-- when one is needed; nil and the reason when there is none.
function stages:survey()
   local is_far, needs_hub = self:is_far(), false
   self.has, self.feeds, self.learns = {}, {}, false
   for _, ext in ipairs(self.engine.all) do              -- those that run elsewhere are fed as well
      self.has[ext.name] = works_on_channels(ext, is_far) or nil
      self.learns = self.learns or ext.kind == "extractor" and self.has[ext.name] == true
      needs_hub = needs_hub or self.has[ext.name] or ext.publish
      for _, channel in ipairs(self.has[ext.name] and ext.reads or {}) do
         self.feeds[channel] = schema.is_kind(channel) or self.feeds[channel]
      end
   end
   if self.hub or not needs_hub then return true end
   local why
   self.hub, why = require "weir.channel".open { tell = self.engine.tell }
   return self.hub ~= nil, why
end

-- The stages of an engine's extensions, over a hub of weir.channel, which is one in memory unless
-- told.  Nil and the reason when there is none.
function stages.new(engine, hub)
   local self = setmetatable({ engine = engine, hub = hub, list = {}, publishers = {} }, stages)
   local ok, why = self:survey()
   if not ok then return nil, why end
   return self
end

-- The names of those among extensions who read a channel.
local function readers_among(self, extensions, channel)
   local list = {}
   for _, ext in ipairs(extensions) do
      for _, name in ipairs(self.has[ext.name] and ext.reads or {}) do
         list[#list + 1] = name == channel and ext.name or nil
      end
   end
   return list
end

-- The names of those who read a channel, wherever they run.
function stages:readers(channel) return readers_among(self, self.engine.all, channel) end

-- The names of those who publish on a channel, wherever they run.
function stages:writers(channel)
   local list = { schema.is_kind(channel) and CORE or nil }
   for _, ext in ipairs(self.engine.all) do
      for _, name in ipairs(ext.publish or {}) do
         list[#list + 1] = name == channel and ext.name or nil
      end
   end
   return list
end

-- Whether somebody reads a channel who runs here: who puts rows there must not wait for them.
local function is_read_here(self, channel)
   return readers_among(self, self.engine.extensions, channel)[1] ~= nil
end

-- Where the rows of an extension, or of the core (CORE), go: one publisher for each channel.
function stages:publisher(channel, by)
   for _, known in ipairs(self.publishers) do
      if known.channel == channel and known.by == by then return known.out end
   end
   local out = self.hub:publisher(channel, { name = by, groups = self:readers(channel),
      least = is_read_here(self, channel) and LEAST or nil })
   table.insert(self.publishers, { channel = channel, by = by, out = out })
   return out
end

-- What puts the records of the core's channels on the hub, for the loops: a unit for each channel.
function stages:feeders(source, fields, origin)
   local list = {}
   for _, kind in ipairs(schema.kinds) do
      if self.feeds[kind] then
         list[#list + 1] = publish.feeder(kind, self:publisher(kind, CORE), source, fields,
            origin)
      end
   end
   return list
end

-- Whether channels leave the process.
function stages:is_far() return self.hub ~= nil and self.hub.is_far == true end

-- All channels of an extension, as one: put, flush.
function stages:outlet(ext)
   local list = {}
   for i, channel in ipairs(ext.publish or {}) do list[i] = self:publisher(channel, ext.name) end
   return publish.outlet(list)
end

-- What puts the fields that a feature gives on its channels.
function stages:publish_flows(unit, source, origin)
   return publish.flows(unit, self:outlet(unit.ext), source, origin)
end

-- Whether somebody learns from rows of channels, here or in another process.
function stages:learn() return self.learns end

local function stage_of(self, unit)
   for _, one in ipairs(self.list) do
      if one.unit == unit then return one end
   end
end

-- Once there are units: those that work on channels subscribe, in order, and who publishes is
-- known.
function stages:begin()
   local list = {}
   for _, ext in ipairs(self.engine.extensions) do
      local unit = (self.engine.units[ext.name] or {})[1]
      if unit and self.has[ext.name] then
         list[#list + 1] = stage_of(self, unit) or stage.new(self, unit)
      end
      local out = self:outlet(ext)
      if unit and ext.kind == "extractor" and ext.publish then
         publish.lend(unit, out, self.engine)
      end
   end
   self.list = list
end

-- Ends what a unit that is no more has on channels.
function stages:drop(unit)
   local one = stage_of(self, unit)
   if one then
      one:conclude()
      for _, from in ipairs(one.from) do self.hub:unsubscribe(from) end
      for i, other in ipairs(self.list) do
         if other == one then table.remove(self.list, i) break end
      end
   end
   for i = #self.publishers, 1, -1 do
      local known = self.publishers[i]
      if known.by == unit.name then
         known.out:finish()
         table.remove(self.publishers, i)
      end
   end
end

-- Takes what there is, until nobody has anything left to do.
function stages:run()
   if not self.hub then return end
   self.hub:poll(0)
   local is_busy = true
   while is_busy do
      is_busy = false
      for _, one in ipairs(self.list) do is_busy = one:run(host.clock()) or is_busy end
   end
end

-- After a reload: stages go on with the code that their units have now.
function stages:renew()
   for _, one in ipairs(self.list) do one:renew() end
end

-- Lets the first inference that has a batch begun infer of what it has.
local function conclude_one(self)
   for _, one in ipairs(self.list) do
      if one:conclude() then return true end
   end
   return false
end

-- Ends the channels of those that get nothing any more; returns whether some are left that do.
local function end_channels(self)
   local is_open = false
   for _, one in ipairs(self.list) do
      if one:has_ended() then one:finish() else is_open = true end
   end
   return is_open
end

-- Whether one has rows that are not yet safe.
local function holds(self)
   for _, one in ipairs(self.list) do
      if one.held[1] and not one.unit.paused then return true end
   end
   return false
end

-- Waits for rows, `seconds` at most.
function stages:wait(seconds) return self.hub and self.hub:poll(seconds) end

-- Whether none of them gets any more rows.  Who gets none ends its channels, for which others here
-- may wait.
function stages:have_ended() return not end_channels(self) end

-- What went over the channels (weir.channel), also once they are closed.
function stages:stats() return self.last_stats or self.hub and self.hub:stats() or {} end

-- Has all done that can be: no batch waits to become larger.
function stages:settle()
   if not self.hub then return end
   repeat self:run() until not conclude_one(self)
end

-- The same, until all that was put is where it is kept.  Returns whether it is: not when somebody
-- wants to stop before.
function stages:hand_over()
   if not self.hub then return true end
   repeat
      self:settle()
      if self.hub:has_all(REST) then return true end
   until host.stopped()
   return false
end

-- No capture comes any more: ends the channels, one after the other, as their producers end.
function stages:finish()
   if not self.hub then return end
   for _, known in ipairs(self.publishers) do
      if not self.has[known.by] then known.out:finish() end
   end
   repeat
      self:settle()
      local is_open = end_channels(self)
      if is_open then self.hub:poll(holds(self) and 0 or 1) end
      if is_open and holds(self) then loop.sleep(REST) end
   until not is_open or host.stopped()
   for _, known in ipairs(self.publishers) do known.out:flush() end   -- waits for room, if told to
   local ok, why = self.hub:close()
   if not ok then self.engine.tell(why) end
   self.last_stats = self.hub:stats()                    -- with what was handed over at last
end

return stages

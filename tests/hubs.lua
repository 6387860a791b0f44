-- Hubs of channels on a test's own Redis, which go on together, and what they tell.
--
--    local h = hubs.new(redis)
--    local from = h:open():subscribe("x", { group = "a" })
--    h:go_on(function () return from.ended end)

local channel = require "weir.channel"
local host    = require "weir.host"

local hubs = {}
hubs.__index = hubs

local PATIENCE = 8                        -- seconds

function hubs.new(redis) return setmetatable({ redis = redis, list = {}, lines = {} }, hubs) end

-- A hub with these options of weir.channel.
function hubs:open(options)
   options = options or {}
   options.url, options.idle = options.url or self.redis.url, options.idle or 5
   options.tell = function (line) self.lines[#self.lines + 1] = line end
   local hub = assert(channel.open(options))
   self.list[#self.list + 1] = hub
   return hub
end

-- Lets all of them go on until f is true.
function hubs:go_on(f)
   local limit = host.clock() + PATIENCE
   while not f() do
      if host.clock() > limit then error("too long; " .. table.concat(self.lines, "; "), 2) end
      for _, hub in ipairs(self.list) do
         if not hub.closed then hub:poll(0.002) end
      end
   end
end

function hubs:go_on_for(seconds)
   local limit = host.clock() + seconds
   self:go_on(function () return host.clock() > limit end)
end

-- Has all consumers take what there is until they have ended; calls f(consumer's place, row).
function hubs:drain(froms, f)
   self:go_on(function ()
      local are_ended = true
      for i, from in ipairs(froms) do
         local rows = from:take(1000) or {}
         for _, row in ipairs(rows) do f(i, row) end
         from:done(rows)
         are_ended = are_ended and from.ended
      end
      return are_ended
   end)
end

-- Whether one line says all of these.
function hubs:told(...)
   for _, line in ipairs(self.lines) do
      local says_all = true
      for _, words in ipairs { ... } do says_all = says_all and line:find(words, 1, true) end
      if says_all then return true end
   end
   return false
end

function hubs:close()
   for _, hub in ipairs(self.list) do hub:close(0.2) end
end

-- Rows from one number to another.
function hubs.put(out, first, last)
   for i = first, last do out:put { row_id = tostring(i), n = i, flow_id = tostring(i % 7) } end
end

-- Publishes rows of these numbers on channel x, and closes.
function hubs:publish(first, last, name)
   local out = self:open():publisher("x", { name = name or "maker" })
   hubs.put(out, first, last)
   out:finish()
   assert(table.remove(self.list):close())
end

-- How many rows come until these have ended.
function hubs:count(...)
   local count = 0
   self:drain({ ... }, function () count = count + 1 end)
   return count
end

-- A sink by ids: counts rows, their numbers, and those that came again.
function hubs.sink()
   local sink = { count = 0, sum = 0, again = 0, got = {} }
   function sink.row(_, row)
      if sink.got[row.row_id] then
         sink.again = sink.again + 1
      else
         sink.got[row.row_id], sink.count, sink.sum = true, sink.count + 1, sink.sum + row.n
      end
   end
   return sink
end

return hubs

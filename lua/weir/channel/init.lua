-- Channels between extensions: named streams of rows, in this process or over Redis.
--
--    local hub = assert(channel.open { transport = "memory" })
--    local from = hub:subscribe("hellos", { group = "lookup" })
--    local out = hub:publisher("hellos", { name = "hello_world" })
--    out:put { row_id = "1", text = "hello" }
--    while hub:poll(1) do
--       local rows = from:take(1000)
--       from:done(rows)
--    end
--
-- A row is a plain table with a text `row_id`.  Each group of subscribers gets each row: one of its
-- consumers has it until it says that it is done with it, or that it failed.

local address = require "weir.channel.address"

local channel = {}

local NUMBERS = { partitions = 1, most = 100000, deliveries = 3, idle = 30 }

local function check_number(options, name)
   local value = options[name] == nil and NUMBERS[name] or options[name]
   local is_whole = name == "idle" or type(value) == "number" and value % 1 == 0
   if type(value) ~= "number" or not (value > 0 and value < 2 ^ 31) or not is_whole then
      return nil, ("channels: %s is a %snumber above 0, not %s"):format(name,
         name == "idle" and "" or "whole ", tostring(value))
   end
   return value
end

-- All options with what stands for those that are absent.
local function complete(options)
   local all = {
      transport = options.transport or options.url and "redis" or "memory",
      full = options.full or "wait", prefix = options.prefix or "weir", url = options.url,
      loop = options.loop, stopped = options.stopped or function () return false end,
      tell = options.tell or function (line) io.stderr:write("weir: ", line, "\n") end,
   }
   for name in pairs(NUMBERS) do
      local value, why = check_number(options, name)
      if not value then return nil, why end
      all[name] = value
   end
   if all.full ~= "wait" and all.full ~= "drop" then
      return nil, ("channels: full is wait or drop, not %s"):format(tostring(all.full))
   end
   if not tostring(all.prefix):find "^[%w_.-]+$" then
      return nil, "channels: prefix is made of letters, digits, '_', '.' and '-'"
   end
   return all
end

-- All options as they are meant; nil and the reason when they make no sense.
function channel.check(options)
   local all, why = complete(options or {})
   if not all then return nil, why end
   if all.transport == "memory" then return all end
   if all.transport ~= "redis" then
      return nil, ("channels: transport is memory or redis, not %s"):format(tostring(all.transport))
   end
   all.server, why = address.parse(all.url or "redis://127.0.0.1:6379/0")
   if not all.server then return nil, "channels: " .. why end
   return all
end

-- Opens a hub of channels.  Options: transport ("memory" or "redis"), url, prefix, partitions, most
-- (rows that wait at once), full ("wait" or "drop": what happens beyond), deliveries (how often a
-- row may fail), idle (seconds after which who does not answer is taken for dead), loop (a
-- weir.loop to run on), tell(line), stopped() (asked while it waits; true ends the wait).  nil and
-- the reason when they make no sense.
function channel.open(options)
   local all, why = channel.check(options)
   if not all then return nil, why end
   return require("weir.channel." .. all.transport).new(all)
end

return channel

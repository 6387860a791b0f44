-- How often a host may be asked: no more than so many times in any minute, second or whatever; and
-- not before the moment that it named itself.
--
--    local rate = assert(pace.rate "4/minute")
--    if pace.wait("example.org", rate, now) == 0 then pace.note("example.org", now) end

local pace = {}

local SECONDS = { second = 1, minute = 60, hour = 3600, day = 86400 }
local MOST = 1000                         -- times within one span
local HOSTS = 1000                        -- that are remembered

local hosts, count = {}, 0                -- by name: { times (the latest last), held }

-- What "4/minute" means: { most, span in seconds }; a number is so many a second.  Nil and the
-- reason when it means nothing.
function pace.rate(value)
   local text = type(value) == "number" and value .. "/second" or tostring(value)
   local number, unit = text:match "^%s*(%d+)%s*/%s*(%l+)%s*$"
   local most, span = tonumber(number), SECONDS[unit]
   if most and span and most >= 1 and most <= MOST then return { most = most, span = span } end
   local form = "'%s' is no rate: write 4/minute, or up to %d a second, minute, hour or day"
   return nil, form:format(text, MOST)
end

-- Makes room for one more: the host goes that was asked longest ago.
local function forget_one()
   local oldest, since = nil, math.huge
   for name, host in pairs(hosts) do
      local last = math.max(host.times[#host.times] or 0, host.held)
      if last < since or last == since and name < oldest then oldest, since = name, last end
   end
   hosts[oldest], count = nil, count - 1
end

local function of(name)
   local host = hosts[name]
   if host then return host end
   if count >= HOSTS then forget_one() end
   host = { times = {}, held = 0 }
   hosts[name], count = host, count + 1
   return host
end

-- Seconds until a host may be asked again; `rate` may be nil.
function pace.wait(name, rate, now)
   local host = hosts[name]
   if not host then return 0 end
   local free = host.held
   local at = rate and host.times[#host.times - rate.most + 1]
   if at then free = math.max(free, at + rate.span) end
   return math.max(0, free - now)
end

-- Notes that a host is asked now.
function pace.note(name, now)
   local times = of(name).times
   if #times >= MOST then table.remove(times, 1) end
   times[#times + 1] = now
end

-- Nobody asks it before then.
function pace.hold(name, moment)
   local host = of(name)
   host.held = math.max(host.held, moment)
end

return pace

-- What a device does that it did not do before.  Of each device a baseline is learnt: how much it
-- sends and gets in a flow, how often it turns to somebody new or to a new port, how many flows it
-- begins in a minute.  What is far from that is unusual; it moves the baseline no further than
-- what is just about usual would, so that an attack does not teach what is normal.

local weir   = require "weir"
local recent = require "weir.recent"

local anomaly = weir.inference {
   about   = "is a flow unusual for its device, and in what?",
   wants   = {
      "src_ip", "src_mac?", "dest_ip", "dest_port", "start", "bytes_toserver", "bytes_toclient",
   },
   gives   = { anomaly = "probability", anomaly_of = "label", anomaly_by = "number" },
   options = {
      device   = "src_ip",                -- or src_mac
      warmup   = 30,                      -- flows of a device that are only learnt from
      minutes  = 10,                      -- the same for minutes
      memory   = 200,                     -- flows, or minutes, after which old ones fade
      devices  = 4096,                    -- that are known at once
      contacts = 1024,                    -- of a device: whom it knows, and which ports
   },
}

local HALF = 3                            -- deviations at which the score is a half
local FAR = 3                             -- deviations by which one value may move a baseline
local FLOOR = 0.25                        -- the least deviation, of logarithms: a quarter more
local NORMAL = 1.2533                     -- standard deviation of a bell for its mean deviation

-- ---- baselines ----------------------------------------------------------------------------

-- A mean and a mean deviation, in which old values fade.
local function baseline() return { n = 0, mean = 0, deviation = 0 } end

-- How many deviations a value is away, which side up; `floor`: the least that one is.
local function distance(b, x, floor) return (x - b.mean) / math.max(NORMAL * b.deviation, floor) end

local function learn(b, x, floor, memory)
   local n = b.n + 1
   local weight, difference = math.max(1 / n, 1 / memory), x - b.mean
   if n > 10 then
      local far = FAR * math.max(NORMAL * b.deviation, floor)
      difference = math.max(-far, math.min(far, difference))
   end
   b.n, b.mean = n, b.mean + weight * difference
   if n > 1 then b.deviation = b.deviation + weight * (math.abs(difference) - b.deviation) end
end

-- ---- devices ------------------------------------------------------------------------------

local function device(options)
   return {
      flows = 0, sent = baseline(), got = baseline(), rate = baseline(),
      strangers = baseline(), ports = baseline(), minute = nil, count = 0,
      contacts = recent.new(options.contacts), known_ports = recent.new(options.contacts),
   }
end

-- How surprising something new is where that is so rare: as many deviations as a bell would take to
-- be as rare.
local function surprise(b, is_new)
   if not is_new then return 0 end
   local often = math.max(b.mean, 1 / (b.n + 2))
   return math.sqrt(-2 * math.log(math.min(often, 1)))
end

-- Whether a device meets something for the first time, of which it takes note.
local function is_new(known, key)
   if key == nil or known:get(key) then return false end
   known:put(key, true)
   return true
end

-- Ends the minutes before the one at hand: empty ones as well, up to an hour of them.
local function turn(d, minute, memory)
   for i = d.minute, math.min(minute - 1, d.minute + 60) do
      learn(d.rate, i == d.minute and d.count or 0, math.sqrt(math.max(d.rate.mean, 1)), memory)
   end
   d.minute, d.count = minute, 0
end

-- Counts a flow in its minute; how many deviations there are too many by now.
local function rate(d, start, options)
   local minute = math.floor(start / 60)
   d.minute = d.minute or minute
   if minute > d.minute then turn(d, minute, options.memory) end
   if minute < d.minute then return 0 end                -- it began long ago
   d.count = d.count + 1
   if d.rate.n < options.minutes then return 0 end
   return distance(d.rate, d.count, math.sqrt(math.max(d.rate.mean, 1)))
end

-- What is most unusual in a flow of a device: a name, and by how many deviations.
local function judge(d, flow, options)
   local news = { whom = is_new(d.contacts, flow.whom), port = is_new(d.known_ports, flow.port) }
   local found = {
      { "sent", math.abs(distance(d.sent, flow.sent, FLOOR)) },
      { "received", math.abs(distance(d.got, flow.got, FLOOR)) },
      { "destination", surprise(d.strangers, news.whom) }, { "port", surprise(d.ports, news.port) },
      { "rate", rate(d, flow.start, options) },
   }
   learn(d.sent, flow.sent, FLOOR, options.memory)
   learn(d.got, flow.got, FLOOR, options.memory)
   learn(d.strangers, news.whom and 1 or 0, 1, options.memory)
   learn(d.ports, news.port and 1 or 0, 1, options.memory)
   d.flows = d.flows + 1
   if d.flows <= options.warmup then return nil end
   local worst = found[1]
   for _, one in ipairs(found) do worst = one[2] > worst[2] and one or worst end
   return worst[1], worst[2]
end

-- ---- flows ---------------------------------------------------------------------------------

function anomaly:start() self.devices = self.devices or recent.new(self.options.devices) end

function anomaly:infer(batch, out)
   local who = assert(batch[self.options.device], "option device: src_ip or src_mac")
   for i = 1, batch.n do
      if who[i] then
         local d = self.devices:get(who[i]) or self.devices:put(who[i], device(self.options))
         local what, far = judge(d, {
            whom = batch.dest_ip[i], port = batch.dest_port[i], start = batch.start[i],
            sent = math.log(1 + batch.bytes_toserver[i]),
            got = math.log(1 + batch.bytes_toclient[i]),
         }, self.options)
         if what then
            out.anomaly[i] = far * far / (far * far + HALF * HALF)
            out.anomaly_of[i], out.anomaly_by[i] = what, far
         end
      end
   end
end

return anomaly

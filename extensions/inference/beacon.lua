-- Malware that calls home does it regularly and says much the same.  Of each source and whom it
-- calls, the times of the last calls are kept: what counts is the median of the silences between
-- them and how far they are from it, in the median again, so that a call that is missing, or one
-- too many, does not hide the rest.  Where the feature `periodicity` runs, a rhythm within one long
-- flow counts as well.

local weir   = require "weir"
local recent = require "weir.recent"
local stats  = require "weir.stats"

local beacon = weir.inference {
   about   = "does somebody call home regularly?",
   wants   = {
      "src_ip", "dest_ip", "dest_name?", "dest_port", "start", "bytes_toserver", "periodicity?",
      "period?",
   },
   gives   = {
      beacon = "probability", beacon_interval = "number", beacon_jitter = "number",
      beacon_calls = "number",
   },
   options = {
      least = 1,                          -- seconds: calls closer than that are one
      calls = 4,                          -- that it takes to tell
      keep  = 32,                         -- calls that are kept of each pair
      pairs = 20000,                      -- pairs that are known at once
   },
}

local RANDOM = 0.5                        -- jitter from which on it is chance: there it is 0.69
local SAMENESS = 0.3                      -- how much of the score is that calls are of one size

function beacon:start() self.known = self.known or recent.new(self.options.pairs) end

-- Notes a flow among the calls, which are in order of time: one that is close to a call is part of
-- it.
local function note(pair, start, bytes, options)
   local starts, ends, sizes, at = pair.starts, pair.ends, pair.sizes, #pair.starts + 1
   while at > 1 and starts[at - 1] > start do at = at - 1 end
   if at > 1 and start - ends[at - 1] < options.least then
      ends[at - 1] = math.max(ends[at - 1], start)
   elseif starts[at] and starts[at] - start < options.least then
      starts[at] = start
   else
      table.insert(starts, at, start)
      table.insert(ends, at, start)
      table.insert(sizes, at, bytes)
      pair.calls = pair.calls + 1
      if #starts > options.keep then
         for _, list in ipairs { starts, ends, sizes } do table.remove(list, 1) end
      end
   end
end

-- How far values are from their median, for its size: 0 when they are the same.
local function spread(list)
   local median, deviation = stats.median(list)
   if median == 0 then return deviation == 0 and 0 or 1, median end
   return deviation / median, median
end

-- Score, interval and jitter of a pair; nil when it is too early to tell.
local function judge(pair, fewest)
   local starts, gaps = pair.starts, {}
   if #starts < fewest then return nil end
   for i = 2, #starts do gaps[i - 1] = starts[i] - starts[i - 1] end
   local jitter, interval = spread(gaps)
   local regular = math.max(0, 1 - jitter / RANDOM)
   local same = math.max(0, 1 - spread(pair.sizes))
   return regular * (1 - 1 / #gaps) * (1 - SAMENESS + SAMENESS * same), interval, jitter
end

function beacon:infer(batch, out)
   local fewest = math.max(3, self.options.calls)
   for i = 1, batch.n do
      local source, whom = batch.src_ip[i], batch.dest_name[i] or batch.dest_ip[i]
      local score, interval, jitter, calls
      if source then
         local key = ("%s %s %s"):format(source, whom, batch.dest_port[i] or "-")
         local pair = self.known:get(key)
            or self.known:put(key, { starts = {}, ends = {}, sizes = {}, calls = 0 })
         note(pair, batch.start[i], batch.bytes_toserver[i], self.options)
         score, interval, jitter = judge(pair, fewest)
         calls = pair.calls
      end
      local within = batch.periodicity[i]
      if within and within > (score or 0) then
         score, interval, jitter, calls = within, batch.period[i], nil, nil
      end
      if score then
         out.beacon[i], out.beacon_interval[i], out.beacon_jitter[i] = score, interval, jitter
         out.beacon_calls[i] = calls
      end
   end
end

return beacon

-- What the moments of extensions cost, in passes over a capture: whole runs with and without them;
-- a run with a clock around each moment; and one without the compiler, which counts what each
-- allocates.

local aborts = require "weir.cli.ext.aborts"
local host   = require "weir.host"
local pcap   = require "weir.cli.ext.pcap"
local trial  = require "weir.cli.ext.trial"

local measure = {}

local PACKETS = 100000                    -- of a run: a shorter capture is made so long
local LOOPS = 200000                      -- of the clock's calibration
local HEAP = 64 * 1024                    -- KiB of what is allocated before it is collected

-- Reads a capture with extensions, as often as it takes.  o: path, seconds, count, measures; with
-- seconds = 0 that is once.  Returns seconds a packet of the fastest run, for what else the machine
-- does only adds; all packets; and the last run.  Or nil and the reason.
local function pass(order, o, between)
   local fastest, packets, spent, last = math.huge, 0, 0
   repeat
      local run, why = trial.open(order, o.path, { measures = o.measures, count = o.count })
      if not run then return nil, why end
      local begun = host.clock()
      for _ in trial.batches(run) do
         if between then between() end
      end
      local time = host.clock() - begun
      run.capture:close()
      fastest, spent = math.min(fastest, time / run.moved), spent + time
      packets, last = packets + run.moved, run
   until spent >= o.seconds
   return fastest, packets, last
end

-- The same once.
local function once(order, o, between)
   return pass(order, { path = o.path, seconds = 0, count = o.count, measures = o.measures },
      between)
end

-- ---- moments -------------------------------------------------------------------------------

-- Puts a clock around a moment; `own` has its calls and seconds.
local function timed(own, moment)
   local clock = host.clock
   return function (self, a, b)
      local begun = clock()
      local result = moment(self, a, b)
      own.seconds = own.seconds + (clock() - begun)
      own.calls = own.calls + 1
      return result
   end
end

-- What the clock itself takes of each measurement.
local function calibrate()
   local own = { seconds = 0, calls = 0 }
   local f = timed(own, function () end)
   for _ = 1, LOOPS do f() end
   return own.seconds / own.calls
end

local function weighed(own, moment)
   local count = collectgarbage
   return function (self, a, b)
      local before = count "count"
      local result = moment(self, a, b)
      own.bytes = own.bytes + (count "count" - before) * 1024
      own.weighed = own.weighed + 1
      return result
   end
end

-- Wraps the moments of these extensions; rows are by extension and moment.
local function wrap(extensions, rows, how)
   for _, ext in ipairs(extensions) do
      trial.wrap(ext, function (name, moment)
         local key = ext.name .. "." .. name
         rows[key] = rows[key] or {
            ext = ext.name, moment = name, calls = 0, seconds = 0, bytes = 0, weighed = 0,
         }
         return how(rows[key], moment)
      end)
   end
end

-- Without the compiler, and without the collector during a batch.
local function weigh(around, founds, o, rows)
   local order, own = around:together(founds)
   if not order then return nil, own end
   wrap(own, rows, weighed)
   jit.flush()
   jit.off()
   collectgarbage()
   collectgarbage "stop"
   local time, why = once(order, { path = o.path, count = PACKETS / 5 }, function ()
      if collectgarbage "count" > HEAP then collectgarbage() end
      collectgarbage "stop"                              -- a collection starts it again
   end)
   collectgarbage "restart"
   jit.on()
   return time, why
end

-- ---- all passes ----------------------------------------------------------------------------

-- Runs with these extensions and without, with the same measures; notes aborted traces.
local function whole(around, founds, o, found)
   local order, own = around:together(founds)
   if not order then return nil, own end
   local watched = aborts.watch(own)
   local ok, why, run = once(order, o)                   -- what is compiled, is compiled here
   if not ok then return nil, why end
   found.faults, found.aborts = run.engine.faults, watched
   if run.moved == 0 then return nil, ("there are no packets in '%s'"):format(o.path) end
   found.with, found.packets = pass(order, o)
   watched:stop()
   o.measures = run.capture.options
   once({}, o)
   found.without = pass({}, o)
   return true
end

-- With a clock around each moment, whose own time is taken off.
local function clocked(around, founds, o, rows)
   local order, own = around:together(founds)
   wrap(own, rows, timed)
   once(order, o)
   for _, row in pairs(rows) do row.calls, row.seconds = 0, 0 end
   pass(order, o)
   local clock = calibrate()
   for _, row in pairs(rows) do row.seconds = math.max(0, row.seconds - row.calls * clock) end
end

-- All passes over a capture that is long enough.
local function passes(around, founds, o)
   local found, rows = { rows = {} }, {}
   local ok, why = whole(around, founds, o, found)
   if not ok then return nil, why end
   clocked(around, founds, o, rows)
   ok, why = weigh(around, founds, o, rows)
   if not ok then return nil, why end
   for _, row in pairs(rows) do
      row.bytes = row.weighed > 0 and row.bytes / row.weighed or 0
      row.aborts, row.reason = found.aborts:of(row.ext, row.moment)
      found.rows[#found.rows + 1] = row
   end
   table.sort(found.rows, function (a, b)
      if a.seconds ~= b.seconds then return a.seconds > b.seconds end
      return a.ext .. a.moment < b.ext .. b.moment
   end)
   return found
end

-- Measures extensions over a capture.  o: path, seconds (of a pass), count.  Returns
--    { packets, with, without (seconds a packet), faults,
--      rows = { { ext, moment, calls, seconds, bytes (a call), aborts, reason } … } }
-- the costliest first; or nil and the reason.
function measure.run(around, founds, o)
   local long, why = pcap.stretch(o.path, math.min(o.count, PACKETS))
   if why then return nil, why end
   local found
   found, why = passes(around, founds,
      { path = long or o.path, seconds = o.seconds, count = o.count })
   if long then os.remove(long) end
   return found, why
end

return measure

-- Runs a function that may not run for ever: an extension's file while it is loaded, and all of a
-- confined one.
--
--    local ok, result = limit.run(chunk)

local host = require "weir.host"

local limit = {}

-- What loading an extension may take: seconds of the processor, and memory.
local LOADING = { what = "loading it", seconds = 2, megabytes = 256 }
local STEPS = 100000                      -- instructions between two looks

local over                                -- why what runs now has to end

local function watch(bounds)
   local clock = bounds.clock or host.cpu
   local deadline = clock() + bounds.seconds
   local most = collectgarbage "count" + (bounds.megabytes or math.huge) * 1024
   return function ()
      if not over and clock() > deadline then
         over = ("it was stopped: %s took longer than %g seconds"):format(bounds.what,
            bounds.seconds)
      elseif not over and collectgarbage "count" > most then
         over = ("it was stopped: %s took more than %d MiB of memory"):format(bounds.what,
            bounds.megabytes)
      end
      if over then error(over, 0) end
   end
end

-- Calls f within bounds, { what, seconds (of the processor, unless `clock` is another one),
-- megabytes }; true and what it returns, or false and what went wrong.  Compiled code does not look
-- at it, so nothing is compiled meanwhile.
function limit.within(bounds, f, ...)
   local was_on = jit.status()
   over = nil
   jit.off()
   debug.sethook(watch(bounds), "", STEPS)
   local ok, result = pcall(f, ...)
   debug.sethook()
   if was_on then jit.on() end
   if over then ok, result, over = false, over, nil end
   return ok, result
end

-- The same for an extension's file that is loaded.
function limit.run(f, ...) return limit.within(LOADING, f, ...) end

-- Why what runs now has to end, if it has.
function limit.over() return over end

-- Passes on what a protected call gave, unless the caller's time is over: nobody can catch that.
local function unless_over(...)
   if over then error(over, 0) end
   return ...
end

function limit.pcall(...) return unless_over(pcall(...)) end
function limit.xpcall(...) return unless_over(xpcall(...)) end
function limit.resume(...) return unless_over(coroutine.resume(...)) end

return limit

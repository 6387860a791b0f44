-- Runs a function that may not run for ever: an extension's file while it is loaded.
--
--    local ok, result = limit.run(chunk)

local host = require "weir.host"

local limit = {}

local SECONDS = 2                         -- of the clock that an extension may take to load
local MEGABYTES = 256                     -- of memory that it may take for it
local STEPS = 100000                      -- instructions between two looks at the clock

local over                                -- why what runs now has to end

local function watch()
   local deadline, most = host.clock() + SECONDS, collectgarbage "count" + MEGABYTES * 1024
   return function ()
      if not over and host.clock() > deadline then
         over = ("it was stopped: loading it took longer than %d seconds"):format(SECONDS)
      elseif not over and collectgarbage "count" > most then
         over = ("it was stopped: loading it took more than %d MiB of memory"):format(MEGABYTES)
      end
      if over then error(over, 0) end
   end
end

-- Calls f; true and what it returns, or false and what went wrong.  Compiled code does not look at
-- the clock, so nothing is compiled meanwhile.
function limit.run(f, ...)
   local was_on = jit.status()
   over = nil
   jit.off()
   debug.sethook(watch(), "", STEPS)
   local ok, result = pcall(f, ...)
   debug.sethook()
   if was_on then jit.on() end
   if over then ok, result, over = false, over, nil end
   return ok, result
end

-- Passes on what a protected call gave, unless the caller's time is over: nobody can catch that.
local function unless_over(...)
   if over then error(over, 0) end
   return ...
end

function limit.pcall(...) return unless_over(pcall(...)) end
function limit.xpcall(...) return unless_over(xpcall(...)) end
function limit.resume(...) return unless_over(coroutine.resume(...)) end

return limit

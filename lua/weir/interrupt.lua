-- Ctrl-C in a program that people type into: what runs ends with an error, the session goes on.
--
--    interrupt.catch()
--    local signal, ok, why = interrupt.run("a loop", function () while true do end end)
--    -- after Ctrl-C: 2, false, { message = "interrupted", trace = … }

local abi = require "weir.abi"

local C = abi.C
local interrupt = {}

local function signal_of(number) return number ~= 0 and number or nil end

-- From now on signals ask what runs to stop.  Nil and the reason when they cannot be caught.
function interrupt.catch() return abi.result(C.weir_interrupt_catch()) end

local function describe(message)
   return { message = message, trace = debug.traceback("", 2):gsub("^%s*stack traceback:\n", "") }
end

local function finish(...) return signal_of(C.weir_interrupt_end()), ... end

-- Calls f(...), which `what` says in a line: the signal that stopped it, if one did, and what
-- xpcall gives: an error as { message, trace }.  The program's hook spares what stands in this
-- file (core/main.c), so that nothing is stopped but f.
function interrupt.run(what, f, ...)
   local values = { n = select("#", ...), ... }
   C.weir_interrupt_begin(what)
   return finish(xpcall(function () return f(unpack(values, 1, values.n)) end, describe))
end

-- Raises the error that ends what runs, if somebody asked for that: for loops that are compiled,
-- where no hook is looked at, and that read nothing.
function interrupt.check()
   if C.weir_stop_signal() ~= 0 then error("interrupted", 0) end
end

-- The signal that ends the session, SIGTERM or SIGHUP.
function interrupt.last() return signal_of(C.weir_interrupt_last()) end

return interrupt

-- What LuaJIT compiles: who wants to know is told, and machine code that is wrong never runs.
--
-- LuaJIT before April 2022, and so that of Debian 12, now and then loses half of a pointer in a
-- loop over pairs(), which ends the program (LuaJIT issue 829): the two registers in which
-- lj_vm_next answers are swapped by an instruction for 32 bits.  Such code is found when it has
-- been made: all that was compiled is thrown away, and the function runs interpreted from then on.

local bit  = require "bit"
local util = require "jit.util"

local traces = {}

local CALL, SIZE = "\232", 5              -- call to what is so far behind it: a byte, and 4
local SWAP = "\146"                       -- xchg eax, edx

-- The four bytes at a place as a number with its sign.
local function int32(code, at)
   local a, b, c, d = code:byte(at, at + 3)
   return bit.bor(a, bit.lshift(b, 8), bit.lshift(c, 16), bit.lshift(d, 24))
end

-- Whether machine code that lies at an address calls what is at `target`, with these bytes behind.
function traces.calls(code, address, target, behind)
   local at = 0
   repeat                                                -- a number before may look like one, too
      at = code:find(CALL .. "...." .. behind, at + 1)
      if at and address + at - 1 + SIZE + int32(code, at + 1) == target then return true end
   until not at
   return false
end

-- Whether it swaps 32 bits of what it has of lj_vm_next, which is at `target`.
function traces.is_broken(code, address, target)
   return traces.calls(code, address, target, SWAP)
end

-- Where lj_vm_next is; nil where LuaJIT is of another kind.
function traces.place_of_next()
   local has_names, names = pcall(require, "jit.vmdef")
   if jit.arch ~= "x64" or not has_names then return nil end
   for i, name in pairs(names.ircall or {}) do
      if name == "lj_vm_next" then return util.ircalladdr(i) end
   end
end

local is_ready, target
local begun, listeners = {}, {}           -- functions whose traces are being made

-- Whether a trace that was made is wrong.
local function is_wrong(trace)
   if not is_ready then
      is_ready, target = true, traces.place_of_next()
   end
   if not target then return false end
   local code, address = util.tracemc(trace)
   return code ~= nil and traces.is_broken(code, address, target)
end

-- LuaJIT tells of a trace that begins, stops well, or is given up.
local function see(what, trace, f, ...)
   for listener in pairs(listeners) do listener(what, trace, f, ...) end
   if what == "start" then
      begun[trace] = f
   elseif what == "stop" and is_wrong(trace) then
      if begun[trace] then jit.off(begun[trace]) end     -- of nil it would be all of LuaJIT
      jit.flush()
   end
   if what ~= "start" then begun[trace or 0] = nil end
end
jit.attach(see, "trace")

-- Has a function told what LuaJIT tells of traces, until it is forgotten.
function traces.listen(f) listeners[f] = true end
function traces.forget(f) listeners[f] = nil end

return traces

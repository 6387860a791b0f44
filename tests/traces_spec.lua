-- What is done about LuaJIT's wrong code for loops over pairs().

local traces = require "weir.traces"
local util   = require "jit.util"

local HERE = 0x7f0000001000               -- where code lies
local NEXT = HERE - 0x123456              -- and what it calls

-- Bytes of a call to a place, of code that lies `at` so far behind its beginning.
local function call(at, place)
   local far = (place - (HERE + at + 5)) % 2 ^ 32
   local bytes = { 232 }
   for i = 1, 4 do bytes[i + 1], far = far % 256, math.floor(far / 256) end
   return string.char(unpack(bytes))
end

describe("machine code", function ()
   if jit.arch ~= "x64" then return pending "another machine has other code" end

   it("is wrong when 32 bits of what next returns are swapped", function ()
      local before = "\232\0\51\246"
      for place, behind in pairs { [NEXT] = "\72\146", [NEXT + 1] = "\146" } do
         assert.is_false(traces.is_broken(before .. call(4, place) .. behind, HERE, NEXT))
      end
      assert.is_true(traces.is_broken(before .. call(4, NEXT) .. "\146\72", HERE, NEXT))
      local above = HERE + 0x765432
      assert.is_true(traces.is_broken(call(0, above) .. "\146", HERE, above))
      assert.is_false(traces.is_broken("", HERE, NEXT))
   end)

   it("is found behind a number that looks like a call", function ()
      for size = 1, 5 do
         local before = "\232" .. ("\1"):rep(size - 1)
         assert.is_true(traces.calls(before .. call(size, NEXT), HERE, NEXT, ""))
      end
   end)

   it("of a loop over pairs calls next where that is looked for", function ()
      local target = assert(traces.place_of_next(), "LuaJIT's jit/vmdef.lua is not installed")
      local made
      local function note(what, trace)
         if what ~= "stop" then return end
         local code, address = util.tracemc(trace)
         made = made or traces.calls(code, address, target, "")
      end
      traces.listen(note)
      local sum, t, rounds = 0, { 1, 2, 3, a = 4, b = 5 }, 0
      repeat                            -- many: it may share its counter with a loop that failed
         rounds = rounds + 1
         for _, v in pairs(t) do sum = sum + v end
      until made or rounds == 1e6
      traces.forget(note)
      assert.equal(15 * rounds, sum)
      assert.is_true(made)
   end)
end)

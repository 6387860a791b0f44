-- Whether a function ever returns a value: one that does not cannot end a flow, and nobody has to
-- be ready for it.
--
--    returns(function (self) self.n = self.n + 1 end)      --> false

local bit  = require "bit"
local util = require "jit.util"

-- The bytecode instructions of a function, as their numbers.
local function instructions(f)
   local list = {}
   for at = 1, math.huge do
      local code = util.funcbc(f, at)
      if not code then return list end
      list[at] = bit.band(code, 255)
   end
end

-- Those that return something, learnt from functions that do, for they have other numbers in each
-- version of LuaJIT.  Which of their instructions it is, is known from what they have in common
-- with a function that does all the same and returns nothing.
local returning = {}
for _, pair in ipairs {
   { function () return 1 end, function () end },
   { function () return 1, 2 end, function () end },
   { function (f) return f() end, function (f) f() end },
   { function (f, ...) return f(...) end, function (f, ...) f(...) end },
   { function (...) return ... end, function (...) local _ = ... end },
   { function (f) return 1, f() end, function (f) f(1, f()) end },
} do
   local common = {}
   for _, code in ipairs(instructions(pair[2])) do common[code] = true end
   local list = instructions(pair[1])
   for i = #list, 1, -1 do
      if not common[list[i]] then
         returning[list[i]] = true
         break
      end
   end
end

return function (f)
   if debug.getinfo(f, "S").what ~= "Lua" then return true end
   for _, code in ipairs(instructions(f)) do
      if returning[code] then return true end
   end
   return false
end

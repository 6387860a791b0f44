-- Collects garbage after each test, so that a wrong finalizer shows in the test
-- that caused it; and ends with one line of sums.

local busted = require "busted"
require "weir"                          -- once for all files: what records are asked is set once
local sums = { success = 0, pending = 0, failure = 0 }
local errors = 0                        -- published by themselves, in a test or not

busted.subscribe({ "test", "end" }, function (_, _, status)
   collectgarbage()
   if sums[status] then sums[status] = sums[status] + 1 end
   return nil, true
end)

busted.subscribe({ "error" }, function ()
   errors = errors + 1
   return nil, true
end)

busted.subscribe({ "exit" }, function ()
   print(("%d passed, %d failed, %d skipped"):format(
      sums.success, sums.failure + errors, sums.pending))
   return nil, true
end)

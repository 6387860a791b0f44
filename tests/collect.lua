-- Collects garbage after each test, so that a wrong finalizer shows in the test
-- that caused it; and ends with one line of sums.

local busted = require "busted"
local sums = { success = 0, pending = 0, failure = 0, error = 0 }

busted.subscribe({ "test", "end" }, function (_, _, status)
   collectgarbage()
   sums[status] = sums[status] + 1
   return nil, true
end)

busted.subscribe({ "error" }, function ()
   sums.error = sums.error + 1
   return nil, true
end)

busted.subscribe({ "exit" }, function ()
   print(("%d passed, %d failed, %d skipped"):format(sums.success, sums.failure + sums.error, sums.pending))
   return nil, true
end)

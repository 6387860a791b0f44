-- Collects garbage after each test, so that a wrong finalizer shows in the test
-- that caused it.
require "busted".subscribe({ "test", "end" }, function ()
   collectgarbage()
   return nil, true
end)

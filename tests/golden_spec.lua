-- The records of each sample are those in tests/golden, to the byte.
-- A change of output is a change of these files, with its reason in the commit.

local try = require "try"

describe("the records of", function ()
   for _, path in ipairs(try.samples()) do
      local name = path:match "[^/]+$"
      it(name .. " are as ever", function ()
         local out, _, code = try.weir(("read -r %s -T json -k all -q"):format(path))
         assert.equal(0, code)
         assert.equal(try.contents("tests/golden/" .. name .. ".jsonl"), out)
      end)
   end
end)

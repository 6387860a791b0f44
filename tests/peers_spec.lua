-- Weir against what other tools recorded: the flows of the corpus.

local try = require "try"

describe("the flows of the corpus", function ()
   it("are those of other tools, but for what is listed as different by design", function ()
      if not os.getenv "WEIR_CORPUS" then
         return pending "corpus not present: WEIR_CORPUS is not set"
      end
      local out, err, code = try.weir "lua tests/peers/flows.lua"
      assert.equal("", err)
      assert(code == 0, out)
      for _, peer in ipairs { "ndpi", "arkime", "nfstream" } do
         assert(out:find(peer .. " +%d+ captures"), "nothing of " .. peer)
      end
   end)
end)

describe("the names of the corpus", function ()
   it("are those that nDPI has, for most flows that we name", function ()
      if not os.getenv "WEIR_CORPUS" then
         return pending "corpus not present: WEIR_CORPUS is not set"
      end
      local out, err, code = try.weir "lua tests/peers/names.lua"
      assert.equal("", err)
      assert(code == 0, out)
      assert(out:find "dns +%d+ of %d+ the same", out)
   end)
end)

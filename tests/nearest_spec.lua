-- What "did you mean" means.

local nearest = require "weir.nearest"

describe("nearest", function ()
   local names = { "read", "run", "stats", "status", "completion", "no-names", "dest_port" }

   it("finds a name behind one wrong letter", function ()
      assert.equal("stats", nearest("statz", names))
   end)

   it("counts swapped neighbours as one mistake", function ()
      assert.equal("dns", nearest("dsn", { "tls", "dns" }))
      assert.equal("read", nearest("raed", names))
   end)

   it("finds missing and added letters", function ()
      assert.equal("dest_port", nearest("destport", names))
      assert.equal("no-names", nearest("nonames", names))
      assert.equal("run", nearest("runn", names))
   end)

   it("prefers a beginning to a misspelling, and of two beginnings the shorter", function ()
      assert.equal("completion", nearest("comp", { "comb", "completion" }))
      assert.equal("stats", nearest("stat", { "statistics", "stats" }))
   end)

   it("does not care about case", function ()
      assert.equal("JSON", nearest("json", { "table", "JSON" }))
      assert.equal("r", nearest("R", { "q", "r" }))
   end)

   it("takes the first of equally near names", function ()
      assert.equal("bat", nearest("cat", { "bat", "rat" }))
   end)

   it("says nothing when nothing is near", function ()
      assert.is_nil(nearest("xyzzy", names))
      assert.is_nil(nearest("x", { "y", "z" }))
      assert.is_nil(nearest("", names))
      assert.is_nil(nearest("read", {}))
   end)

   it("is quick with words of any length", function ()
      assert.is_nil(nearest(("x"):rep(100000), names))
   end)
end)

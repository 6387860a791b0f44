-- Digests of bytes and of files.

local digest = require "weir.digest"
local try    = require "try"

local ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

describe("a digest", function ()
   it("is what everybody has", function ()
      assert.equal(ABC, digest.sha256 "abc")
      assert.equal("900150983cd24fb0d6963f7d28e17f72", digest.md5 "abc")
      assert.equal("d41d8cd98f00b204e9800998ecf8427e", digest.md5 "")
      assert.equal(digest.sha256 "a\0b", digest.sha256("a" .. "\0" .. "b"))
   end)

   it("of a file is that of its bytes", function ()
      local path = try.file "abc"
      assert.equal(ABC, digest.file(path))
      os.remove(path)
      local big = try.file(("x"):rep(1000003))
      assert.equal(digest.sha256(("x"):rep(1000003)), digest.file(big))
      os.remove(big)
   end)

   it("of a file that cannot be read is none", function ()
      local made, why = digest.file "/nonexistent/x"
      assert.is_nil(made)
      assert.truthy(why:find("cannot open '/nonexistent/x'", 1, true))
      made, why = digest.file "/"
      assert.is_nil(made)
      assert.truthy(why:find("cannot read '/'", 1, true))
   end)
end)

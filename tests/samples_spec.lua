-- The captures that samples/make.lua writes are those that are here.

local try = require "try"

describe("samples/make.lua", function ()
   it("makes the captures that are here, to the byte", function ()
      local folder = try.path()
      assert(os.execute("mkdir " .. folder) == 0)
      local _, why, code = try.run("luajit samples/make.lua " .. folder)
      assert.equal(0, code, why)
      local made = try.lines((try.run(("cd %s && find . -name '*.pcap*'"):format(folder))))
      assert(#made > 40)
      for _, name in ipairs(made) do
         local here = name:find "^%./[^/]+$" and "samples/" or "extensions/"
         if not name:find "%.gz$" and not name:find "%.zst$" then      -- these vary by program
            assert(try.contents(here .. name) == try.contents(folder .. "/" .. name), name)
         end
      end
      try.run("rm -r " .. folder)
   end)
end)

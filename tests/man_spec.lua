-- The manual pages: one for each command, made of what it declares.

local try  = require "try"

describe("weir man", function ()
   it("names every option of a command, and what it takes", function ()
      local page = try.weir "man read"
      local spec = require("weir.cli.read").options
      for _, entry in ipairs(spec) do
         if type(entry) == "table" then
            local name = "\\fB\\-\\-" .. entry[2]:gsub("%-", "\\-") .. "\\fR"
            assert(page:find(name, 1, true), entry[2])
         end
      end
      assert.truthy(page:find("\n.SH EXAMPLES\n", 1, true))
   end)

   it("lists the commands, the exit codes and the environment", function ()
      local page = try.weir "man"
      for _, word in ipairs { "weir read", "weir ext test", "WEIR_LUA", ".SH EXIT STATUS" } do
         assert(page:find(word, 1, true), word)
      end
   end)

   it("says which command is near to one that is not there", function ()
      local _, said, code = try.weir "man raed"
      assert.equal(2, code)
      assert.truthy(said:find("did you mean 'read'?", 1, true))
   end)

   it("writes pages that roff takes without a warning", function ()
      if not try.has "groff" then return pending "groff is not installed" end
      local folder = try.path()
      local command = "mkdir %s && %s man --dir %s"
         .. " && for f in %s/*; do groff -man -Tutf8 -ww -z $f; done"
      local out, said, code = try.run(command:format(folder, try.program, folder, folder))
      assert.same({ "", "", 0 }, { out, said, code })
      assert.truthy(try.run("ls " .. folder):find "weir%-ext%-test%.1")
      os.execute("rm -r " .. folder)
   end)
end)

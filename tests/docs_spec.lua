-- What the README shows is what happens: its commands are run, its script is the sample.

local try = require "try"

local readme = try.contents "README.md"

describe("the README", function ()
   it("shows commands with their true output", function ()
      local shown = 0
      for block in readme:gmatch "```\n(%$ .-)\n```" do
         local command, output = block:match "^%$ ([^\n]+)\n(.*)$"
         local out = try.run(command:gsub("^build/weir", try.program))
         assert.equal(output .. "\n", out)
         shown = shown + 1
      end
      assert(shown >= 2)
   end)

   it("shows a script that is in the samples", function ()
      assert.equal(try.contents "samples/talkers.lua", readme:match "```lua\n(.-)```")
   end)

   it("names both commands, and files that exist", function ()
      assert.truthy(readme:find("make demo", 1, true) and readme:find("make test", 1, true))
      for path in readme:gmatch "%]%(([%w/.]+)%)" do assert(io.open(path), path):close() end
   end)
end)

describe("the examples of docs/library.md", function ()
   local text, number = try.contents "docs/library.md", 0
   for example in text:gmatch "```lua\n(.-)```" do
      number = number + 1
      it(("run: %d"):format(number), function ()
         local path = try.file(example)
         local out, err, code = try.weir("lua " .. path)
         os.remove(path)
         assert.equal(0, code, err)
         assert(#out > 20)
      end)
   end
   assert(number >= 3)
end)

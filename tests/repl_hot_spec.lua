-- Modules of a source tree under a session: read again as their files change.

local terminal = require "terminal"
local try      = require "try"

local root

-- A session whose Lua files are in a folder of the test's.
local function start()
   local t = terminal.open(("%s repl --no-history"):format(try.program), {
      env = { WEIR_LUA = root .. "/lua", NO_COLOR = "1" },
   })
   t:expect "weir> "
   return t
end

local function ask(t, entry) return t:ask(entry, "weir> ") end

local function write(name, text)
   local file = assert(io.open(("%s/lua/weir/%s.lua"):format(root, name), "w"))
   file:write(text)
   file:close()
end

describe("a module of a source tree", function ()
   before_each(function ()
      root = try.path()
      os.execute(("mkdir -p %s && cp -r lua %s/lua"):format(root, root))
      write("fresh", "local fresh = {} function fresh.say() return 1 end return fresh")
   end)
   after_each(function () os.execute("rm -rf " .. root) end)

   it("is read again, in the table that others hold", function ()
      local t = start()
      assert.equal("", ask(t, "mine = require 'weir.fresh'"))
      write("fresh", "local fresh = {} function fresh.say() return 2 end return fresh")
      assert.equal("weir.fresh is read again\n2", ask(t, "mine.say()"))
      t:type "\4"
      t:finish()
   end)

   it("goes on as it was when the new one fails", function ()
      local t = start()
      ask(t, "mine = require 'weir.fresh'")
      write("fresh", "local fresh = {} function fresh.say( return 2 end return fresh")
      local out = ask(t, "mine.say()")
      assert.truthy(out:find("weir.fresh goes on as it was: ", 1, true))
      assert.truthy(out:find "\n1$")
      write("fresh", "error 'not today'")
      assert.truthy(ask(t, "mine.say()"):find "not today\n1$")
      t:type "\4"
      t:finish()
   end)

   it("is left as it is when it has C types", function ()
      local t = start()
      local text = try.contents(root .. "/lua/weir/slice.lua")
      write("slice", text .. "\n")
      assert.truthy(ask(t, "1"):find("weir.slice has C types", 1, true))
      t:type "\4"
      t:finish()
   end)
end)

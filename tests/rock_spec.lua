-- The library, installed by LuaRocks and by make into trees of their own, used from a stock LuaJIT;
-- and what make makes again.

local try = require "try"

-- What a script says that is run by a stock LuaJIT with the library below `tree`.
local function away(tree)
   return try.run(([[
      lua=%s/share/lua/5.1 lib=%s/lib/lua/5.1
      export LUA_PATH="$lua/?.lua;$lua/?/init.lua;;" LUA_CPATH="$lib/?.so;;"
      luajit -e 'print(require "weir".open "samples/web.pcap":packets()().src_ip)']]):format(
      tree, tree))
end

describe("the rock", function ()
   if not try.has "luarocks" then return pending "needs luarocks" end

   it("builds, and works without the source tree", function ()
      local tree = try.path()
      local make = "luarocks --lua-version=5.1 --tree=%s make --deps-mode=none %s"
      local _, err, code = try.run(make:format(tree, "rockspec/weir-scm-1.rockspec"))
      assert.equal(0, code, err)
      local out
      out, err, code = away(tree)
      assert.equal(0, code, err)
      assert.equal("192.0.2.10\n", out)
      os.execute("rm -r " .. tree)
   end)

   it("is described well", function ()
      local _, err, code = try.run "luarocks lint rockspec/weir-scm-1.rockspec"
      assert.equal(0, code, err)
   end)
end)

describe("make install", function ()
   it("puts all of it where Lua looks, also below a folder named from here", function ()
      local below = "build/" .. try.path():match "[^/]+$"
      local _, err, code = try.run(("make install PREFIX=/usr DESTDIR=%s"):format(below))
      assert.equal(0, code, err)
      local out
      out, err, code = away(below .. "/usr")
      assert.equal(0, code, err)
      assert.equal("192.0.2.10\n", out)
      os.execute("rm -r " .. below)
   end)
end)

describe("make", function ()
   it("compiles again when another optional library is there", function ()
      local build = try.path()
      local command = ("make B=%s %s/core/error.o MAY="):format(build, build)
      assert.truthy((try.run(command)):find "compile core/error.c")
      assert.falsy((try.run(command)):find "compile")
      assert.truthy((try.run(command .. "pcap:PCAP")):find "compile core/error.c")
      os.execute("rm -r " .. build)
   end)
end)

-- The rock: built by LuaRocks into a tree of its own, used from a stock LuaJIT.

local try = require "try"

describe("the rock", function ()
   if not try.has "luarocks" then return pending "needs luarocks" end

   it("builds, and works without the source tree", function ()
      local tree = try.path()
      local make = "luarocks --lua-version=5.1 --tree=%s make --deps-mode=none %s"
      local _, err, code = try.run(make:format(tree, "rockspec/weir-scm-1.rockspec"))
      assert.equal(0, code, err)
      local out
      out, err, code = try.run(([[
         lua=%s/share/lua/5.1 lib=%s/lib/lua/5.1
         export LUA_PATH="$lua/?.lua;$lua/?/init.lua;;" LUA_CPATH="$lib/?.so;;"
         luajit -e 'print(require "weir".open "samples/web.pcap":packets()().src_ip)']]):format(
         tree, tree))
      assert.equal(0, code, err)
      assert.equal("192.0.2.10\n", out)
      os.execute("rm -r " .. tree)
   end)

   it("is described well", function ()
      local _, err, code = try.run "luarocks lint rockspec/weir-scm-1.rockspec"
      assert.equal(0, code, err)
   end)
end)

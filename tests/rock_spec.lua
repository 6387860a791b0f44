-- The rock: built by LuaRocks into a tree of its own, used from a stock LuaJIT.

local try = require "try"

describe("the rock", function ()
   if not try.has "luarocks" then return end

   it("builds, and works without the source tree", function ()
      local tree = os.tmpname()
      os.remove(tree)
      local _, err, code = try.run(("luarocks --lua-version=5.1 --tree=%s make --deps-mode=none rockspec/weir-scm-1.rockspec"):format(tree))
      assert.equal(0, code, err)
      local out
      out, err, code = try.run(([[LUA_PATH='%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua;;' LUA_CPATH='%s/lib/lua/5.1/?.so;;' ]]
         .. [[luajit -e 'for p in require "weir".open "samples/web.pcap":packets() do print(p.src_ip) break end']]):format(tree, tree, tree))
      assert.equal(0, code, err)
      assert.equal("192.0.2.10\n", out)
      os.execute("rm -r " .. tree)
   end)

   it("is described well", function ()
      local _, err, code = try.run "luarocks lint rockspec/weir-scm-1.rockspec"
      assert.equal(0, code, err)
   end)
end)

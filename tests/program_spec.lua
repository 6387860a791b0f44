-- The program by itself: carries its Lua, trusts no folder it happens to run in.

local try = require "try"

-- Runs shell commands in a folder where there is nothing but a copy of the program, ./w.
local function away(commands)
   return try.run(([[
      home=$PWD; d=$(mktemp -d); cp %s $d/w; cd $d
      unset WEIR_LUA LUA_PATH LUA_CPATH
      %s
      c=$?; rm -r $d; exit $c]]):format(try.program, commands))
end

describe("the program", function ()
   it("works away from its source tree", function ()
      local out, err, code = away "./w read -q -r $home/samples/web.pcap -T fields -e dest_port"
      assert.equal(0, code, err)
      assert.equal("53\n80\n8080\n", out)
   end)

   it("loads no module from the current folder", function ()
      local out, err = away [[
         mkdir weir
         echo 'print "evil"' | tee weir.lua cjson.lua > weir/init.lua
         ./w -V; ./w read -r /nonexistent --json]]
      assert(not out:find "evil" and not err:find "evil")
      assert.truthy(out:find "^weir ")
      assert.truthy(err:find "No such file")
   end)

   it("says which modules of Lua are missing, and what is off", function ()
      local without = ("LUA_CPATH=/nonexistent/?.so %s "):format(try.program)
      local out, err, code = try.run(without .. "doctor")
      assert.equal(1, code, err)
      assert.truthy(out:find "off  lua%-cjson" and out:find "off  lua%-yaml", out)
      out, err = try.run(without .. "read -r /nonexistent --json")
      assert.equal("", out)
      assert.equal('{"error":"cannot open \'/nonexistent\': No such file or directory"}\n', err)
      local base = try.path()
      out, err, code = try.run(without .. "batch -W " .. base
         .. " --ext third_parties samples/site.db; c=$?; rm -r " .. base .. "; exit $c")
      assert.truthy(err:find "weir: reading JSON needs lua%-cjson: sudo apt%-get", out .. err)
      assert.equal(3, code)
   end)

   it("takes its Lua from WEIR_LUA when told", function ()
      local out = away [[
         cp -r $home/lua .
         echo 'return function () print "mine" return 0 end' > lua/weir/cli/init.lua
         WEIR_LUA=lua ./w]]
      assert.equal("mine\n", out)
   end)

   -- Others may have the processors for a while: then it is tried again.
   it("begins to write within 30 ms", function ()
      if os.getenv "WEIR_PROGRAM" then return pending "not with sanitizers" end
      local best, command = math.huge, ([[bash -c 'TIMEFORMAT=%%R
         time %s read -q -r samples/web.pcap >/dev/null' 2>&1]]):format(try.program)
      for _ = 1, 100 do
         best = math.min(best, tonumber((try.run(command))))
         if best <= 0.030 then return end
         os.execute "sleep 0.05"
      end
      error(best .. " s")
   end)
end)

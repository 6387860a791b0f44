-- The program by itself: carries its Lua, trusts no folder it happens to run in.

local try = require "try"

describe("the program", function ()
   it("works away from its source tree", function ()
      local out, err, code = try.run("d=$(mktemp -d); cp " .. try.program .. " $d/weir; samples=$PWD/samples; cd $d; "
         .. "env -u WEIR_LUA -u LUA_PATH -u LUA_CPATH ./weir read -q -r $samples/web.pcap -c 1 -T fields -e src_ip; c=$?; rm -r $d; exit $c")
      assert.equal(0, code, err)
      assert.equal("192.0.2.10\n", out)
   end)

   it("loads no module from the current folder", function ()
      local out, err = try.run("d=$(mktemp -d); cp " .. try.program .. " $d/w; mkdir $d/weir; echo 'print \"evil\"' > $d/weir/init.lua; "
         .. "cp $d/weir/init.lua $d/cjson.lua; cd $d; env -u WEIR_LUA -u LUA_PATH -u LUA_CPATH ./w -V; env -u WEIR_LUA -u LUA_PATH -u LUA_CPATH ./w read -r /nonexistent --json; rm -r $d")
      assert(not out:find "evil" and not err:find "evil")
      assert.truthy(out:find "^weir ")
   end)

   it("takes its Lua from WEIR_LUA when told", function ()
      local out = try.run("d=$(mktemp -d); cp -r lua $d; echo 'return function () print \"mine\" return 0 end' > $d/lua/weir/cli/init.lua; "
         .. "WEIR_LUA=$d/lua " .. try.program .. "; rm -r $d")
      assert.equal("mine\n", out)
   end)

   it("begins to write within 30 ms", function ()
      if os.getenv "WEIR_PROGRAM" then return pending "not with sanitizers" end
      local out = try.run("bash -c 'TIMEFORMAT=%R; for i in 1 2 3 4 5; do time build/weir read -q -r samples/web.pcap -c 1 >/dev/null; done' 2>&1")
      local best = math.huge
      for seconds in out:gmatch "[%d.]+" do best = math.min(best, tonumber(seconds)) end
      assert(best <= 0.030, best .. " s")
   end)
end)

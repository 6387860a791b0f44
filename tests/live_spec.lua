-- An interface: in a network namespace of the test's own, with traffic of its own.

local namespace = require "namespace"
local try       = require "try"

describe("weir read -i", function ()
   local space = namespace.make()
   if not space then return pending "needs ip, and the right to make namespaces" end
   teardown(function () space:remove() end)
   local inside = space.enter

   -- Runs weir in the namespace, and sends UDP to its loopback while it listens.
   local function listen(arguments, sends)
      return space:listen(("%s read -i lo %s"):format(try.program, arguments), sends)
   end

   it("shows packets as they come, and ends after -c", function ()
      local out, err, code = listen("-c 3 -T json --only packet 'udp dst port 9'", 5)
      assert.equal(0, code, err)
      local _, count = out:gsub("\n", "")
      assert.equal(3, count)
      assert.truthy(out:find '"in_iface":"lo"')
      assert.truthy(out:find '"src_ip":"127.0.0.1"')
      assert.truthy(out:find '"dest_port":9')
      assert(not out:find '"offset"')
      assert.truthy(err:find "3 packets")
   end)

   it("shows flows, those that are left at the end", function ()
      local out, err, code = listen("-c 3 -T json --seconds 'udp dst port 9'", 5)
      assert.equal(0, code, err)
      local _, count = out:gsub('"event_type":"flow"', "")
      assert.equal(3, count)                                  -- each came from another port
      _, count = out:gsub('"event_type":"second"', "")
      assert.equal(3, count)
      assert.truthy(out:find '"reason":"forced"')
      assert.truthy(err:find "3 flows")
   end)

   it("ends flows by the clock when no packets come", function ()
      local out = try.run(([[
         timeout --foreground --preserve-status -s INT 5 \
            %s %s read -q -i lo --idle 1 -T json -l udp & p=$!
         %s; %s 2>/dev/null
         wait $p]]):format(inside, try.program, space:heard(), space:send(1)))
      assert.truthy(out:find '"reason":"idle"')
   end)

   it("writes them to a capture file with nanoseconds", function ()
      local path = try.file("", ".pcapng")
      local _, err, code = listen(("-c 4 -w %s -U udp"):format(path), 6)
      assert.equal(0, code, err)
      local out = try.weir(("read -q -r %s -T fields -e in_iface -e dest_port"):format(path))
      assert.equal(("lo\t9\n"):rep(4), out)
      out = try.weir(("read -q -r %s -T fields -e time"):format(path))
      assert(out:gsub("%.%d+000\n", "\n"):find "%.", "no time is finer than a microsecond")
      os.remove(path)
   end)

   it("ends on SIGINT with exit 130, and tells the counts", function ()
      local _, err, code = try.run(("%s %s read -i lo -T none & %s; wait $!"):format(inside,
         try.program, try.interrupt))
      assert.equal(130, code)
      assert.truthy(err:find "0 packets")
   end)

   it("says how to list the interfaces when there is none of that name, exit 3", function ()
      local _, err, code = try.weir "read -i nonesuch0"
      assert.equal(3, code)
      assert.truthy(err:find "no interface 'nonesuch0': 'weir read %-D' lists them")
   end)

   it("says what to do without the privilege, exit 5", function ()
      local nobody = "setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all"
      local _, err, code = try.run(("%s %s read -i lo"):format(nobody, try.program))
      if code == 126 or code == 127 then return pending "nobody cannot run the program" end
      assert.equal(5, code)
      assert.truthy(err:find "setcap cap_net_raw")
   end)
end)

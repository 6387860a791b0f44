-- An interface: in a network namespace of the test's own, with traffic of its own.

local try = require "try"

local name = "weir-test-" .. tostring(os.time() % 100000)

local function can_make_namespaces()
   if not try.has "ip" then return false end
   if os.execute(("ip netns add %s 2>/dev/null && ip -n %s link set lo up"):format(name, name)) == 0 then return true end
   print "skipped: no right to make network namespaces"
end

-- Runs weir in the namespace, and UDP to its loopback while it listens.
local function listen(arguments, sends)
   local send = ("for i in $(seq %d); do echo hello > /dev/udp/127.0.0.1/9; sleep 0.02; done"):format(sends)
   return try.run(("timeout 10 ip netns exec %s %s read -i lo %s & p=$!; sleep 0.5; "):format(name, try.program, arguments)
      .. ("ip netns exec %s bash -c '%s' 2>/dev/null; wait $p"):format(name, send))
end

describe("weir read -i", function ()
   if not can_make_namespaces() then return end
   teardown(function () os.execute("ip netns del " .. name) end)

   it("shows packets as they come, and ends after -c", function ()
      local out, err, code = listen("-c 3 -T json 'udp dst port 9'", 5)
      assert.equal(0, code, err)
      local _, count = out:gsub("\n", "")
      assert.equal(3, count)
      assert.truthy(out:find '"in_iface":"lo"' and out:find '"dest_port":9' and out:find '"src_ip":"127.0.0.1"')
      assert(not out:find '"offset"')
      assert.truthy(err:find "3 packets")
   end)

   it("writes them to a capture file with nanoseconds", function ()
      local path = try.file("", ".pcapng")
      local _, err, code = listen(("-c 4 -w %s -U udp"):format(path), 6)
      assert.equal(0, code, err)
      local out = try.weir(("read -q -r %s -T fields -e in_iface -e dest_port"):format(path))
      assert.equal(("lo\t9\n"):rep(4), out)
      os.remove(path)
   end)

   it("ends on SIGINT with exit 130, and tells the counts", function ()
      local _, err, code = try.run(("timeout -s INT 1 ip netns exec %s %s read -i lo -T none; c=$?; [ $c = 124 ] && c=130; exit $c")
         :format(name, try.program))
      assert.equal(130, code)
      assert.truthy(err:find "0 packets")
   end)

   it("has no interface of that name, exit 3", function ()
      local _, err, code = try.weir "read -i nonesuch0"
      assert.equal(3, code)
      assert.truthy(err:find "no interface 'nonesuch0': 'weir read %-D' lists them")
   end)

   it("says what to do without the privilege, exit 5", function ()
      local _, err, code = try.run(("setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all %s read -i lo"):format(
         try.program))
      if code == 126 or code == 127 then return pending "this user cannot run the program from here" end
      assert.equal(5, code)
      assert.truthy(err:find "setcap cap_net_raw")
   end)
end)

-- An interface that is taken into a workspace: in a network namespace of the test's own.

local namespace = require "namespace"
local try       = require "try"
local workspace = require "workspace"

local ask, with = workspace.ask, workspace.with

describe("weir run -i", function ()
   local space = namespace.make()
   if not space then return pending "needs ip, and the right to make namespaces" end
   teardown(function () space:remove() end)

   local function listen(folder, words, sends)
      return space:listen(("%s run -i lo -W %s %s"):format(try.program, folder, words), sends)
   end

   local SUM = "SELECT sum(packet_count) FROM combined_flows WHERE dst_port = 9"

   it("stores what an interface hears: packets, flows, seconds, the devices", function ()
      with(function (folder)
         local _, err, code = listen(folder, "--plain -c 5 -f 'udp dst port 9'", 8)
         assert.equal(0, code, err)
         assert.truthy(err:find "1 source taken in; 5 packets")
         assert.equal("5", ask(folder, SUM))
         assert.equal("5|127.0.0.1|UDP", ask(folder, "SELECT count(DISTINCT src_port), "
            .. "src_ip_addr, protocol FROM combined_flows"))
         assert.equal("5|5", ask(folder, "SELECT count(*), sum(pkts_toserver) FROM biflow"))
         assert.equal("lo||done", ask(folder, "SELECT path, hash, state FROM source"))
         assert.equal("1", ask(folder, "SELECT max(ts) BETWEEN strftime('%s') - 20 AND "
            .. "strftime('%s') FROM second_rows"))
      end)
   end)

   -- Listens, sends five datagrams, waits until readers see them, and ends it with a signal.  Rows
   -- come when the second is over, though nothing else does.
   local function until_seen(folder, signal)
      return try.run(([[
         %s %s run --plain --commit 0.2 -i lo -W %s & p=$!
         %s; %s 2>/dev/null
         for i in $(seq 60); do
            sleep 0.1; n=$(sqlite3 %s/traffic.db "%s AND ts >= (SELECT upto FROM moved)")
            if [ "$n" = 5 ]; then break; fi
         done
         echo seen $n; kill -%s $p; wait $p]]):format(space.enter, try.program, folder,
         space:heard(), space:send(5), folder, SUM, signal))
   end

   it("shows it to readers while it listens, and keeps it when it is stopped", function ()
      with(function (folder)
         local out, err, code = until_seen(folder, "INT")
         assert.equal(130, code, err)
         assert.equal("seen 5\n", out)
         assert.equal("5", ask(folder, SUM))
         assert.equal("5", ask(folder, "SELECT sum(pkts_toserver) FROM biflow WHERE dest_port = 9"))
         assert.equal("ok", ask(folder, "PRAGMA integrity_check"))
      end)
   end)

   it("loses nothing that was seen to kill -9, and listens anew", function ()
      with(function (folder)
         assert.equal("seen 5\n", (until_seen(folder, "KILL")))
         assert.equal("5", ask(folder, SUM))
         local _, said, code = listen(folder, "--plain -c 3 -f 'udp dst port 9'", 5)
         assert.equal(0, code, said)
         assert.equal("8", ask(folder, SUM))
         assert.equal("open\ndone", ask(folder, "SELECT state FROM source ORDER BY id"))
      end)
   end)

   it("learns facts of what it hears", function ()
      with(function (folder)
         local _, err, code = listen(folder, "-q -c 3 -f 'udp dst port 9'", 5)
         assert.equal(0, code, err)
         local found = ask(folder, "SELECT count(*) FROM relationships r WHERE NOT EXISTS "
            .. "(SELECT 1 FROM evidence e WHERE e.fact = r.id)", "kb")
         assert.equal("0", found)
         assert(tonumber(ask(folder, "SELECT count(*) FROM relationships", "kb")) > 0)
      end)
   end)
end)

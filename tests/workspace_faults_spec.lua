-- What can go wrong with a workspace: kills, full disks, folders that are only read, many readers.

local claim     = require "weir.claim"
local crash     = require "crash"
local try       = require "try"
local wire      = require "wire"
local workspace = require "workspace"

local ask, run, with = workspace.ask, workspace.run, workspace.with
local program = (try.run("realpath " .. try.program)):gsub("\n", "")

local here = (try.run "pwd"):gsub("\n", "")

local APART = 1                           -- no namespace, or no mounts: both are refused with this

-- Runs a script where it may mount what it likes; the code APART: it may not.
local function apart(script)
   local path = try.file(("mount --make-rprivate / || exit %d\n%s\nexit 0"):format(APART, script))
   local out, err, code = try.run("unshare -m sh " .. path)
   os.remove(path)
   return out, err, code
end

describe("a workspace", function ()
   it("loses nothing and has nothing twice after kill -9", function ()
      assert(crash.kills(3, 7, function () end) >= 3)
   end)

   it("shows the same sum to eight readers as was written, at every moment", function ()
      local parts = {}
      for second = 0, 3 do parts[second + 1] = { wire.udp { at = second * 200 }, 1024, 21023 } end
      local path = wire.swarm(parts)
      with(function (folder)
         assert(select(3, run(folder, "-q -r samples/ntp.pcap")) == 0)
         local query = try.file([[
            SELECT (SELECT sum(packet_count) FROM combined_flows WHERE protocol = 'UDP'
               AND src_ip_addr = '192.0.2.10' AND dst_port = 80),
               (SELECT (items + 1) / 2 FROM source WHERE id = 2),
               (SELECT count(*) FROM flows) + (SELECT count(*) FROM queued_flows),
               (SELECT count(*) FROM combined_flows);]])
         local out = try.run(([[
            for i in 1 2 3 4 5 6 7 8; do
               (while [ ! -e %s/over ]; do
                  sqlite3 -readonly %s/traffic.db < %s || echo failed
               done) &
            done
            %s run -q --commit 0.02 -W %s -r %s; touch %s/over; wait]]):format(folder, folder,
            query, try.program, folder, path, folder))
         local seen, different = 0, {}
         for line in out:gmatch "[^\n]+" do
            local sum, items, both, all = line:match "^(%d*)|(%d*)|(%d+)|(%d+)$"
            assert(sum == items or sum == "" and (items == "0" or items == ""), line)
            assert(both == all, line)
            if sum and not different[sum] then seen, different[sum] = seen + 1, true end
         end
         assert(seen > 2, seen)
         assert.equal("80000", ask(folder, "SELECT sum(packet_count) FROM combined_flows "
            .. "WHERE dst_port = 80"))
         os.remove(query)
      end)
      os.remove(path)
   end)

   -- The sums of a workspace, whatever numbers its sources and flows got.  (What addresses are
   -- called depends on who comes last, where sources know nothing for sure.)
   local function sums(folder)
      return ask(folder, [[
         SELECT count(*), sum(packet_count), sum(byte_count) FROM combined_flows;
         SELECT count(*), sum(pkts_toserver), sum(bytes_toclient) FROM biflow;
         SELECT count(*) FROM biflow_more; SELECT count(*) FROM dns; SELECT count(*) FROM tls;
         SELECT path, items, state FROM source ORDER BY hash;
         SELECT count(*), count(DISTINCT mac) FROM mac; SELECT count(DISTINCT ip) FROM ip;
         SELECT count(*) FROM (SELECT DISTINCT pair, src_port, dst_port FROM talk);
         SELECT count(*) FROM talk; PRAGMA integrity_check; PRAGMA foreign_key_check]])
   end

   local function facts(folder)
      return ask(folder, [[SELECT id, type, key, count, first, last FROM entities ORDER BY id;
         SELECT fact, sum(count) FROM evidence GROUP BY fact ORDER BY fact;
         PRAGMA integrity_check]], "kb")
   end

   it("takes in what two runs bring at once, and nothing twice", function ()
      local path = crash.capture()
      local some = "samples/web.pcap samples/home.pcap samples/dns.pcap samples/tls.pcap"
      local words = ("-q --commit 0.005 --idle 20 -r %s -r %s"):format(path,
         some:gsub(" ", " -r "))
      local other = ("-q --commit 0.005 --idle 20 -r %s -r %s"):format(some:gsub(" ", " -r "), path)
      with(function (one)
         run(one, words)
         with(function (two)
            local _, err, code = try.run(([[%s run -W %s %s & p=$!
               %s run -W %s %s || exit 7; wait $p]]):format(try.program, two, words, try.program,
               two, other))
            assert.equal(0, code, err)
            assert(not err:find "locked", err)
            run(two, words)                -- a source that was left out is there by now
            assert.equal(sums(one), sums(two))
            assert.equal(facts(one), facts(two))
         end)
      end)
      os.remove(path)
   end)

   it("leaves out what another run takes in, and says so", function ()
      local words = "--plain -r samples/web.pcap -r samples/home.pcap"
      with(function (one)
         run(one, "-q " .. words)
         with(function (two)
            run(two, "-q --plain -r samples/web.pcap")
            local second = assert(claim.take(two .. "/traffic.db-claims", 2))
            assert.falsy(claim.take(two .. "/traffic.db-claims", 2))
            local _, err, code = run(two, words)
            assert.equal(0, code, err)
            assert(err:find("home.pcap' is left out: another run takes it in now", 1, true), err)
            assert.equal("0|open", ask(two, "SELECT items, state FROM source WHERE id = 2"))
            second:close()
            assert.equal(0, select(3, run(two, words)))
            assert.equal(sums(one), sums(two))
         end)
      end)
   end)

   it("says that the disk is full, stays sound, and goes on when there is room", function ()
      local path = crash.capture()
      with(function (folder)
         local out, err, code = apart(([[mkdir %s; mount -t tmpfs -o size=900k none %s; cd %s
            %s run --commit 0.01 -W . -r %s; echo $?; sqlite3 traffic.db 'PRAGMA integrity_check'
            mount -o remount,size=90000k none .
            %s run -q --commit 0.01 -W . -r %s; echo $?; cp traffic.db %s.db]]):format(folder,
            folder, folder, program, path, program, path, folder))
         if code == APART then return pending("cannot mount a small disk: " .. err) end
         assert.equal("3\nok\n0\n", out)
         assert(err:find "no space left", err)
         try.run(("mv %s.db %s/traffic.db"):format(folder, folder))
         with(function (other)
            run(other, "-q -r " .. path)
            assert.equal(workspace.dump(other), workspace.dump(folder))
         end)
      end)
      os.remove(path)
   end)

   it("says that the disk of kb.db is full, keeps it sound, and learns the rest later", function ()
      with(function (folder)
         local script = [[cd FOLDER; mount -t tmpfs -o size=9000k none small
            ln -s small/kb.db kb.db; WEIR run -q -W . -r HERE/samples/web.pcap
            for room in 40 60 90 130 180 250; do
               mount -o remount,size=$(($(du -k small/kb.db | cut -f1) + room))k small
               WEIR run -q -W . -r HERE/samples && break; echo $?
               sqlite3 small/kb.db 'PRAGMA integrity_check;
                  SELECT count(*) FROM entities WHERE id NOT IN (SELECT fact FROM evidence)'
            done
            mount -o remount,size=9000k small
            WEIR run -q -W . -r HERE/samples; echo $?; rm kb.db; cp small/kb.db .]]
         try.run(("mkdir -p %s/small"):format(folder))
         local out, err, code = apart((script:gsub("%u%u+", { FOLDER = folder, WEIR = program,
            HERE = here })))
         if code == APART then return pending("cannot mount a small disk: " .. err) end
         assert.truthy(out:find "^3\nok\n0\n")
         assert.equal("0\n", (out:gsub("3\nok\n0\n", "")))
         assert.truthy(err:find "no space left for '[^']*kb.db'")
         with(function (other)
            run(other, ("-q -r %s/samples/web.pcap"):format(here))
            run(other, ("-q -r %s/samples"):format(here))
            assert.equal(facts(other), facts(folder))
            assert.equal(sums(other), sums(folder))
         end)
      end)
   end)

   it("says that it cannot be written", function ()
      local _, err, code = try.weir "run -r samples/web.pcap -W /proc/workspace"
      assert(code == 3 and err:find "cannot make folder", err)
      with(function (folder)
         run(folder, "-q -r samples/web.pcap")
         local out
         out, err, code = apart(("mount --bind %s %s; mount -o remount,bind,ro %s; "
            .. "%s run -W %s -r samples/home.pcap; echo $?"):format(folder, folder, folder, program,
            folder))
         if code == APART then return pending("cannot mount a read-only folder: " .. err) end
         assert.equal("3\n", out)
         assert(err:find "may only be read", err)
         assert.equal("1", ask(folder, "SELECT count(*) FROM source"))
      end)
   end)

   it("forgets what is older than it is to keep, and what nothing refers to any more", function ()
      local packets = {}
      for i = 0, 99 do
         packets[i + 1] = wire.udp { at = i * 100, port = 1024 + i, to = 5000 + i }
      end
      wire.with(packets, function (path)
         with(function (folder)
            local _, err = run(folder, "--keep 1000s --commit 0.001 --idle 20 -r " .. path)
            run(folder, "-q --keep 1000s -r samples/web.pcap")
            assert.truthy(err:find "forgotten")
            local rows = tonumber(ask(folder, "SELECT count(*) FROM combined_flows"))
            assert(rows >= 10 and rows < 40, rows)
            assert.equal("", ask(folder, "PRAGMA foreign_key_check"))
            assert(tonumber(ask(folder, "SELECT count(*) FROM talk")) < 60)
         end)
      end)
   end)

   it("forgets nothing because a clock was wrong: a packet of the year 2099", function ()
      local frames = { wire.udp {}, wire.udp { at = 73 * 365.25 * 86400 } }
      local path = wire.pcapng(frames)
      with(function (folder)
         run(folder, "-q -r samples/web.pcap")
         local _, err, code = run(folder, "--keep 99999d --commit 0.001 -r " .. path)
         assert(code == 0, err)
         assert.equal("2", ask(folder, "SELECT count(*) FROM combined_flows WHERE dst_port = 80 "
            .. "AND src_port = 40000"))
         assert.equal("1", ask(folder, "SELECT upto > 4000000000 FROM moved"))
         _, err, code = run(folder, "-q -r samples/home.pcap")
         assert(code == 0, err)
         assert.equal("0", ask(folder, "SELECT count(*) FROM queued_flows WHERE ts < 4000000000"))
      end)
      os.remove(path)
   end)

   it("forgets what is old, not all, when one packet is of the year 2099", function ()
      local packets = {}
      for i = 0, 19999 do
         packets[i + 1] = wire.udp { at = math.floor(i / 10), port = 1024 + i, to = 5000 + i % 7 }
      end
      table.insert(packets, 19990, wire.udp { at = 73 * 365.25 * 86400 })
      local path = wire.pcapng(packets)
      for _, options in ipairs { "--keep 1000s", "--max-size 3M" } do
         with(function (folder)
            local _, err = run(folder, ("--plain --commit 0.05 %s -r %s"):format(options, path))
            assert(err:find "rows forgotten", err)
            local rows = tonumber(ask(folder,
               "SELECT count(*) FROM combined_flows WHERE ts < 4000000000"))
            assert(rows > 2000 and rows < 19000, rows)
         end)
      end
      os.remove(path)
   end)

   it("holds no more than it is to, forgets the oldest, and can be read meanwhile", function ()
      local packets = {}
      for i = 0, 19999 do
         packets[i + 1] = wire.udp { at = math.floor(i / 10), port = 1024 + i, to = 5000 + i % 7 }
      end
      wire.with(packets, function (path)
         with(function (folder)
            run(folder, "-q --plain -r samples/ntp.pcap")
            local out, err = try.run(([[
               (while [ ! -e %s/over ]; do
                  sqlite3 -readonly -cmd '.timeout 2000' %s/traffic.db \
                     'SELECT count(*) >= 0 FROM combined_flows'
               done) &
               %s run --plain --max-size 3M --commit 0.05 --idle 20 -W %s -r %s
               touch %s/over; wait]]):format(folder, folder, try.program, folder, path, folder))
            assert(out:find "^[1\n]+$", out)
            assert(err:find "rows forgotten" and not err:find "locked", err)
            local held = tonumber(ask(folder, "SELECT (page_count - freelist_count) * page_size "
               .. "FROM pragma_page_count, pragma_freelist_count, pragma_page_size"))
            assert(held <= 3 * 2 ^ 20 and held > 2 * 2 ^ 20, held)
            local oldest, newest, rows = ask(folder, "SELECT min(ts) - 1767225600, "
               .. "max(ts) - 1767225600, count(*) FROM combined_flows WHERE protocol = 'UDP'")
               :match "(%d+)|(%d+)|(%d+)"
            assert.equal("1999", newest)
            assert.equal((2000 - oldest) * 10, tonumber(rows))
            assert(tonumber(oldest) > 500)
            assert.equal("ok", ask(folder, "PRAGMA integrity_check"))
            assert.equal("", ask(folder, "PRAGMA foreign_key_check"))
         end)
      end)
   end)
end)

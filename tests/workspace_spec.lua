-- Workspaces: as `weir run` fills them, and as stock tools read them.

local json      = require "weir.json"
local traffic   = require "weir.traffic"
local try       = require "try"
local weir      = require "weir"
local wire      = require "wire"
local workspace = require "workspace"

local ask, run, udp = workspace.ask, workspace.run, wire.udp
local with = workspace.with
local START = wire.START

local COLUMNS = "src_device_mac_addr dst_device_mac_addr src_port dst_port src_ip_addr dst_ip_addr "
   .. "src_hostname dst_hostname src_hostname_is_definitive dst_hostname_is_definitive protocol "
   .. "byte_count packet_count ts metadata_json"

-- What look(folder) returns for a workspace of these packets.
local function of(packets, look, words)
   with(function (folder)
      wire.with(packets, function (path)
         local _, err, code = run(folder, ("-q %s -r %s"):format(words or "", path))
         assert(code == 0, err)
         look(folder, path)
      end)
   end)
end

describe("traffic.db", function ()
   it("has the columns of IoT Inspector's design, in order, three times", function ()
      of({ udp {} }, function (folder)
         for _, name in ipairs { "flows", "queued_flows", "combined_flows" } do
            assert.equal(COLUMNS, (ask(folder,
               ("SELECT group_concat(name, ' ') FROM pragma_table_info('%s')"):format(name))))
         end
         assert.equal("key value_json",
            ask(folder, "SELECT group_concat(name, ' ') FROM pragma_table_info('kv_store')"))
      end)
   end)

   it("has one row for ten packets of a second, and two for those of two", function ()
      local packets = {}
      for i = 1, 10 do packets[i] = udp { ns = i } end
      of(packets, function (folder)
         assert.equal("10|02005e00530a|02005e005301|192.0.2.10|198.51.100.80|40000|80|UDP",
            ask(folder, [[SELECT packet_count, src_device_mac_addr, dst_device_mac_addr,
               src_ip_addr, dst_ip_addr, src_port, dst_port, protocol FROM combined_flows]]))
      end)
      packets[10] = udp { at = 1 }
      of(packets, function (folder)
         assert.equal(("9|%d\n1|%d"):format(START, START + 1),
            ask(folder, "SELECT packet_count, ts FROM combined_flows ORDER BY ts"))
      end)
   end)

   it("has a row for each direction", function ()
      of({ udp {}, udp { back = true }, udp { back = true } }, function (folder)
         assert.equal("40000|80|1\n80|40000|2", ask(folder,
            "SELECT src_port, dst_port, packet_count FROM combined_flows ORDER BY packet_count"))
      end)
   end)

   it("has one row of both when the other end begins another flow in the same second", function ()
      local packets = { udp {}, udp { ns = 1, back = true } }
      packets[3] = udp { at = 200, back = true }
      packets[4] = udp { at = 200, ns = 1 }
      packets[5] = udp { at = 200, ns = 2, back = true }
      of(packets, function (folder)
         assert.equal("0|40000|1\n0|80|1\n200|40000|1\n200|80|2", ask(folder, ([[SELECT ts - %d,
            src_port, packet_count FROM combined_flows ORDER BY ts, src_port DESC]]):format(START)))
         assert.equal("2", ask(folder, "SELECT count(*) FROM second_rows"))
      end, "--idle 60")
   end)

   it("moves a row when it is older than 60 seconds: exactly 60 stay", function ()
      of({ udp {}, udp { at = 1 }, udp { at = 61 } }, function (folder)
         assert.equal("0", ask(folder, "SELECT ts - " .. START .. " FROM flows"))
         assert.equal("1\n61",
            ask(folder, "SELECT ts - " .. START .. " FROM queued_flows ORDER BY 1"))
         assert.equal("3", ask(folder, "SELECT count(*) FROM combined_flows"))
      end)
   end)

   it("shows ICMP without ports, and what extensions gave as metadata", function ()
      of({ udp {}, udp { at = 1 }, udp { at = 3 }, wire.unreachable {} }, function (folder)
         assert.equal("ICMP||\nUDP|40000|80", ask(folder,
            "SELECT DISTINCT protocol, src_port, dst_port FROM combined_flows ORDER BY 1"))
         assert.equal("3|3", ask(folder,
            "SELECT icmp_type, icmp_code FROM biflow WHERE proto = 'ICMP'"))
         assert.truthy(ask(folder, "SELECT DISTINCT metadata_json FROM combined_flows "
            .. "WHERE protocol = 'UDP'"):find('^{"burstiness":'))
      end, "--ext burstiness")
   end)

   it("never gives anything away unless told: configs:is_donating_data", function ()
      of({ udp {} }, function (folder)
         assert.equal("false",
            ask(folder, "SELECT value_json FROM kv_store WHERE key = 'configs:is_donating_data'"))
      end)
   end)

   it("says what records say of devices and of addresses", function ()
      with(function (folder)
         run(folder, "-q -r samples/home.pcap -r samples/dhcp.pcap -r samples/web.pcap")
         local value = ask(folder,
            "SELECT value_json FROM kv_store WHERE key = 'device_info:02005e00530a'")
         local device = assert(json.decode(value))
         assert.equal("192.0.2.10", device.ip_addr)
         assert.truthy(device.mdns and device.dhcp_hostname, value)
         assert.equal('"www.example.org"', ask(folder, "SELECT value_json FROM kv_store "
            .. "WHERE key = 'ip_to_hostname:198.51.100.80'"))
      end)
   end)

   it("says what answers call an address, whether a flow to it comes or not", function ()
      with(function (folder)
         run(folder, "-q -r samples/dns.pcap")
         assert.equal('198.51.100.80 "example.org"\n198.51.100.81 "www.example.org"\n'
            .. '2001:db8:80::80 "example.org"', ask(folder, "SELECT substr(key, 16) || ' ' || "
            .. "value_json FROM kv_store WHERE key LIKE 'ip_to_hostname:%' ORDER BY key"))
      end)
   end)

   it("shows names that came late in earlier rows, and in those of the other direction", function ()
      with(function (folder)
         wire.with({ udp { to = 7 } }, function (path)
            run(folder, ("-q -r %s -r samples/web.pcap"):format(path))
         end)
         assert.equal("www.example.org|0", ask(folder, [[SELECT dst_hostname,
            dst_hostname_is_definitive FROM combined_flows WHERE dst_port = 7]]))
         assert.equal("1", ask(folder, [[SELECT count(DISTINCT src_hostname) FROM combined_flows
            WHERE src_ip_addr = '198.51.100.80']]))
      end)
   end)

   it("is read by stock tools: every table and view", function ()
      with(function (folder)
         run(folder, "-q --tcp --splt 3 --offsets -r samples")
         local names = try.lines(ask(folder, "SELECT name FROM sqlite_schema WHERE type IN "
            .. "('table', 'view') AND name NOT LIKE 'sqlite%'"))
         assert(#names > 30, #names)
         for _, name in ipairs(names) do
            ask(folder, ("SELECT * FROM \"%s\" LIMIT 3"):format(name))
         end
         assert.equal("ok", ask(folder, "PRAGMA integrity_check"))
         assert.equal("", ask(folder, "PRAGMA foreign_key_check"))
      end)
   end)
end)

-- ---- the same as `weir read` --------------------------------------------------------------------

-- What JSON has of a record, flat: its own object is among the others.
local function flat(record)
   local all = {}
   for name, value in pairs(record) do all[name] = value end
   for _, part in ipairs { record.event_type, "flow", "second" } do
      local inner = type(record[part]) == "table" and record[part] or {}
      for name, value in pairs(inner) do all[name] = value end
   end
   for name, value in pairs(all.stats or {}) do all[name] = value end
   return all
end

-- Records of a kind as `weir read` writes them, and as the view of the kind has them.
local function both(path, kind, folder)
   local words = "read -q --stats --seconds --names --only %s -T json -r %s"
   local out = try.weir(words:format(kind, path))
   local read = {}
   for i, line in ipairs(try.lines(out)) do read[i] = flat(assert(json.decode(line))) end
   local view = kind == "flow" and "biflow" or kind
   local rows = assert(weir.open(folder):sql(("SELECT * FROM %s"):format(view)))
   return read, rows
end

local TIMES = { timestamp = true, start = true, ["end"] = true, duration = true }
local function is_single(name, value)
   local is_time = TIMES[name]
      or type(value) == "string" and value:find "^%d%d%d%d%-%d%d%-%d%dT.*Z$"
   return type(value) ~= "table" and name ~= "flow_id" and not name:find "_b64$" and not is_time
end

-- Whether a row has all that a record has.
local function compare(record, row)
   local seen = 0
   for name, value in pairs(record) do
      if type(value) == "boolean" then value = value and 1 or 0 end
      if is_single(name, value) and row[name] ~= nil then
         assert(row[name] == value, ("%s: %s in JSON, %s in SQL"):format(name, tostring(value),
            tostring(row[name])))
         seen = seen + 1
      end
   end
   assert(seen >= 5, seen)
end

describe("a record's view in SQL", function ()
   local samples = {
      { "samples/web.pcap", "flow" }, { "samples/icmp.pcap", "flow" },
      { "samples/dns.pcap", "dns" }, { "samples/tls.pcap", "tls" },
      { "samples/dhcp.pcap", "dhcp" }, { "samples/http.pcap", "http" },
      { "samples/quic.pcap", "quic" }, { "samples/ssh.pcap", "ssh" }, { "samples/ntp.pcap", "ntp" },
      { "samples/ssdp.pcap", "ssdp" }, { "samples/neighbours.pcap", "arp" },
      { "samples/home.pcap", "mdns" }, { "samples/home.pcap", "nbns" },
      { "samples/home.pcap", "llmnr" },
      { "samples/tunnels.pcap", "flow" }, { "samples/smtp.pcap", "tls" },
   }
   for _, sample in ipairs(samples) do
      it(("says of %s in %s what JSON says"):format(sample[2], sample[1]), function ()
         with(function (folder)
            run(folder, "-q -r " .. sample[1])
            local read, rows = both(sample[1], sample[2], folder)
            table.sort(rows, function (a, b)
               if a.timestamp ~= b.timestamp then return a.timestamp < b.timestamp end
               return (a.pcap_cnt or a.flow_id) < (b.pcap_cnt or b.flow_id)
            end)
            table.sort(read, function (a, b)
               if a.timestamp ~= b.timestamp then return a.timestamp < b.timestamp end
               return (a.pcap_cnt or tonumber(a.flow_id)) < (b.pcap_cnt or tonumber(b.flow_id))
            end)
            assert.equal(#read, #rows)
            for i, record in ipairs(read) do compare(record, rows[i]) end
         end)
      end)
   end

   it("has all packets and bytes of the flows in the seconds", function ()
      with(function (folder)
         run(folder, "-q -r samples")
         assert.equal(ask(folder, [[SELECT sum(pkts_toserver + pkts_toclient),
            sum(bytes_toserver + bytes_toclient) FROM biflow]]),
            ask(folder, "SELECT sum(packet_count), sum(byte_count) FROM combined_flows"))
      end)
   end)
end)

-- ---- taking in ----------------------------------------------------------------------------------

describe("weir run", function ()
   it("skips what was taken in, whatever it is called", function ()
      with(function (folder)
         local copy = try.file(try.contents "samples/web.pcap", ".pcap")
         run(folder, "-q -r samples/web.pcap")
         local before = workspace.dump(folder)
         local _, err, code = run(folder, "-r samples/web.pcap -r " .. copy)
         os.remove(copy)
         assert(code == 0 and err:find "2 sources skipped", err)
         assert.equal(before, workspace.dump(folder))
      end)
   end)

   it("stores the same for one run as for several, and for -j 2", function ()
      with(function (one)
         with(function (several)
            run(one, "-q -r samples/web.pcap -r samples/home.pcap -r samples/tls.pcap")
            for _, name in ipairs { "web", "home", "tls" } do
               run(several, ("-q -j 2 -r samples/%s.pcap"):format(name))
            end
            assert.equal(workspace.dump(one), workspace.dump(several))
         end)
      end)
   end)

   it("goes on where it was, and not with other options", function ()
      with(function (whole)
         with(function (part)
            run(whole, "-q -r samples/web.pcap -r samples/home.pcap")
            run(part, "-q -r samples/web.pcap -r samples/home.pcap")
            local path = part .. "/traffic.db"
            -- As it is when the process was killed before anything of the second was committed.
            try.run(("sqlite3 %s \"%s\""):format(path,
               "UPDATE source SET items = 4, state = 'open' WHERE id = 2"))
            local _, err, code = run(part, "--idle 5 -r samples/home.pcap")
            assert(code == 3 and err:find "other options", err)
         end)
      end)
   end)

   it("goes on with the files that can be read, and says which cannot", function ()
      with(function (folder)
         local junk = try.file "no capture"
         local _, err, code = run(folder, ("-r %s -r samples/web.pcap"):format(junk))
         os.remove(junk)
         assert(code == 3 and err:find(junk, 1, true), err)
         assert(err:find "1 source taken in", err)
      end)
   end)

   it("reads a pipe once, and waits for it no longer than it has to", function ()
      local pipe = try.path()
      try.run("mkfifo " .. pipe)
      with(function (folder)
         local _, err, code = try.run(("cat samples/web.pcap >%s & timeout 10 %s run -W %s -r %s")
            :format(pipe, try.program, folder, pipe))
         assert(code == 0 and err:find "^1 source taken in", err)
         _, err, code = try.run(("%s run -q -W %s -r %s & %s; wait $!"):format(try.program, folder,
            pipe, try.terminate))
         assert.same({ "", 0 }, { err, code })
      end)
      os.remove(pipe)
   end)

   it("says what makes no sense", function ()
      for words, why in pairs {
         [""] = "nothing to take in", ["-r x -i lo"] = "either '-r' or '-i'",
         ["-r samples/web.pcap --keep soon"] = "needs a span", ["samples/web.pcap"] = "with '-r'",
         ["-c 3 -r samples/web.pcap"] = "is for an interface",
      } do
         local _, err, code = try.weir("run -W /nonexistent/x " .. words)
         assert(code == 2 and err:find(why, 1, true), err)
      end
   end)

   it("learns with names and talkers, unless told otherwise", function ()
      with(function (folder)
         local _, err = run(folder, "-r samples/web.pcap -r samples/dns.pcap")
         assert(err:find "%d+ facts known", err)
         local out = try.weir("kb show -W " .. folder .. " www.example.org --json")
         assert(out:find '"key":"www.example.org"', out)
         os.remove(folder .. "/kb.db")
         _, err = run(folder, "--plain -r samples/home.pcap")
         assert(not err:find "known", err)
      end)
   end)

   it("makes indexes once a large first source has come, or after a crash the next one", function ()
      local INDEXES = "SELECT sql FROM sqlite_schema WHERE type = 'index' ORDER BY 1"
      local LATER = "SELECT count(*) FROM sqlite_schema WHERE name IN ('later', 'second_talk')"
      with(function (plain)
         with(function (folder)
            run(plain, "-q --plain -r samples/web.pcap")
            assert(require "weir.workspace".make(folder))
            local t = assert(traffic.open(folder .. "/traffic.db", {}))
            assert(t:source { path = "samples/web.pcap", hash = "w", large = 1 })
            for batch in weir.open("samples/web.pcap",
               { flows = true, seconds = true, stats = true, names = true }):batches() do
               assert(t:put(batch))
            end
            assert(t:flush())
            assert(#ask(folder, INDEXES) < #ask(plain, INDEXES) / 4)
            assert(tonumber(ask(folder, "SELECT count(*) FROM later")) > 30)
            try.run(("mkdir %s/killed; cp %s/traffic.db* %s/killed"):format(folder, folder, folder))
            assert(t:done() and t:close())
            assert.equal(ask(plain, INDEXES), ask(folder, INDEXES))
            assert.equal("1", ask(folder, LATER))
            local killed = folder .. "/killed"
            try.run(([[sqlite3 %s/traffic.db "INSERT INTO later VALUES ('DROP TABLE mac')"]])
               :format(killed))
            local _, err, code = run(killed, "-q --plain -r samples/dns.pcap")
            assert.equal(0, code, err)
            assert.equal(ask(plain, INDEXES), ask(killed, INDEXES))
            assert.equal("1", ask(killed, LATER))
            assert.equal("ok", ask(killed, "PRAGMA integrity_check"))
         end)
      end)
   end)

   it("brings a file up to date whose Weir did not know a field, or a kind", function ()
      with(function (folder)
         run(folder, "-q --plain -r samples/web.pcap")
         local before = ask(folder, "SELECT flow_id, app, dest_ip FROM biflow ORDER BY 1")
         try.run(([[sqlite3 %s/traffic.db 'DROP VIEW biflow; DROP VIEW ssh; DROP TABLE ssh_rows;
            ALTER TABLE biflow_rows DROP COLUMN duration;
            ALTER TABLE biflow_more DROP COLUMN bidirectional_bytes;
            CREATE VIEW biflow AS SELECT flow_id FROM biflow_rows']]):format(folder))
         assert.equal("0", ask(folder, "SELECT count(*) FROM sqlite_schema WHERE name = 'ssh'"))
         local _, err, code = run(folder, "--plain -r samples/ssh.pcap")
         assert.equal(0, code, err)
         assert.equal(before, ask(folder, "SELECT flow_id, app, dest_ip FROM biflow "
            .. "WHERE flow_id < 2 << 32 ORDER BY 1"))
         assert.equal("1|0|0\n2|1|1", ask(folder, [[SELECT flow_id >> 32,
            min(duration IS NOT NULL), min(bidirectional_bytes IS NOT NULL)
            FROM biflow GROUP BY 1]]))
         assert(tonumber(ask(folder, "SELECT count(*) FROM ssh")) > 0)
         assert.equal("ok", ask(folder, "PRAGMA integrity_check"))
      end)
   end)

   it("refuses a file that a newer Weir made, and a foreign one", function ()
      with(function (folder)
         run(folder, "-q -r samples/web.pcap")
         local path = folder .. "/traffic.db"
         try.run(("sqlite3 %s 'PRAGMA user_version = 99'"):format(path))
         local _, err, code = run(folder, "-r samples/home.pcap")
         assert(code == 3 and err:find "newer Weir", err)
         os.remove(path)
         try.run(("sqlite3 %s 'CREATE TABLE x (y)'"):format(path))
         _, err, code = run(folder, "-r samples/home.pcap")
         assert(code == 3 and err:find "is not a traffic database", err)
      end)
   end)
end)

describe("weir.open", function ()
   it("opens the folder of a workspace, which is only read", function ()
      with(function (folder)
         run(folder, "-q -r samples/web.pcap")
         local data = assert(weir.open(folder))
         assert.equal(data.folder, folder)
         assert.equal(1, #data:sql("SELECT * FROM traffic.source WHERE id = ?", 1))
         local n = 0
         for row in data:rows "SELECT proto FROM biflow" do n = n + #row.proto end
         assert(n > 0)
         local rows, why = data:sql "DELETE FROM biflow_rows"
         assert(not rows and why:find "only reading", why)
         data:close()
         assert.error(function () data:sql "SELECT 1" end)
         assert.falsy(weir.workspace(folder .. "/none"))
      end)
   end)
end)

describe("probe.db", function ()
   it("has the exchanges of databases, each once", function ()
      with(function (folder)
         local names = { "searches", "api", "site", "letters" }
         for _ = 1, 2 do
            local words = "-q --plain" .. (" -r samples/%s.db"):rep(#names)
            local _, err, code = run(folder, words:format(unpack(names)))
            assert(code == 0, err)
         end
         local want = 0
         for _, name in ipairs(names) do
            want = want + tonumber((try.run(("sqlite3 samples/%s.db 'SELECT count(*) FROM flows'")
               :format(name))))
         end
         assert.equal(tostring(want), ask(folder, "SELECT count(*) FROM flows", "probe"))
         local data = assert(weir.open(folder))
         assert.equal(want, data.exchanges:count():value())
         data:close()
      end)
   end)

   it("has those of captures for those who ask", function ()
      with(function (folder)
         run(folder, "-q --plain -r samples/http2.pcap")
         assert.is_false(try.run(("ls %s"):format(folder)):find "probe" ~= nil)
         run(folder, "-q --plain --exchanges -r samples/http.pcap")
         local read = try.lines((try.weir "read -q --only exchange -T json -r samples/http.pcap"))
         assert.equal(tostring(#read), ask(folder, "SELECT count(*) FROM flows", "probe"))
      end)
   end)
end)

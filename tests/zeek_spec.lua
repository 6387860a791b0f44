-- The profile `zeek`: its logs hold together, and say of flows what Zeek would.

local cjson   = require "cjson"
local log     = require "weir.profile.zeek.log"
local schema  = require "weir.schema"
local try     = require "try"
local weir    = require "weir"
local wire    = require "wire"
local zeek    = require "weir.profile.zeek"
local zeeklog = require "zeeklog"

local logs, parse, rows_of = zeeklog.logs, zeeklog.parse, zeeklog.rows_of

-- ---- conn.log ---------------------------------------------------------------------------------

describe("conn.log", function ()
   it("has what Zeek says of a connection", function ()
      local row = parse(logs "-r samples/web.pcap"["conn.log"])[2]
      local want = {
         ts = "1767225600.004000", ["id.orig_h"] = "192.0.2.10", ["id.orig_p"] = "40080",
         ["id.resp_h"] = "198.51.100.80", ["id.resp_p"] = "80", proto = "tcp",
         duration = "0.007000", orig_bytes = "94", resp_bytes = "173", conn_state = "SF",
         orig_pkts = "5", orig_ip_bytes = "362", resp_pkts = "3", resp_ip_bytes = "337",
         ip_proto = "6", history = "-", tunnel_parents = "-", local_orig = "T", local_resp = "T",
         community_id = "1:zgUNGaI2atFPI/vP4I3/vAaaqYY=",
      }
      for name, value in pairs(want) do assert.equal(value, row[name], name) end
      assert.truthy(row.uid:find "^C%w+$" and #row.uid == 18)
   end)

   it("tells the states of TCP from the flags of both sides", function ()
      local function state(...)
         local packets = {}
         for i, flags in ipairs { ... } do
            local back = flags:sub(1, 1) == "<"
            packets[i] = wire.tcp { flags = flags:gsub("<", ""), back = back, at = 0, ns = i * 1e6 }
         end
         return rows_of("conn.log", packets)[1].conn_state
      end
      assert.equal("S0", state "S")
      assert.equal("S1", state("S", "<SA", "A"))
      assert.equal("SF", state("S", "<SA", "A", "FA", "<FA", "A"))
      assert.equal("S2", state("S", "<SA", "A", "FA", "<A"))
      assert.equal("S3", state("S", "<SA", "A", "<FA", "A"))
      assert.equal("REJ", state("S", "<RA"))
      assert.equal("RSTO", state("S", "<SA", "RA"))
      assert.equal("RSTR", state("S", "<SA", "A", "<RA"))
      assert.equal("RSTOS0", state("S", "R"))
      assert.equal("SH", state("S", "FA"))
      assert.equal("OTH", state("A", "<A", "A"))
   end)

   it("says of UDP whether it was answered, and of ICMP its type and code", function ()
      local answered = rows_of("conn.log", { wire.udp {}, wire.udp { back = true, at = 1 } })
      assert.equal("SF", answered[1].conn_state)
      local alone = rows_of("conn.log", { wire.udp {} })[1]
      assert.same({ "S0", "-", "-", "29" },
         { alone.conn_state, alone.duration, alone.orig_bytes, alone.orig_ip_bytes })
      local ping = parse(logs "-r samples/icmp.pcap"["conn.log"])[1]
      assert.same({ "icmp", "8", "0", "OTH" },
         { ping.proto, ping["id.orig_p"], ping["id.resp_p"], ping.conn_state })
   end)

   it("has VLANs and what is local", function ()
      local rows = parse(logs "-r samples/vlan.pcap"["conn.log"])
      local tags = {}
      for i, row in ipairs(rows) do tags[i] = row.vlan .. "/" .. row.inner_vlan end
      assert.truthy(table.concat(tags, " "):find "%d+/%d+")
      local is_local = require "weir.profile.zeek.convert".is_local
      for _, ip in ipairs { "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.127.1.1", "fd00::1",
         "fe80::1", "::1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "192.0.2.1",
         "203.0.113.9", "2001:db8::1", "2002:c0a8:101::1", "100::1:2:3:4" } do
         assert.equal(true, is_local(ip), ip)
      end
      for _, ip in ipairs { "172.32.0.1", "11.0.0.1", "100.128.0.1", "2001:db9::1", "192.169.0.1",
         "fc::1", "224.0.0.251", "ff02::fb", "2002:808:808::1", "192.0.1.1", "::2" } do
         assert.equal(false, is_local(ip), ip)
      end
   end)
end)

-- ---- all logs ---------------------------------------------------------------------------------

-- Those of the kinds of records that there are.
local function there(kinds)
   local list = {}
   for _, kind in ipairs(schema.kinds) do
      for _, wanted in ipairs(kinds) do
         if wanted == kind then list[#list + 1] = kind end
      end
   end
   return list
end

describe("a log", function ()
   -- What is written of one value, between tabs and in JSON.
   local function written(kind, value)
      local lines = {}
      for _, shape in ipairs { "tsv", "json" } do
         local out = { write = function (_, line)
            lines[#lines + 1] = line
            return true
         end }
         local one = log.new({ path = "x", kinds = {}, join = true,
            { "ts", "time", "ts" }, { "v", kind, "v" } }, { shape = shape, out = out })
         one:add { ts = 0LL, v = value }
      end
      return lines[2]:match "\t(.*)\n", (lines[3]:match '"ts":0.000000,?(.*)}\n')
   end

   it("escapes what could be taken for something else", function ()
      for value, want in pairs {
         ["a\tb\n"] = "a\\x09b\\x0a", ["-"] = "\\x2d", ["--"] = "--", [""] = "(empty)",
         ["(empty)"] = "\\x28empty)", ["a\\b"] = "a\\x5cb", ["gr\195\188n"] = "gr\195\188n",
         ["\255\1"] = "\\xff\\x01", ["a,b"] = "a,b",
      } do
         assert.equal(want, (written("string", value)))
      end
      assert.equal("a\\x2cb,\\x2d,(empty)", (written("set[string]", { "a,b", "-", "" })))
      assert.equal("(empty)", (written("vector[string]", {})))
      assert.equal("-", (written("string", nil)))
   end)

   it("is JSON whose every name can be read", function ()
      local function json(kind, value) return (select(2, written(kind, value))) end
      assert.equal('"v":"a\\tb"', json("string", "a\tb"))
      assert.equal('"v_b64":"/wE="', json("string", "\255\1"))
      assert.equal('"v_b64":"/wEC"', json("string", "\255\1\2"))
      assert.equal('"v_b64":"/w=="', json("string", "\255"))
      assert.equal('"v":["a","b"]', json("vector[string]", { "a", "b" }))
      assert.equal('"v":[]', json("vector[string]", {}))
      assert.equal('"v":true', json("bool", true))
      assert.equal('"v":1.500000', json("interval", 1.5))
      assert.equal("", json("string", nil))
   end)

   it("has columns of types that there are, and names fields that there are", function ()
      for _, name in ipairs(zeek.logs) do
         local spec = require("weir.profile.zeek." .. name)
         assert.equal(name, spec.path)
         assert.equal("ts", spec[1][1])
         for _, column in ipairs(spec) do
            assert.truthy(("string enum addr port count int bool time interval"):find(
               column[2]:match "%[(%a+)%]$" or column[2], 1, true), column[1])
            for _, kind in ipairs(not spec.join and there(spec.kinds) or {}) do
               local is_field = type(column[3]) ~= "string" or schema.of(kind).names[column[3]]
               assert(is_field, ("%s.log: a %s has no '%s'"):format(name, kind, column[3]))
            end
         end
      end
   end)

   it("has dates in seconds", function ()
      local seconds = require "weir.profile.zeek.convert".seconds
      for date, want in pairs {
         ["1970-01-01T00:00:00"] = 0, ["2000-02-29T12:34:56"] = 951827696,
         ["2026-12-31T23:59:59"] = 1798761599, ["1969-12-31T23:59:59"] = -1,
         ["2100-03-01T00:00:00"] = 4107542400,
      } do
         assert.equal(want, seconds(date))
      end
      assert.equal(nil, seconds "never")
   end)

   it("says the same in JSON, on standard output and in files", function ()
      local tabs, json = logs "-r samples", logs "-T json -r samples"
      local out = try.lines((try.weir "read -q --profile zeek -r samples"))
      for name, text in pairs(tabs) do
         local path, rows, of_path = name:match "^%w+", parse(text), {}
         for _, line in ipairs(out) do
            if cjson.decode(line)._path == path then of_path[#of_path + 1] = line end
         end
         local lines = try.lines(json[name])
         assert.equal(#rows, #lines)
         assert.equal(#rows, #of_path)
         for i, line in ipairs(lines) do
            local decoded = cjson.decode(line)
            assert.equal(rows[i].uid or "-", decoded.uid or "-")
            assert.equal(tonumber(rows[i].ts), decoded.ts)
            assert.equal(line:sub(2), (of_path[i]:gsub('^{"_path":"%w+",', "")))
         end
      end
   end)

   it("does not depend on where batches are cut", function ()
      local once = try.weir "read -q --profile zeek -r samples"
      assert.equal(once, (try.weir "read -q --profile zeek -j 2 -l -r samples"))
   end)

   it("may share its records with another", function ()
      package.loaded["weir.profile.zeek.twice"] = {
         path = "twice", kinds = { "dns" }, { "ts", "time", function (r) return r.ns end },
      }
      table.insert(zeek.logs, "twice")
      local folder = try.path()
      local sink = assert(zeek.open { shape = "tsv", kinds = { "dns" }, log_dir = folder })
      local capture = assert(weir.open("samples/web.pcap", { protocols = true, packets = false }))
      for batch in capture:batches() do assert(sink:write(batch)) end
      assert(sink:close())
      assert.equal(1, #parse(try.contents(folder .. "/dns.log")))
      assert.equal(2, #parse(try.contents(folder .. "/twice.log")))
      os.execute("rm -r " .. folder)
      table.remove(zeek.logs)
   end)

   it("has the records for which -Y holds", function ()
      local found = logs "-Y 'dest_port == 53' -r samples/web.pcap"
      assert.equal(1, #parse(found["conn.log"]))
      assert.equal(1, #parse(found["dns.log"]))
      assert.equal(nil, logs "-Y 'dest_port == 80' -r samples/web.pcap"["dns.log"])
   end)

   it("may be one, on standard output", function ()
      local rows = parse((try.weir "read -q --profile zeek -T tsv --only dns -r samples/web.pcap"))
      assert.equal(1, #rows)
      assert.equal("www.example.org", rows[1].query)
   end)

   it("is refused where it makes no sense", function ()
      for arguments, why in pairs {
         ["--log-dir x"] = "is for '--profile zeek'",
         ["--profile zeek -T tsv"] = "with '--log-dir'",
         ["--profile zeek -T table"] = "'-T json' or '-T tsv'",
         ["--profile zeek -e src_ip"] = "leave out '--field'",
         ["--profile zeek --stats"] = "leave out '--stats'",
         ["--profile zeek --only packet"] = "no log for records of kind 'packet'",
      } do
         local _, err, code = try.weir("read -r samples/web.pcap " .. arguments)
         assert(code == 2 and err:find(why, 1, true), err)
      end
   end)

   it("says so when it cannot be written", function ()
      local file = try.file ""
      local _, err, code = try.weir(("read -q --profile zeek --log-dir %s -r samples/web.pcap")
         :format(file))
      os.remove(file)
      assert.truthy(code == 3 and err:find "weir: cannot", err)
   end)
end)

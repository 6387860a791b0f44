-- The profile `zeek`: its logs hold together, and say what Zeek would.

local cjson  = require "cjson"
local log    = require "weir.profile.zeek.log"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"
local wire   = require "wire"
local zeek   = require "weir.profile.zeek"

local FIRST = { "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)",
   "#unset_field\t-" }

-- The parts of a line of tabs.
local function split(line)
   local parts = {}
   for part in (line .. "\t"):gmatch "([^\t]*)\t" do parts[#parts + 1] = part end
   return parts
end

-- A log of tabs: its rows by the names of their columns, and its head.
local function parse(text)
   local lines, rows, head = try.lines(text), {}, {}
   for i, line in ipairs(FIRST) do assert.equal(line, lines[i]) end
   for i = 5, #lines do
      local parts = split(lines[i])
      if lines[i]:sub(1, 1) == "#" then
         head[table.remove(parts, 1):sub(2)] = parts
      else
         assert.equal(#head.fields, #parts)
         rows[#rows + 1] = {}
         for k, name in ipairs(head.fields) do rows[#rows][name] = parts[k] end
      end
   end
   assert.equal(#head.fields, #head.types)
   assert(head.open and head.close)
   return rows, head
end

-- Runs with --log-dir; returns what is in the folder by name.
local function logs(arguments)
   local folder = try.path()
   local _, err, code = try.weir(("read -q --profile zeek --log-dir %s %s"):format(
      folder, arguments))
   assert.equal(0, code, err)
   local found = {}
   for _, name in ipairs(try.lines((try.run("ls " .. folder)))) do
      found[name] = try.contents(folder .. "/" .. name)
   end
   os.execute("rm -r " .. folder)
   return found
end

-- The rows of one log of a capture of these packets.
local function rows_of(name, packets, options)
   local path = wire.capture(packets)
   local found = logs((options or "") .. " -r " .. path)
   os.remove(path)
   return found[name] and parse(found[name]) or {}
end

-- ---- conn.log ---------------------------------------------------------------------------------

describe("conn.log", function ()
   it("has what Zeek says of a connection", function ()
      local row = parse(logs "-r samples/web.pcap"["conn.log"])[2]
      local want = {
         ts = "1767225600.004000", ["id.orig_h"] = "192.0.2.10", ["id.orig_p"] = "40080",
         ["id.resp_h"] = "198.51.100.80", ["id.resp_p"] = "80", proto = "tcp",
         duration = "0.007000", orig_bytes = "94", resp_bytes = "173", conn_state = "SF",
         orig_pkts = "5", orig_ip_bytes = "362", resp_pkts = "3", resp_ip_bytes = "337",
         ip_proto = "6", history = "-", tunnel_parents = "-", local_orig = "F", local_resp = "F",
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
         "fe80::1", "::1", "127.0.0.1" } do assert.equal(true, is_local(ip), ip) end
      for _, ip in ipairs { "172.32.0.1", "11.0.0.1", "100.128.0.1", "2001:db8::1", "192.169.0.1",
         "fc::1" } do assert.equal(false, is_local(ip), ip) end
   end)
end)

-- ---- dns.log ----------------------------------------------------------------------------------

local A = "\0\1\0\1"
local NAME = "\3www\7example\3org\0" .. A

-- A datagram of DNS: a question, or its answer with these records.
local function dns(id, at, o)
   o = o or {}
   local count = #(o.answers or {})
   local flags = o.flags or (o.back and "\129\128" or "\1\0")
   return wire.udp {
      to = 53, at = at, back = o.back, port = o.port,
      data = string.char(math.floor(id / 256), id % 256) .. flags .. "\0\1\0" .. string.char(count)
         .. "\0\0\0\0" .. NAME .. table.concat(o.answers or {}),
   }
end

-- A record of an answer.
local function record(type, data)
   return "\192\12\0" .. string.char(type) .. "\0\1\0\0\1\44" .. string.char(0, #data) .. data
end

describe("dns.log", function ()
   it("has a row for each question with its answer", function ()
      local rows = rows_of("dns.log", {
         dns(1, 0), dns(2, 1), dns(2, 2, { back = true, answers = { record(1, "\198\51\100\7") } }),
         dns(1, 3, { back = true, flags = "\129\131" }),
      })
      assert.equal(2, #rows)
      local b, a = rows[1], rows[2]
      assert.same({ "2", "1.000000", "198.51.100.7", "300.000000", "NOERROR", "F" },
         { b.trans_id, b.rtt, b.answers, b.TTLs, b.rcode_name, b.rejected })
      assert.same({ "1", "3.000000", "-", "-", "NXDOMAIN", "T", "C_INTERNET", "A" },
         { a.trans_id, a.rtt, a.answers, a.TTLs, a.rcode_name, a.rejected, a.qclass_name,
           a.qtype_name })
   end)

   it("has questions that nobody answers, and answers to no question", function ()
      local rows = rows_of("dns.log", { dns(1, 0), dns(7, 1, { back = true }), dns(3, 2) })
      local seen = {}
      for i, row in ipairs(rows) do
         seen[i] = ("%s %s %s"):format(row.trans_id, row.rtt, row.rcode_name)
      end
      assert.same({ "7 - NOERROR", "1 - -", "3 - -" }, seen)
   end)

   it("keeps the order of questions that share a number, and flows apart", function ()
      local rows = rows_of("dns.log", {
         dns(1, 0), dns(1, 1), dns(1, 2, { port = 40001 }), dns(1, 5, { back = true }),
         dns(1, 7, { back = true }), dns(1, 9, { back = true, port = 40001 }),
      })
      local seen = {}
      for i, row in ipairs(rows) do seen[i] = row.rtt end
      assert.same({ "5.000000", "6.000000", "7.000000" }, seen)
   end)

   it("writes answers as Zeek does", function ()
      local row = rows_of("dns.log", {
         dns(1, 0),
         dns(1, 1, { back = true, answers = {
            record(15, "\0\10\4mail\192\12"), record(16, "\4a,-b"),
         } }),
      })[1]
      assert.equal("mail.www.example.org,TXT 4 a\\x2c-b", row.answers)
      assert.equal("300.000000,300.000000", row.TTLs)
   end)

   it("waits for a bounded number of answers", function ()
      local written = {}
      local join = require "weir.profile.zeek.dns".join(function (row)
         written[#written + 1] = row.trans_id
      end)
      local message = setmetatable({}, { __index = {
         opcode = 0, qr = false, flow_id = 1, src_ip = "192.0.2.1", dest_ip = "192.0.2.2",
         protocol = 17, src_port = 1, dest_port = 53, flags = 0, ns = 0LL, tc = false, rd = false,
         raw_queries = { count = 0, first = 0 }, community_id = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      } })
      for id = 1, 10020 do
         message.id, message.flow_id = id, id % 3 + 1
         join:add(message)
      end
      assert.equal(20, #written)
      assert.equal(1, written[1])
      join:ended(1)
      join:finish()
      assert.equal(10020, #written)
      assert.truthy(next(join.by_flow) == nil and next(join.list) == nil)
   end)

   it("is of a flow that has its row in conn.log", function ()
      local found = logs "-r samples/web.pcap"
      local uid = parse(found["dns.log"])[1].uid
      assert.equal(uid, parse(found["conn.log"])[1].uid)
   end)
end)

-- ---- other logs -------------------------------------------------------------------------------

-- What a column of a log makes of a record.
local function made(name, column, of)
   for _, found in ipairs(require("weir.profile.zeek." .. name)) do
      if found[1] == column then return found[3](of) end
   end
end

describe("ssl.log, http.log and others", function ()
   it("call versions as Zeek does", function ()
      for version, want in pairs {
         ["TLSv1"] = "TLSv10", ["TLS 1.2"] = "TLSv12", ["DTLS 1.0"] = "DTLSv10",
         ["SSLv3"] = "SSLv3", ["TLS 1.3"] = "TLSv13", ["TLS 1.3 draft-28"] = "TLSv13-draft28",
      } do
         assert.equal(want, made("ssl", "version", { version = version }))
      end
      assert.equal("1.1", made("http", "version", { http_protocol = "HTTP/1.1" }))
      assert.equal("quicv2", made("quic", "version", { version = "2" }))
      assert.equal("draft-29", made("quic", "version", { version = "draft-29" }))
   end)

   it("put together what Zeek has as one", function ()
      local ssh = {
         client_proto_version = "2.0", client_software_version = "OpenSSH_9.2p1",
         client_comments = "Debian-2", server_proto_version = "1.99", server_software_version = "x",
      }
      assert.same({ "SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-1.99-x", 2 },
         { made("ssh", "client", ssh), made("ssh", "server", ssh), made("ssh", "version", ssh) })
      assert.equal(1, made("ssh", "version", { client_proto_version = "1.5" }))
      assert.same({ 64, 0.5, 3 }, { made("ntp", "poll", { poll = 6 }),
         made("ntp", "precision", { precision = -1 }), made("ntp", "mode", { mode = "client" }) })
   end)

   it("have lists where Zeek has them", function ()
      local hello = {
         alerts = { { description = "close_notify" }, { description = "unknown_ca" } },
         certificates = { { sha256 = "aa" }, { sha256 = "bb" } },
      }
      assert.equal("unknown_ca", made("ssl", "last_alert", hello))
      assert.same({ "aa", "bb" }, made("ssl", "cert_chain_fps", hello))
      assert.equal(nil, made("ssl", "cert_chain_fps", { certificates = {} }))
      local proxied = made("http", "proxied", { xff = "192.0.2.1" })
      assert.same({ "X-FORWARDED-FOR -> 192.0.2.1" }, proxied)
      assert.equal(1, made("http", "trans_depth", { tx_id = 0 }))
   end)
end)

describe("x509.log", function ()
   it("has each certificate once a day", function ()
      local rows = {}
      local writer = require "weir.profile.zeek.x509".join(function (row) rows[#rows + 1] = row end)
      local own = {
         sha256 = "aa", sans = { "www.example.org", "192.0.2.1", "2001:db8::1", "a@example.org" },
         notbefore = "2026-01-01T00:00:00", key_type = "ed25519",
      }
      local other = { sha256 = "bb", sans = {}, key_type = "rsa", is_ca = true }
      for _, hour in ipairs { 0, 1, 25 } do
         writer:add { ns = hour * 3600000000000LL, certificates = { own, other } }
      end
      assert.equal(4, #rows)
      assert.same({ "www.example.org" }, rows[1].dns)
      assert.same({ "192.0.2.1", "2001:db8::1" }, rows[1].ip)
      local first, second = rows[1], rows[2]
      assert.same({ 1767225600, nil, true },
         { first.not_before, first.key_type, first.host_cert })
      assert.same({ "rsa", true, false }, { second.key_type, second.ca, second.host_cert })
   end)
end)

describe("dhcp.log", function ()
   local function message(o)
      return setmetatable(o, { __index = {
         version = 4, id = 7, client_mac = "02:00:5e:00:53:0a", flow_id = 1, reverse = 0,
         src_ip = "0.0.0.0", dest_ip = "255.255.255.255", type = "request",
         community_id = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=", at = 0,
      } })
   end

   -- The rows of messages at these seconds.
   local function rows_from(messages)
      local rows = {}
      local writer = require "weir.profile.zeek.dhcp".join(function (row) rows[#rows + 1] = row end)
      for _, m in ipairs(messages) do
         m.ns = m.at * 1000000000LL
         writer:add(m)
      end
      writer:finish()
      return rows, writer
   end

   it("has a row for a conversation", function ()
      local server = {
         type = "reply", flow_id = 2, src_ip = "192.0.2.1", assigned_ip = "192.0.2.9",
         lease_time = 600, domain = "example.org",
      }
      local function reply(o) return setmetatable(o, { __index = message(server) }) end
      local rows = rows_from {
         message { dhcp_type = "discover", hostname = "tv" }, reply { dhcp_type = "offer", at = 1 },
         message { dhcp_type = "request", requested_ip = "192.0.2.9", at = 2 },
         reply { dhcp_type = "ack", at = 3 }, message { id = 8, dhcp_type = "inform", at = 4 },
      }
      assert.equal(2, #rows)
      local row = rows[1]
      assert.same({ "DISCOVER", "OFFER", "REQUEST", "ACK" }, row.msg_types)
      assert.same({ "192.0.2.9", "192.0.2.1", "192.0.2.9", "tv", "example.org", 600, 3, 2 },
         { row.client_addr, row.server_addr, row.requested_addr, row.host_name, row.domain,
           row.lease_time, row.duration, #row.uids })
   end)

   it("does not take what comes later for the same", function ()
      local rows = rows_from {
         message { dhcp_type = "discover" }, message { dhcp_type = "discover", at = 6 },
      }
      assert.same({ 1, 1 }, { #rows[1].msg_types, #rows[2].msg_types })
      local many = {}
      for i = 1, 60 do many[i] = message { dhcp_type = "discover" } end
      assert.equal(50, #rows_from(many)[1].msg_types)
      for i = 1, 2000 do many[i] = message { id = i, dhcp_type = "discover" } end
      local all, writer = rows_from(many)
      assert.truthy(#all == 2000 and next(writer.by_id) == nil)
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
            assert.equal(rows[i].uid, decoded.uid)
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
         ["--profile zeek -e src_ip"] = "leave out '-e'",
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

-- The logs of the profile `zeek` of what protocols say.

local try     = require "try"
local wire    = require "wire"
local zeeklog = require "zeeklog"

local logs, made, parse, rows_of = zeeklog.logs, zeeklog.made, zeeklog.parse, zeeklog.rows_of

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

   it("has the Community ID that the seed makes, as JSON has", function ()
      local seeded = "--community-seed 7 -r samples/web.pcap "
      local out = try.weir("read -q -T fields -e community_id " .. seeded)
      local rows = parse(logs(seeded)["conn.log"])
      for i, id in ipairs(try.lines(out)) do assert.equal(id, rows[i].community_id) end
      assert(rows[1].community_id ~= parse(logs "-r samples/web.pcap"["conn.log"])[1].community_id)
   end)

   it("is of a flow that has its row in conn.log", function ()
      local found = logs "-r samples/web.pcap"
      local uid = parse(found["dns.log"])[1].uid
      assert.equal(uid, parse(found["conn.log"])[1].uid)
   end)
end)

-- ---- other logs -------------------------------------------------------------------------------

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
         client_certificates = { { sha256 = "cc" } },
      }
      assert.equal("unknown_ca", made("ssl", "last_alert", hello))
      assert.same({ "aa", "bb" }, made("ssl", "cert_chain_fps", hello))
      assert.equal(nil, made("ssl", "cert_chain_fps", { certificates = {} }))
      assert.same({ "cc" }, made("ssl", "client_cert_chain_fps", hello))
      local proxied = made("http", "proxied", { xff = "192.0.2.1" })
      assert.same({ "X-FORWARDED-FOR -> 192.0.2.1" }, proxied)
      assert.equal(1, made("http", "trans_depth", { tx_id = 0 }))
      assert.equal("http://example.org", made("http", "origin", {
         request_headers = { { name = "ORIGIN", value = "http://example.org" } },
      }))
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
         writer:add { ns = hour * 3600000000000LL, certificates = { own, other },
            client_certificates = {} }
      end
      assert.equal(4, #rows)
      assert.same({ "www.example.org" }, rows[1].dns)
      assert.same({ "192.0.2.1", "2001:db8::1" }, rows[1].ip)
      local first, second = rows[1], rows[2]
      assert.same({ 1767225600, nil, true },
         { first.not_before, first.key_type, first.host_cert })
      assert.same({ "rsa", true, false }, { second.key_type, second.ca, second.host_cert })
      writer:add { ns = 0LL, certificates = { own }, client_certificates = { { sha256 = "cc",
         sans = {} } } }
      assert.same({ 5, false, true, true },
         { #rows, first.client_cert, rows[5].client_cert, rows[5].host_cert })
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

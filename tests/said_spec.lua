-- What is made of what smaller protocols say: SSH, NTP, SSDP, ARP and neighbour discovery.

local try   = require "try"
local weir  = require "weir"
local wire  = require "wire"
local talk  = require "talk"            -- beside the samples, where wire looks
local frame = require "frame"

local u8, u32 = frame.u8, frame.u32

-- These fields of all records of a kind, however many packets a batch has.
local function records(path, kind, ...)
   local found = {}
   for batch in weir.open(path, { protocols = { kind } }):batches() do
      for i = 0, batch[kind .. "_count"] - 1 do
         local record = {}
         for _, name in ipairs { ... } do record[name] = batch[kind][i][name] end
         found[#found + 1] = record
      end
   end
   return found
end

local function heard(frames, kind, ...)
   local names = { ... }
   return wire.with(frames, function (path) return records(path, kind, unpack(names)) end)
end

describe("SSH", function ()
   it("has both banners, what both agree on, and who is the client", function ()
      local found = records("samples/ssh.pcap", "ssh", "client_software_version",
         "server_software_version", "kex_alg", "cipher_alg", "client_hassh", "server_proto_version")
      assert.same({
         client_software_version = "SampleShell_1.0", server_software_version = "SampleServer_2",
         kex_alg = "curve25519-sha256", cipher_alg = "aes256-ctr", server_proto_version = "2.0",
         client_hassh = "492a1b12bc056237f805415b405d8616",
      }, found[1])
      assert.same({ server_software_version = "Old", server_proto_version = "1.99" }, found[2])
   end)

   it("is told once a connection, without what it did not hear", function ()
      local say = talk.tcp { port = 40022, to = 22 }
      local found = heard({ say ">S", say "<SA", say(">A", { data = "SSH-2.0-a\r\n" }),
         say(">A", { data = u32(99999999) .. u8(4) .. "\20" }), say ">FA" },
         "ssh", "client_software_version", "client_hassh", "server_software_version")
      assert.same({ { client_software_version = "a" } }, found)
   end)

   it("hears a server that has other lines before its banner", function ()
      for _, pieces in ipairs {
         { "Welcome\r\nto all\r\nSSH-2.0-b\r\n" }, { "Welcome\r\n", "to all\r\nSSH-2.0-b\r\n" },
         { "Welcome\r\nSS", "H-2.0-b\r\n" },
      } do
         local say = talk.tcp { port = 40022, to = 22 }
         local frames = { say ">S", say "<SA" }
         for _, piece in ipairs(pieces) do frames[#frames + 1] = say("<A", { data = piece }) end
         frames[#frames + 1] = say(">A", { data = "SSH-2.0-a\r\n" })
         frames[#frames + 1] = say ">FA"
         assert.same({ { client_software_version = "a", server_software_version = "b" } },
            heard(frames, "ssh", "client_software_version", "server_software_version"))
      end
   end)

   it("believes no offer whose lists go on beyond it", function ()
      local say = talk.tcp { port = 40022, to = 22 }
      local offer = u8(20) .. ("\1"):rep(16) .. u32(0xffffffff) .. "x"
      local found = heard({ say ">S", say "<SA", say(">A", { data = "SSH-2.0-a\r\n" ..
         u32(#offer + 5) .. u8(4) .. offer .. "\0\0\0\0" }), say ">FA" }, "ssh", "client_hassh")
      assert.same({ {} }, found)
   end)
end)

describe("NTP", function ()
   it("tells of a clock what it is", function ()
      local found = records("samples/ntp.pcap", "ntp", "mode", "stratum", "reference_id",
         "transmit_time", "originate_time", "precision")
      assert.same({ "client", 0, nil, 1767225600.5, nil, -23 }, {
         found[1].mode, found[1].stratum, found[1].reference_id, found[1].transmit_time,
         found[1].originate_time, found[1].precision,
      })
      assert.same({ "192.0.2.123", "GPS" }, { found[2].reference_id, found[3].reference_id })
      assert.same({ "control", nil, "private" },
         { found[4].mode, found[4].stratum, found[5].mode })
      assert.equal(5, #found)
   end)

   it("has no mode in its first version, but ports", function ()
      local clock = u8(0x08, 0, 6, 0) .. ("\0"):rep(36) .. u32(0xf0000000, 0)
      local found = heard({ wire.udp { to = 123, data = clock },
         wire.udp { to = 123, data = clock, back = true },
         wire.udp { to = 123, port = 123, data = clock } }, "ntp", "version", "mode")
      assert.same({
         { version = 1, mode = "client" }, { version = 1, mode = "server" },
         { version = 1, mode = "symmetric-active" },
      }, found)
   end)

   it("begins to count anew in 2036", function ()
      local clock = u8(0x24, 1, 6, 0) .. ("\0"):rep(36) .. u32(1, 0)
      local found = heard({ wire.udp { to = 123, data = clock } }, "ntp", "transmit_time")
      assert.equal(2 ^ 32 - 2208988800 + 1, found[1].transmit_time)
   end)
end)

describe("SSDP", function ()
   it("has the headers in order, and those that matter by name", function ()
      local found = records("samples/ssdp.pcap", "ssdp", "type", "st", "mx", "headers", "location",
         "nts")
      assert.same({ "M-SEARCH", "ssdp:all", 3 }, { found[1].type, found[1].st, found[1].mx })
      assert.same({ name = "HOST", value = "239.255.255.250:1900" }, found[1].headers[1])
      assert.same({ "response", "http://192.0.2.1:8200/root.xml", nil },
         { found[2].type, found[2].location, found[2].mx })
      assert.same({ "NOTIFY", "ssdp:alive" }, { found[3].type, found[3].nts })
      assert.equal(3, #found)
   end)

   it("has no end of headers, but keeps some", function ()
      local data = "NOTIFY * HTTP/1.1\r\n" .. ("a: b\r\n"):rep(5000)
      local found = heard({ wire.udp { to = 1900, data = data } }, "ssdp", "headers")
      assert.equal(64, #found[1].headers)
   end)
end)

describe("ARP and neighbour discovery", function ()
   it("tell who is where, and who asks", function ()
      local list = {}
      for _, r in ipairs(records("samples/neighbours.pcap", "arp", "operation", "sender_ip",
         "sender_mac", "target_ip")) do
         list[#list + 1] = ("%s %s %s"):format(r.operation, tostring(r.sender_ip),
            tostring(r.target_ip))
      end
      assert.same({
         "probe nil 192.0.2.10", "announcement 192.0.2.10 192.0.2.10",
         "request 192.0.2.10 192.0.2.1", "reply 192.0.2.1 192.0.2.10",
         "solicitation nil 2001:db8::10", "solicitation 2001:db8::10 2001:db8::1",
         "advertisement 2001:db8::1 nil", "router-solicitation 2001:db8::10 nil",
         "router-advertisement fe80::1 nil", "redirect fe80::1 2001:db8::20",
      }, list)
   end)

   it("tell who asks for an address of its own, with RARP", function ()
      local from, to = frame.client, frame.server
      local none = { ether = from.ether, ip4 = "0.0.0.0" }
      local ask = frame.arp(3, none, none):sub(1, 18) .. frame.hex(from.ether) .. ("\0"):rep(4)
      local told = frame.arp(4, to, from)
      local path = try.file(try.pcap {
         frame.ethernet(from, to, ask, 0x8035), frame.ethernet(to, from, told, 0x8035),
      })
      wire.with(path, function ()
         assert.same({
            { operation = "reverse-request", target_mac = from.ether },
            { operation = "reverse-reply", target_mac = from.ether, target_ip = from.ip4 },
         }, records(path, "arp", "operation", "target_mac", "target_ip"))
         local out = try.weir("read -q -T table --only arp -r " .. path)
         assert.truthy(out:find("which address has " .. from.ether .. "?", 1, true))
         assert.truthy(out:find("to " .. from.ether .. ": " .. from.ip4, 1, true))
      end)
   end)

   it("tell of a link what a router says", function ()
      local found = records("samples/neighbours.pcap", "arp", "prefixes", "mtu", "dns_servers",
         "router_lifetime", "other", "managed", "flow_id")
      assert.same({ prefixes = { "2001:db8::/64" }, mtu = 1500, dns_servers = { "2001:db8::53" },
         router_lifetime = 1800, other = true, managed = false, flow_id = 5 }, found[9])
      assert.equal(0, found[1].flow_id)
   end)
end)

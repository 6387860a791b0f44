-- What is made of messages of DHCP.

local weir  = require "weir"
local wire  = require "wire"
local frame = require "frame"           -- beside the samples, where wire looks

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex

local function records(path)
   local found = {}
   for batch in weir.open(path, { protocols = { "dhcp" } }):batches() do
      for i = 0, batch.dhcp_count - 1 do
         local r = batch.dhcp[i]
         found[#found + 1] = {
            type = r.dhcp_type, hostname = r.hostname, client_id = r.client_id, params = r.params,
            ip = r.assigned_ip, routers = r.routers, mac = r.client_mac, relays = r.relays,
            domains = r.domains, lease = r.lease_time,
         }
      end
   end
   return found
end

local function heard(data, port)
   return wire.with({ wire.udp { port = (port or 67) + 1, to = port or 67, data = data } }, records)
end

local function message(options, size)
   return u8(1, 1, size or 6, 0) .. u32(1) .. ("\0"):rep(228) .. hex "63825363" .. options
end

describe("DHCP", function ()
   it("is read through Lua", function ()
      local found = records "samples/dhcp.pcap"
      assert.equal(8, #found)
      assert.same({ "desk", "02:00:5e:00:53:0a", { 1, 3, 6, 15, 119 } },
         { found[1].hostname, found[1].client_id, found[1].params })
      assert.same({ "ack", "192.0.2.10", { "192.0.2.1" }, 3600 },
         { found[4].type, found[4].ip, found[4].routers, found[4].lease })
      assert.same({ "home.example.org", "example.org" }, found[4].domains)
      assert.equal("long-name", found[5].hostname)
      assert.same({ "reply", "2001:db8::10", 1 }, { found[8].type, found[8].ip, found[8].relays })
   end)

   it("ends where an option goes on beyond the message", function ()
      local found = heard(message(u8(53, 1, 1) .. u8(12, 200) .. "desk"))
      assert.same({ "discover" }, { found[1].type, found[1].hostname })
   end)

   it("puts many parts of an option together, within bounds", function ()
      local found = heard(message((u8(12, 2) .. "ab" .. u8(60, 1) .. "c"):rep(250)))
      assert(#found[1].hostname <= 4096 and found[1].hostname:find "^[ab]+$")
   end)

   it("has no address of a client whose hardware has another kind", function ()
      assert.equal(nil, heard(message("\255", 8))[1].mac)
   end)

   it("is none without its number, and at other ports for version 6", function ()
      assert.same({}, heard((message("\255"):gsub("\99\130", "\0\0"))))
      assert.same({}, heard(u8(1, 1, 2, 3), 4000))
      assert.same({}, heard(u8(1, 1, 2, 3) .. u16(1, 9), 546))
      assert.equal(1, #heard(u8(1, 1, 2, 3), 546))
   end)

   it("follows relays as far as there may be, and no further", function ()
      local function relayed(n)
         local inner = u8(1, 1, 2, 3)
         for _ = 1, n do
            inner = u8(12, 0) .. ("\0"):rep(32) .. u16(9, #inner) .. inner
         end
         return heard(inner, 546)
      end
      assert.equal(31, relayed(31)[1].relays)
      assert.same({}, relayed(33))
   end)
end)

-- How connections of QUIC begin.

package.path = "samples/?.lua;" .. package.path

local frame  = require "frame"
local seal   = require "seal"
local sample = require "quic"
local talk   = require "talk"
local file   = require "file"
local try    = require "try"
local weir   = require "weir"

-- What records of a capture say: the values of these fields, a string for each record.
local function said(path, fields, most)
   local list = {}
   local opened = assert(weir.open(path, { protocols = { "quic" }, packets = false, flows = true }))
   for batch in function () return (opened:read(most)) end do
      for i = 0, batch.quic_count - 1 do
         local record, values = batch.quic[i], {}
         for k, field in ipairs(fields) do
            local value = record[field]
            values[k] = type(value) == "table" and table.concat(value, "+") or tostring(value)
         end
         list[#list + 1] = table.concat(values, " ")
      end
   end
   return list
end

-- The payloads of a sample's frames: IPv4 and UDP.
local function payloads(name)
   local list = {}
   for i, entry in ipairs(sample[name]()) do list[i] = (entry[1] or entry):sub(43) end
   return list
end

-- A capture of datagrams from a client, or of those with "<" before them from its server.
local function capture(datagrams)
   local tell, frames = talk.udp { port = 40000, to = 443 }, {}
   for i, data in ipairs(datagrams) do
      frames[i] = tell(data:sub(1, 1), { data = data:sub(2), at = i / 1000 })
   end
   return try.file(file.pcap(frames), ".pcap")
end

-- Records of datagrams, which are gone then.
local function of(datagrams, fields)
   local path = capture(datagrams)
   local list = said(path, fields or { "version", "sni", "ja3s" })
   os.remove(path)
   return list
end

-- The first draft of version 2 has the types of version 1, and salt, labels and keys of its own.
local draft = {}

-- A client's Initial that asks for draft.example.
function draft.initial(cid, token)
   local name = frame.hex "00000012 0010 00000d" .. "draft.example"
   local hello = frame.hex "0303" .. ("c"):rep(32) .. frame.hex "00 00021301 0100" ..
      frame.u16(#name) .. name
   local clear = "\6\0" .. frame.u16(0x4000 + 4 + #hello, 0x0100, #hello) .. hello
   local header = frame.hex "c0ff020000" .. string.char(#cid) .. cid .. "\0" ..
      string.char(#token) .. token .. frame.u16(0x4000 + 1 + #clear + 16)
   local secret = seal.expand(seal.hmac(frame.hex "a707c203a59b47184a1d62ca570406ea7ae3e5d3", cid),
      "client in", 32)
   local sealed = seal.gcm(seal.expand(secret, "quicv2 key", 16),
      seal.expand(secret, "quicv2 iv", 12), header .. "\0", clear)
   local mask = seal.aes(seal.expand(secret, "quicv2 hp", 16), sealed:sub(4, 19))
   return seal.xor(header:sub(1, 1), string.char(mask:byte() % 16)) .. header:sub(2) ..
      mask:sub(2, 2) .. sealed
end

-- The server's wish for another one, with a token.
function draft.retry(cid, scid, token)
   local retry = frame.hex "f0ff020000" .. "\0" .. string.char(#scid) .. scid .. token
   return retry .. seal.gcm(frame.hex "ba858dc7b43de5dbf87617ff4ab253db",
      frame.hex "141b99c239b03e785d6a2e9f", string.char(#cid) .. cid .. retry, "")
end

describe("packets of QUIC", function ()
   it("are sealed by the samples as RFC 9001 and RFC 9369 print them", function ()
      local packet = payloads "quic.pcap"[1]
      assert.equal(1200, #packet)
      assert.equal(frame.hex "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
         packet:sub(1, 32))
      assert.equal(frame.hex "e221af44860018ab0856972e194cd934", packet:sub(-16))
      packet = sample["quic.pcap"]()[3][1]:sub(63)                -- over IPv6
      assert.equal(frame.hex "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
         packet:sub(1, 32))
      assert.equal(frame.hex "a18b2faa745b6fe189cf772a9f84cbfc", packet:sub(-16))
      assert.equal(frame.hex "1f369613dd76d5467730efcbe3b1a22d", seal.expand(seal.expand(
         seal.hmac(frame.hex "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
            frame.hex "8394c8f03e515708"), "client in", 32), "quic key", 16))
   end)

   for _, name in ipairs { "quic.pcap", "quic-seldom.pcap" } do
      it("have the records that are expected of " .. name, function ()
         local out = try.weir("read -q -T json --only quic -r samples/" .. name)
         assert.equal(try.contents("tests/golden/" .. name .. ".quic.jsonl"), out)
      end)
   end

   it("say the same wherever batches are cut", function ()
      local fields = { "ordinal", "version", "sni", "ja3_string", "ja3s", "versions", "dcid" }
      local whole = said("samples/quic-seldom.pcap", fields, 1024)
      assert.equal(10, #whole)
      for _, most in ipairs { 1, 7 } do
         assert.same(whole, said("samples/quic-seldom.pcap", fields, most))
      end
   end)

   it("are found by what they are, not by their port", function ()
      local data = payloads "quic.pcap"[1]
      local frames = { talk.udp { port = 53, to = 5353 } (">", { data = data }) }
      local path = try.file(try.pcap(frames), ".pcap")
      assert.same({ "1 example.com" }, said(path, { "version", "sni" }))
      os.remove(path)
      assert.same({}, of { ">" .. ("\192\0\0\0\1"):rep(240) })
   end)

   it("say what tshark sees in them", function ()
      if not try.has "tshark" then return pending "tshark is not installed" end
      local out, _, code = try.weir(
         "lua tests/peers/quic.lua samples/quic.pcap samples/quic-seldom.pcap")
      assert(code == 0 and out:find "ja3s_string +%d+ of", out)
   end)

   it("are none when a bit is wrong", function ()
      local data = payloads "quic.pcap"[1]
      local seed = try.random(5)
      for _ = 1, 30 do
         local at = seed(#data) + 1
         local wrong = data:sub(1, at - 1) .. string.char((data:byte(at) + 1 + seed(255)) % 256) ..
            data:sub(at + 1)
         assert.same({}, of { ">" .. wrong })
      end
      assert.same({}, of { ">" .. data:sub(1, -2) })
   end)

   it("are read of the first draft of version 2, too", function ()
      assert.same({ "v2-draft-00 draft.example true" }, of({
         ">" .. draft.initial("draft001", ""), "<" .. draft.retry("draft001", "draft002", "token"),
         ">" .. draft.initial("draft002", "token"),
      }, { "version", "sni", "retry" }))
   end)

   it("may be followed by others in their datagram", function ()
      local data = payloads "quic.pcap"
      assert.same({ "1 example.com nil" }, of { ">" .. data[1] .. data[2] })
      assert.same({ "1 example.com eb1d94daa7e0344597e756a1fb6e7054" },
         of { ">" .. data[1] .. "\64rest", "<" .. data[2] .. "\64rest" })
   end)
end)

describe("a connection of QUIC", function ()
   it("is told once, when the server has answered", function ()
      local data = payloads "quic.pcap"
      local whole = { ">" .. data[1], "<" .. data[2], ">" .. data[1], "<" .. data[2] }
      assert.same({ "1 example.com eb1d94daa7e0344597e756a1fb6e7054 2" },
         of(whole, { "version", "sni", "ja3s", "ordinal" }))
   end)

   it("is told without an answer when none comes in 64 datagrams", function ()
      local datagrams = { ">" .. payloads "quic.pcap"[1] }
      for i = 1, 100 do datagrams[i + 1] = ">\64" .. ("x"):rep(40) end
      assert.same({ "1 example.com nil 65" },
         of(datagrams, { "version", "sni", "ja3s", "ordinal" }))
   end)

   it("is told of what came when the rest of its hello does not", function ()
      local first = sample["quic-seldom.pcap"]()[2]
      local path = try.file(file.pcap { first }, ".pcap")
      assert.same({ "1 crumbs.example nil nil" }, said(path, { "version", "sni", "ja3", "ja4" }))
      os.remove(path)
   end)

   it("is no matter of the flow's first packets", function ()
      local data, datagrams = payloads "quic.pcap", {}
      for i = 1, 50 do datagrams[i] = (i % 2 == 0 and ">" or "<") .. "\64" .. ("x"):rep(40) end
      datagrams[4], datagrams[5] = ">" .. data[1], "<" .. data[2]
      assert.same({ "1 example.com eb1d94daa7e0344597e756a1fb6e7054" }, of(datagrams))
   end)

   it("is one of many in a flow", function ()
      local datagrams, crowd = payloads "quic-seldom.pcap", {}
      for _ = 1, 20 do
         for i = 14, 15 do crowd[#crowd + 1] = ">" .. datagrams[i] end
      end
      assert.same({ "1 one.example nil", "1 two.example nil" }, of(crowd))
   end)

   it("is not asked for at the cost of other protocols", function ()
      local out = try.weir "read -q -T json --only dns -r samples/quic.pcap"
      assert.equal("", out)
   end)
end)

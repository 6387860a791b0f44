-- How connections of QUIC begin: the examples of RFC 9001 and RFC 9369, then what is seldom seen
-- in one capture.  Packets are sealed by seal.lua.

local frame = require "frame"
local seal  = require "seal"
local talk  = require "talk"

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex
local quic = {}

-- ---- packets ------------------------------------------------------------------------------------

local V1, V2, DRAFT_29 = hex "00000001", hex "6b3343cf", hex "ff00001d"

local SALTS = {
   [V1] = hex "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
   [V2] = hex "0dede3def700a6db819381be6e269dcbf9bd2ed9",
   [DRAFT_29] = hex "afbfec289993d24c9e9786f19c6111e04390a899",
   Q050 = hex "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45",
   T051 = hex "7a4edef4e7ccee5fa4506c19124fc8ccda6e033d",
}

-- A number of QUIC, in two bytes.
local function number(n) return u16(0x4000 + n) end

local function sized(s) return u8(#s) .. s end

-- An Initial.  `o`: version, dcid, scid, token, number, in so many bytes (size), server (it sends),
-- cid (the client's first, when dcid is not); filled up to `to` bytes.
local function initial(o, frames)
   local version, prefix = o.version or V1, o.version == V2 and "quicv2 " or "quic "
   local size, first = o.size or 2, version == V2 and 0xd0 or 0xc0
   local from = version .. sized(o.dcid or "") .. sized(o.scid or "") ..
      (o.server and u8(0) or sized(o.token or ""))
   local pad = (o.to or 0) - 1 - #from - 2 - size - #frames - 16
   frames = frames .. ("\0"):rep(pad)
   local header = u8(first + size - 1) .. from .. number(size + #frames + 16)
   local secret = seal.expand(seal.hmac(SALTS[version], o.cid or o.dcid),
      o.server and "server in" or "client in", 32)
   local bytes = u32(o.number or 0):sub(-size)
   local nonce = seal.xor(seal.expand(secret, prefix .. "iv", 12),
      ("\0"):rep(8) .. u32(o.number or 0))
   local sealed = seal.gcm(seal.expand(secret, prefix .. "key", 16), nonce, header .. bytes, frames)
   local mask = seal.aes(seal.expand(secret, prefix .. "hp", 16), sealed:sub(5 - size, 20 - size))
   return seal.xor(header:sub(1, 1), u8(mask:byte() % 16)) .. header:sub(2) ..
      seal.xor(bytes, mask:sub(2)) .. sealed
end

local function crypto(offset, data) return u8(6) .. number(offset) .. number(#data) .. data end

-- ---- hellos -------------------------------------------------------------------------------------

local function extension(type, data) return u16(type, #data) .. data end

local function list16(data) return u16(#data) .. data end

-- A ClientHello for that name; `parameters` of the transport are the last extension.
local function client_hello(name, parameters)
   local extensions = extension(0, list16(u8(0) .. list16(name))) ..
      extension(10, list16(u16(0x3a3a, 29, 23))) ..
      extension(16, list16(sized "h3" .. sized "h3-29")) ..
      extension(13, list16(u16(0x0403, 0x0804))) .. extension(43, sized(u16(0x0304))) ..
      extension(51, list16(u16(29) .. list16(("k"):rep(32)))) .. extension(57, parameters or "")
   local body = u16(0x0303) .. ("c"):rep(32) .. sized "" .. list16(u16(0x1a1a, 0x1301, 0x1302)) ..
      sized "\0" .. list16(extensions)
   return u8(1, 0) .. list16(body)
end

-- The server's answer; or, with another random, its wish for another hello.
local function server_hello(group, random)
   local extensions = extension(43, u16(0x0304)) ..
      extension(51, u16(group) .. (random and "" or list16(("k"):rep(32))))
   local body = u16(0x0303) .. (random or ("s"):rep(32)) .. sized "" .. u16(0x1301) .. u8(0) ..
      list16(extensions)
   return u8(2, 0) .. list16(body)
end

local RETRY = hex "cf21ad74e59a6111be1d8c021e65b891 c2a211167abb8c5e079e09e2c8a8339c"

-- Google's hello: tags, each with where its value ends.
local function chlo(tags)
   local entries, values = {}, ""
   for i, tag in ipairs(tags) do
      values = values .. tag[2]
      entries[i] = tag[1] .. u32(#values):reverse()
   end
   return "CHLO" .. u16(#tags):reverse() .. u16(0) .. table.concat(entries) .. values
end

-- ---- conversations ------------------------------------------------------------------------------

-- Says datagrams over UDP, each with its direction in front, a millisecond apart.
local function say(frames, port, datagrams, v)
   local tell = talk.udp { port = port, to = 443, v = v }
   for _, datagram in ipairs(datagrams) do
      local about = { data = datagram:sub(2), at = #frames / 1000 }
      frames[#frames + 1] = tell(datagram:sub(1, 1), about)
   end
end

local DCID, SCID = hex "8394c8f03e515708", hex "f067a5502a4262b5"

local EXAMPLE = hex [[
   060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868
   04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578
   616d706c652e636f6dff01000100000a00080006001d00170018001000070005
   04616c706e000500050100000000003300260024001d00209370b2c9caa47fba
   baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400
   0d0010000e0403050306030203080408050806002d00020101001c0002400100
   3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
   75300901100f088394c8f03e51570806048000ffff]]

-- The servers' packets and Retries of the two RFCs, as they are printed there.
local ANSWER_1 = hex [[
   cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a
   5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3
   dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84
   022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4
   2158407dd074ee]]
local ANSWER_2 = hex [[
   dc6b3343cf0008f067a5502a4262b50040 75d92faaf16f05d8a4398c47089698
   baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17
   f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2
   c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8
   4bed8521e2e140]]
local RETRY_1 = hex "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"
local RETRY_2 = hex "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6"

local function example(version)
   local o = { version = version, dcid = DCID, number = 2, size = 4, to = 1200 }
   return ">" .. initial(o, EXAMPLE)
end

quic["quic.pcap"] = function ()
   local frames = {}
   say(frames, 40001, { example(V1), "<" .. ANSWER_1 })
   say(frames, 40002, { example(V2), "<" .. ANSWER_2 }, 6)
   local again = { dcid = SCID, token = "token", number = 3, to = 1200 }
   say(frames, 40003, { example(V1), "<" .. RETRY_1, ">" .. initial(again, EXAMPLE) })
   again.version = V2
   say(frames, 40004, { example(V2), "<" .. RETRY_2, ">" .. initial(again, EXAMPLE) })
   return frames
end

-- ---- what is seldom -----------------------------------------------------------------------------

-- A hello in crumbs, its end first, some bytes twice and with others in their place.
local function crumbs()
   local hello = client_hello("crumbs.example", hex "71290763757272656e74" .. hex "010480007530")
   local o = { dcid = "crumbs01", scid = "client01", to = 1200 }
   local last = u8(1, 1) .. crypto(150, hello:sub(151)) .. crypto(100, hello:sub(101, 140))
   local first = crypto(90, ("?"):rep(3) .. hello:sub(94, 120)) .. u8(2, 0, 0, 0, 0) ..
      crypto(0, hello:sub(1, 30)) .. crypto(30, hello:sub(31, 90)) .. crypto(85, hello:sub(86, 93))
   local rest = crypto(90, hello:sub(91, 93)) .. crypto(139, hello:sub(140, 150))
   return {
      ">" .. initial(o, last),
      ">" .. initial({ dcid = o.dcid, scid = o.scid, number = 1, to = 1200 },
         crypto(90, hello:sub(91, 120)) .. first),
      ">" .. initial({ dcid = o.dcid, scid = o.scid, number = 2, to = 1200 }, rest),
      "<" .. initial({ cid = o.dcid, dcid = o.scid, scid = "server01", server = true, to = 1200 },
         u8(2, 2, 0, 0, 2) .. crypto(0, server_hello(29))),
   }
end

-- The server wants a hello with another group; 0-RTT comes with the first one, in its datagram.
local function two_hellos()
   local hello, o = client_hello "again.example", { dcid = "again001", scid = "client02" }
   local wish = server_hello(23, RETRY)
   local early = u8(0xd0) .. V1 .. sized(o.dcid) .. sized(o.scid) .. number(40) .. ("e"):rep(40)
   return {
      ">" .. initial(o, crypto(0, hello)) .. early,
      "<" .. initial({ cid = o.dcid, dcid = o.scid, scid = "server02", server = true },
         crypto(0, wish)),
      ">" .. initial({ cid = o.dcid, dcid = "server02", scid = o.scid, number = 1 },
         crypto(#hello, hello)),
      "<" .. initial({ cid = o.dcid, dcid = o.scid, scid = "server02", server = true, number = 1 },
         crypto(#wish, server_hello(23))),
   }
end

-- A version that is there to be refused, then draft 29; and a list that answers nobody.
local function refused()
   local none, hello = hex "1a2a3a4a", client_hello "refused.example"
   local list = u8(0x80) .. u32(0) .. sized "client03" .. sized "refused1" .. DRAFT_29 .. V1
   local o = { version = DRAFT_29, dcid = "refused2", scid = "client03", to = 1200 }
   return {
      ">" .. u8(0xc0) .. none .. sized "refused1" .. sized "client03" .. ("?"):rep(1180),
      "<" .. list, ">" .. initial(o, crypto(0, hello)),
   }
end

-- The server goes on in version 2, as it may: its keys are made of the same id.
local function compatible()
   local o = { dcid = "compat01", scid = "client04", to = 1200 }
   local answer = {
      version = V2, cid = o.dcid, dcid = o.scid, scid = "server04", server = true,
   }
   return {
      ">" .. initial(o, crypto(0, client_hello "compatible.example")),
      "<" .. initial(answer, crypto(0, server_hello(29))),
   }
end

-- Two connections of one flow, both by clients without an id of their own; and packets whose tag,
-- or version, is wrong.
local function crowd()
   local one, two = { dcid = "crowd001", to = 1200 }, { dcid = "crowd002", to = 1200 }
   local wrong = initial({ dcid = "crowd003", to = 1200 }, crypto(0, client_hello "wrong.example"))
   local function answer(cid)
      return "<" .. initial({ cid = cid, scid = "server05", server = true },
         crypto(0, server_hello(29)))
   end
   return {
      ">" .. initial(one, crypto(0, client_hello "one.example")),
      ">" .. initial(two, crypto(0, client_hello "two.example")),
      ">" .. wrong:sub(1, -2) .. u8(255 - wrong:byte(-1)),
      ">" .. wrong:sub(1, 1) .. DRAFT_29 .. wrong:sub(6),
      answer "crowd002", answer "crowd001",
   }
end

local GOOGLE = {
   { "PAD\0", ("-"):rep(400) }, { "SNI\0", "google.example" }, { "VER\0", "Q043" },
   { "CCS\0", ("\1"):rep(16) }, { "UAID", "dev Weir/1 sample" }, { "PDMD", "X509" },
   { "ICSL", u32(30) },
}

local HASH = ("h"):rep(12)

-- Frames of stream 1: little-endian before Q039; ended by the packet, or with their size.
local function stream(offset, data)
   return u8(offset > 0 and 0xa4 or 0xa0, 1) .. (offset > 0 and u16(offset) or "") .. u16(#data) ..
      data
end

-- Google's versions, whose hello comes in two packets, the second part first.
local function google()
   local hello = chlo(GOOGLE)
   local function q043(n, frames)
      return ">" .. u8(0x09) .. "google43" .. "Q043" .. u8(n) .. HASH .. frames ..
         ("\0"):rep(1000 - #frames)
   end
   local function q046(n, frames)
      return ">" .. u8(0xc3) .. "Q046" .. u8(0x50) .. "google46" .. u32(n) .. HASH .. frames
   end
   return { q043(2, stream(300, hello:sub(301))), q043(1, stream(0, hello:sub(1, 300))) },
      { q046(1, stream(0, hello:sub(1, 300))), q046(2, stream(300, hello:sub(301))) }
end

-- Q050 has the old hello in new packets, T051 the new hello.
local function google_sealed()
   local function frames(data) return u8(8) .. number(0) .. number(#data) .. data end
   return {
      ">" .. initial({ version = "Q050", dcid = "google50", to = 1200 }, frames(chlo(GOOGLE))),
   }, {
      ">" .. initial({ version = "T051", dcid = "google51", to = 1200 },
         frames(client_hello "tls.google.example")),
   }
end

quic["quic-seldom.pcap"] = function ()
   local frames = {}
   local q043, q046 = google()
   local q050, t051 = google_sealed()
   for i, datagrams in ipairs {
      crumbs(), two_hellos(), refused(), compatible(), crowd(), q043, q046, q050, t051,
   } do
      say(frames, 40010 + i, datagrams, i % 2 == 0 and 6 or 4)
   end
   return frames
end

return quic

-- Captures beside the extensions that follow PATHspider's chains.  Each conversation is a case,
-- with the port of its client as its number.

local frame = require "frame"
local talk  = require "talk"

local chain = {}

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex
local tcp, udp = talk.tcp, talk.udp

local function datagram(id, at, more, bytes)
   local part = { protocol = 17, bytes = bytes }
   return talk.frame(">", part, { ip = { id = id, at = at, flags = more } })
end

-- Short frames are padded, which octets of IP do not count; one datagram comes in two fragments.
chain["features/basic.pcap"] = function ()
   local page, name = tcp { port = 1 }, udp { port = 2, to = 53, v = 6 }
   local whole = frame.sealed(frame.udp(3, 7, ("x"):rep(24)), frame.address(frame.client.ip4),
      frame.address(frame.server.ip4))
   local id = u16(4660, 1)
   return {
      frame.padded(page ">S"), frame.padded(page "<SA"), frame.padded(page ">A"),
      page(">PA", { data = "GET / HTTP/1.1\r\n\r\n" }),
      page("<PA", { data = "HTTP/1.1 204 \r\n\r\n" }),
      name(">", { data = ("q"):rep(20) }), name("<", { data = ("a"):rep(36) }),
      datagram(7, 0, 1, whole:sub(1, 16)), datagram(7, 16, 0, whole:sub(17)),
      talk.frame(">", frame.icmp(8, 0, id, "hello"), {}),
      talk.frame("<", frame.icmp(0, 0, id, "hello"), {}),
      talk.frame(">", frame.icmp6(128, 0, id, "hello"), { v = 6 }),
   }
end

chain["features/tcp.pcap"] = function ()
   local whole, reset, lone = tcp { port = 1 }, tcp { port = 2, v = 6 }, tcp { port = 3 }
   local fallback, half, refused = tcp { port = 4 }, tcp { port = 5, v = 6 }, tcp { port = 6 }
   local unanswered, both = tcp { port = 7 }, tcp { port = 8 }
   return {
      whole ">S", whole "<SA", whole ">A", whole(">PA", { data = "hello" }), whole "<FA",
      whole ">FA", whole "<A",
      reset ">S", reset "<SA", reset ">A", reset "<RA",
      lone ">R",
      fallback ">SEC", fallback ">S", fallback "<SA", fallback ">A",
      half ">S", half "<SA", half ">A", half ">FA", half "<A",
      refused ">S", refused "<RA",
      unanswered ">S", unanswered ">S", unanswered ">R",
      both "<SA", both ">R",                             -- an answer to a SYN of nobody's
   }
end

-- Marks in the last two bits of the traffic class.
local ECT1, ECT0, CE = { tos = 1 }, { tos = 2 }, { tos = 3 }

chain["features/ecn.pcap"] = function ()
   local both, six, syn = tcp { port = 1 }, tcp { port = 2, v = 6 }, tcp { port = 3 }
   local message, idle = udp { port = 4, to = 443 }, tcp { port = 5 }
   local marked = syn(">SEC", { ip = CE })
   return {
      both ">SEC", both "<SAE", both ">A", both(">PA", { data = "hello", ip = ECT0 }),
      both("<PA", { data = "hello", ip = ECT0 }), both("<PA", { data = "again", ip = CE }),
      both ">AE",
      six(">SEC", { ip = ECT0 }), six("<SAE", { ip = ECT0 }), six ">A",
      six(">PA", { data = "hello", ip = ECT1 }), six("<PA", { data = "hello" }),
      marked, talk.error(marked, {}),
      message(">", { ip = ECT1 }), message("<", { ip = CE }),
      idle ">S", idle "<SA", idle(">A", { ip = CE }),      -- an acknowledgement is no data
   }
end

chain["features/dscp.pcap"] = function ()
   local EF, CS1, CS6 = { tos = 46 * 4 }, { tos = 8 * 4 }, { tos = 48 * 4 + 2 }
   local late, six, again = tcp { port = 1 }, tcp { port = 2, v = 6 }, tcp { port = 3 }
   local voice, bleached = udp { port = 4, to = 5004 }, tcp { port = 5 }
   return {
      late(">S", { ip = EF }), late "<SA", late(">A", { ip = CS1 }),
      late(">PA", { data = "hello" }), late(">PA", { data = "again", ip = EF }),
      late(">PA", { data = "more", ip = CS1 }), late("<PA", { data = "hello", ip = CS1 }),
      six(">S", { ip = CS6 }), six("<SA", { ip = CS6 }), six(">A", { ip = CS6 }),
      six(">PA", { data = "hello", ip = CS6 }),
      again(">S", { ip = CS6 }), again ">S",
      voice(">", { ip = EF }), voice("<", { ip = EF }),
      bleached ">S", bleached "<SA", bleached ">A", bleached(">PA", { data = "hello" }),
      bleached("<PA", { data = "hello" }),
   }
end

local function mss(value) return { options = u8(2, 4) .. u16(value) } end

chain["features/mss.pcap"] = function ()
   local four, six, none = tcp { port = 1 }, tcp { port = 2, v = 6 }, tcp { port = 3 }
   local odd, zero, empty = tcp { port = 4 }, tcp { port = 5 }, tcp { port = 6, v = 6 }
   local again, twice, beyond = tcp { port = 7 }, tcp { port = 8 }, tcp { port = 9 }
   return {
      four(">S", mss(1460)), four("<SA", mss(1452)), four(">A", mss(9000)),
      six(">S", mss(1440)), six("<SA", mss(1360)),
      none ">S", none("<SA", mss(1460)),
      odd(">S", { options = hex "02 05 0005b4" }), odd "<SA",      -- a value of three bytes
      zero(">S", { options = hex "02 00 05b4" }), zero("<SA", { options = hex "08 00 02 04 05b4" }),
      empty(">S", { options = hex "02 02" }), empty("<SA", mss(1360)),
      again(">S", mss(1460)), again ">S", again("<SA", mss(1400)), again("<SA", mss(536)),
      twice(">S", { options = hex "01 02 04 05b4 02 04 0218" }),
      beyond(">S", { options = hex "01 01 02 09" }),
   }
end

local STAMPS, SCALE, SACK = u8(8, 10) .. u32(1, 0), u8(3, 3, 7), u8(4, 2)

chain["features/tcpopt.pcap"] = function ()
   local all, some, six = tcp { port = 1 }, tcp { port = 2 }, tcp { port = 3, v = 6 }
   local none, unasked, silent = tcp { port = 4 }, tcp { port = 5 }, tcp { port = 6, v = 6 }
   local offer, name = { options = SACK .. STAMPS .. SCALE }, udp { port = 7, to = 53 }
   return {
      all(">S", offer), all("<SA", offer),
      some(">S", offer), some("<SA", { options = STAMPS }), some("<SA", offer),
      six(">S", offer), six("<SA", { options = SACK .. SCALE }),
      none(">S", offer), none "<SA", unasked ">S", unasked("<SA", { options = SACK }),
      silent(">S", offer), name ">",
   }
end

-- Fast Open's option: kind 34, or one for experiments, with a cookie or asking for one.
local function fast_open(kind, cookie, data, ack)
   local inside = (kind == 34 and "" or u16(0xf989)) .. cookie
   return { options = u8(kind, 2 + #inside) .. inside, data = data, ack = ack }
end

chain["features/tfo.pcap"] = function ()
   local cookie, data = "\1\2\3\4\5\6\7\8", ("x"):rep(39)
   local asks, old, newer = tcp { port = 1 }, tcp { port = 2, v = 6 }, tcp { port = 3 }
   local taken, left, again = tcp { port = 4 }, tcp { port = 5, v = 6 }, tcp { port = 6 }
   local other, plain = tcp { port = 7 }, tcp { port = 8 }
   return {
      asks(">S", fast_open(34, "")), asks("<SA", fast_open(34, cookie)), asks ">A",
      old(">S", fast_open(254, "")), old("<SA", fast_open(254, cookie)),
      newer(">S", fast_open(255, "")), newer("<SA", fast_open(255, cookie)),
      taken(">S", fast_open(34, cookie, data)), taken "<SA",
      left(">S", fast_open(254, cookie, data)), left("<SA", { ack = 1001 }),
      again(">S", fast_open(255, cookie, data)), again ">S", again "<SA",  -- it asks for less
      other(">S", { options = hex "fe 06 e2d4c3d9" }), other("<SA", fast_open(34, cookie)),
      plain ">S", plain "<SA",
   }
end

local EVIL = { flags = 4 }

chain["features/evilbit.pcap"] = function ()
   local marked, data, six = tcp { port = 1 }, tcp { port = 2 }, tcp { port = 3, v = 6 }
   local name = udp { port = 4, to = 53 }
   return {
      marked(">S", { ip = EVIL }), marked "<SA", marked ">A", marked(">PA", { data = "hello" }),
      marked("<PA", { data = "hello", ip = EVIL }), marked("<PA", { data = "again" }),
      data ">S", data("<SA", { ip = EVIL }), data(">A", { ip = EVIL }),
      data(">PA", { data = "hello", ip = EVIL }),
      six ">S", six "<SA",
      name(">", { ip = EVIL }), name "<",
   }
end

-- Only the first two are about a packet, and reach who sent it: those flows end, so that what the
-- first client says 20 seconds later is another flow.
chain["features/icmp.pcap"] = function ()
   local closed, six, mute = udp { port = 1, to = 7 }, tcp { port = 2, v = 6 }, udp { port = 3 }
   local short, late, astray = udp { port = 4 }, udp { port = 5 }, udp { port = 6 }
   local lost, syn, answer = closed ">", six ">S", astray "<"
   local id = u16(4660, 1)
   return {
      lost, talk.error(lost, {}), syn, talk.error(syn, { v = 6 }),
      mute ">", talk.error(mute ">", { code = 1, kept = 0 }),
      short ">", talk.error(short ">", { code = 2, kept = 22 }),  -- not even the ports
      late ">", talk.error(late ">", { type = 11, code = 0 }),     -- its time was exceeded
      astray ">", answer, talk.error(answer, { code = 4, toward = frame.server }),
      talk.frame(">", frame.icmp(8, 0, id, "hello"), {}),
      closed(">", { at = 20 }),
   }
end

chain["features/udp.pcap"] = function ()
   local none, six, last = udp { port = 1 }, udp { port = 2, v = 6 }, udp { port = 3 }
   return {
      none(">", { sum = 0 }), none "<", six(">", { sum = 0 }), six("<", { sum = 0 }),
      last(">", { sum = 0 }), last ">", tcp { port = 4 } ">S",
   }
end

return chain

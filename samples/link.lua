-- Captures of one conversation on each type of link: two UDP packets over IPv4 and two over IPv6.
-- Each function returns the frames and the options of file.pcap.

local frame = require "frame"

local link = {}

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex
local client, router, server = frame.client, frame.router, frame.server
local llc, air = frame.llc, frame.air

local hello, answer = frame.udp(40000, 7, "hello"), frame.udp(7, 40000, "hello")
local out4, back4 = frame.ip4(client, server, hello), frame.ip4(server, client, answer)
local out6, back6 = frame.ip6(client, server, hello), frame.ip6(server, client, answer)

-- In the byte order of the machine that captured.
local function le16(n) return u16(n):reverse() end
local function le32(n) return u32(n):reverse() end

-- ---- without addresses --------------------------------------------------------

link["raw.pcap"] = function () return { out4, back4, out6, back6 }, { link = 101 } end

-- The family of addresses, in the byte order of the machine that captured.
link["null.pcap"] = function ()
   local four, six = le32(2), le32(30)
   return { four .. out4, four .. back4, six .. out6, six .. back6 }, { link = 0 }
end

link["ppp.pcap"] = function ()
   return {
      hex "ff03 c021 09 01 0008 12345678",              -- LCP: are you there?
      hex "ff03 0021" .. out4, hex "0021" .. back4,     -- with and without address and control
      hex "ff03 0057" .. out6, hex "57" .. back6,       -- and with the protocol in one byte
   }, { link = 9 }
end

link["hdlc.pcap"] = function ()
   return {
      hex "8f 00 8035" .. u32(2, 1, 0) .. hex "ffff",   -- to everybody: is the link alive?
      hex "0f 00 0800" .. out4, hex "0f 00 0800" .. back4,
      hex "0f 00 86dd" .. out6, hex "0f 00 86dd" .. back6,
   }, { link = 104 }
end

link["frame-relay.pcap"] = function ()
   local circuit = hex "18 41"                          -- number 100
   return {
      hex "00 01 03 08 00 75 01 01 01 03 02 01 00",     -- circuit 0: is the link alive?
      circuit .. hex "03 cc" .. out4,                   -- as RFC 2427 says
      circuit .. hex "0800" .. back4,                   -- as Cisco does it
      circuit .. hex "03 00 80 000000 86dd" .. out6,    -- with SNAP
      hex "18 40 00 01 03 00 8e" .. back6,              -- an address of four bytes, and padding
   }, { link = 107 }
end

-- Linux' netfilter log: attributes, one of which is the packet.
link["nflog.pcap"] = function ()
   local function attribute(type, value)
      return le16(4 + #value) .. le16(type) .. value .. ("\0"):rep(-#value % 4)
   end
   local function logged(family, type, packet)
      return u8(family, 0) .. u16(5) .. attribute(1, u16(type) .. u8(3, 0)) ..
         attribute(10, "a prefix\0") .. attribute(9, packet)
   end
   return {
      logged(2, 0x0800, out4), logged(2, 0x0800, back4),
      logged(10, 0x86dd, out6), logged(10, 0x86dd, back6),
   }, { link = 239 }
end

-- ---- with addresses -------------------------------------------------------------

-- The same frames on both kinds of cooked link: cooked(from, way, type, packet) makes one.
local function exchange(cooked)
   return {
      cooked(client, 4, 0x0806, frame.arp(1, client, router)),
      cooked(router, 0, 0x0806, frame.arp(2, router, client)),
      cooked(client, 4, 0x0800, out4), cooked(server, 0, 0x0800, back4),
      cooked(client, 4, 0x86dd, out6), cooked(server, 0, 0x86dd, back6),
   }
end

link["sll.pcap"] = function ()
   local function cooked(from, way, type, packet)
      return u16(way, 1, 6) .. hex(from.ether) .. u16(0, type) .. packet
   end
   return exchange(cooked), { link = 113 }
end

link["sll2.pcap"] = function ()
   local function cooked(from, way, type, packet)
      return u16(type, 0) .. u32(3) .. u16(1) .. u8(way, 6) .. hex(from.ether) .. u16(0) .. packet
   end
   return exchange(cooked), { link = 276 }
end

local point, other = { ether = "02:00:5e:00:53:31" }, { ether = "02:00:5e:00:53:32" }
local everybody = { ether = "ff:ff:ff:ff:ff:ff" }
local TO, FROM, PROTECTED = 1, 2, 64

local function wireless()
   local inner = llc(0x86dd, back6)
   local aggregate = hex(client.ether) .. hex(server.ether) .. u16(#inner) .. inner
   return {
      air(0x80, 0, everybody, point, point, u32(0, 0) .. u16(100, 1) .. hex "00 04" .. "weir"),
      air(0x08, TO, point, client, server, llc(0x0800, out4)),
      air(0x88, FROM, client, point, server, hex "0000" .. llc(0x0800, back4)),
      air(0x08, TO + FROM, other, point, server, hex(client.ether) .. llc(0x86dd, out6)),
      air(0x88, FROM, client, point, point, hex "8000" .. aggregate),
      air(0x08, TO + PROTECTED, point, client, server, u32(0, 0) .. "nobody can read this"),
   }
end

link["wireless.pcap"] = function () return wireless(), { link = 105 } end

link["radiotap.pcap"] = function ()
   local frames = wireless()
   for i, bytes in ipairs(frames) do                    -- one field: 54 Mbit/s
      frames[i] = u8(0, 0) .. le16(9) .. le32(4) .. u8(108) .. bytes
   end
   return frames, { link = 127 }
end

link["ppi.pcap"] = function ()
   local function informed(type, fields, bytes)
      return u8(0, 0) .. le16(8 + #fields) .. le32(type) .. fields .. bytes
   end
   local air_only = u32(0, 0) .. le16(0) .. le16(108) .. le16(2412) .. le16(0xa0) .. u16(0, 0)
   local fields = le16(2) .. le16(#air_only) .. air_only
   return {
      informed(1, "", frame.ethernet(client, server, out4)),
      informed(105, fields, air(0x08, FROM, client, point, server, llc(0x0800, back4))),
      informed(1, fields, frame.ethernet(client, server, out6)),
      informed(101, "", back6),
   }, { link = 192 }
end

-- ---- the file ------------------------------------------------------------------------

link["unknown-link.pcap"] = function ()
   return { "no decoder knows", "what these bytes mean" }, { link = 147 }
end

link["bigendian-ns.pcap"] = function ()
   local frames = {}
   for i, packet in ipairs { out4, back4, out6, back6 } do
      local from, to = client, server
      if i % 2 == 0 then from, to = to, from end
      frames[i] = { frame.ethernet(from, to, packet), nanoseconds = 123456780 + i }
   end
   return frames, { big = true, nano = true }
end

return link

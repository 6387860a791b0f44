-- Captures of packets inside other packets: VLAN, MPLS, PPPoE and the tunnels.

local frame = require "frame"

local envelope = {}

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex
local client, server, near, far = frame.client, frame.server, frame.near, frame.far
local ethernet, udp = frame.ethernet, frame.udp

-- What is carried by all of them.
local inner4 = frame.ip4(client, server, udp(40000, 7, "hello"))
local inner6 = frame.ip6(client, server, udp(40000, 7, "hello"))
local inner  = ethernet(client, server, inner4)

-- ---- below IP ---------------------------------------------------------------------

-- `tags` are { type, number, type, number, … }, outermost first.
local function tagged(tags, packet, type)
   for i = #tags - 1, 1, -2 do
      packet, type = u16(tags[i + 1], type) .. packet, tags[i]
   end
   return ethernet(client, server, packet, type)
end

envelope["vlan.pcap"] = function ()
   local asks = frame.arp(1, client, frame.router)
   return {
      tagged({ 0x8100, 10 }, asks, 0x0806),
      tagged({ 0x8100, 10 }, inner4, 0x0800),
      tagged({ 0x8100, 0xa00a }, inner6, 0x86dd),       -- number 10, priority 5
      tagged({ 0x88a8, 100, 0x8100, 10 }, inner4, 0x0800),
      tagged({ 0x88a8, 100, 0x8100, 10 }, inner6, 0x86dd),
      tagged({ 0x88a8, 100, 0x8100, 20, 0x8100, 30 }, inner4, 0x0800),
   }
end

-- Network services' header: what the packet is, and the path that it is to take.
local function nsh(next, packet)
   return u16(0x0fc2) .. u8(2, next) .. u32(7 * 256 + 255) .. packet
end

envelope["tags.pcap"] = function ()
   local virtual = u32(0x80010002) .. u16(0x0800) .. inner4
   local extension = u16(0x2000, 100, 0) .. u16(0x86dd) .. inner6
   local metadata = hex "01 01 0001 0064" .. u16(0x0800) .. inner4
   local backbone = u16(0, 5) .. inner
   local fabric = u16(0x0464) .. inner
   return {
      ethernet(near, far, virtual, 0x8926), ethernet(near, far, extension, 0x893f),
      ethernet(near, far, metadata, 0x8909),
      ethernet(near, far, u16(100, 0x88e7) .. backbone, 0x88a8),
      ethernet(near, far, fabric, 0x8903),
      ethernet(near, far, nsh(1, inner4), 0x894f), ethernet(near, far, nsh(2, inner6), 0x894f),
      ethernet(near, far, nsh(3, inner), 0x894f),
   }
end

local function labelled(labels, packet)
   local out = {}
   for i, label in ipairs(labels) do
      out[i] = u32(label * 4096 + (i == #labels and 256 or 0) + 64)
   end
   return ethernet(near, far, table.concat(out) .. packet, 0x8847)
end

envelope["mpls.pcap"] = function ()
   local control_word = u32(0)
   return {
      labelled({ 16001 }, inner4), labelled({ 16001 }, inner6),
      labelled({ 16001, 16002, 16003 }, inner4), labelled({ 16001, 16002, 16003 }, inner6),
      labelled({ 16004 }, control_word .. inner),
   }
end

envelope["pppoe.pcap"] = function ()
   local everybody = { ether = "ff:ff:ff:ff:ff:ff" }
   local function session(from, to, protocol, packet)
      return ethernet(from, to,
         hex "11 00 002a" .. u16(2 + #packet, protocol) .. packet, 0x8864)
   end
   local any_service, host = u16(0x0101, 0), u16(0x0103, 4) .. "weir"
   local discovery = any_service .. host
   return {
      ethernet(client, everybody, hex "11 09 0000" .. u16(#discovery) .. discovery, 0x8863),
      session(client, server, 0xc021, hex "09 01 0008 12345678"),
      session(client, server, 0x0021, inner4),
      session(client, server, 0x0057, inner6),
   }
end

-- ---- above IP -----------------------------------------------------------------------

local function outer4(carried) return frame.ip4(near, far, carried) end
local function outer6(carried) return frame.ip6(near, far, carried) end

local function gre(flags, type, fields, bytes)
   return { protocol = 47, bytes = u16(flags, type) .. fields .. bytes }
end

-- GRE as PPTP has it: the key is a length and a call; numbers of what is sent and what was seen.
local function pptp(bytes)
   return gre(0x3081, 0x880b, u16(#bytes, 7) .. u32(1, 0), bytes)
end

local function erspan(bytes)
   local version_and_vlan, session = u16(0x1000 + 10), u16(7)
   return gre(0x1000, 0x88be, u32(1), version_and_vlan .. session .. u32(0) .. bytes)
end

local function vxlan(bytes)
   return udp(49152, 4789, u32(0x08000000, 42 * 256) .. bytes, { sum = 0 })
end

local function geneve(bytes)
   local option = u16(0xff01) .. u8(1, 1) .. "weir"
   return udp(49152, 6081, u8(2, 0) .. u16(0x6558) .. u32(42 * 256) .. option .. bytes)
end

local function gtp(bytes)
   return udp(2152, 2152, u8(0x30, 255) .. u16(#bytes) .. u32(0x01020304) .. bytes)
end

local function gtp_extended(bytes)
   local session = u8(0x85, 1, 0x10, 9, 0)      -- PDU session: upwards, flow 9; nothing follows
   return udp(2152, 2152, u8(0x34, 255) .. u16(3 + #session + #bytes) .. u32(0x01020304) ..
      u16(0) .. u8(0) .. session .. bytes)
end

-- The origin's port and address are written inverted, against translators that mean well.
local function teredo(bytes)
   local origin = (u16(40000) .. frame.address "203.0.113.9"):gsub(".", function (byte)
      return string.char(255 - byte:byte())
   end)
   return udp(3544, 49152, u16(0) .. origin .. bytes)
end

envelope["tunnels.pcap"] = function ()
   local four, six = { protocol = 4, bytes = inner4 }, { protocol = 41, bytes = inner6 }
   local nested = outer4(vxlan(inner))
   local frames = {
      outer4(four), outer4(six), outer6(four), outer6(six),
      outer4(gre(0x2000, 0x0800, u32(99), inner4)),
      outer4(gre(0, 0x6558, "", inner)),
      outer4(pptp(hex "ff03 0021" .. inner4)),
      outer4(vxlan(inner)), outer4(geneve(inner)),
      outer4(gtp(inner4)), outer4(gtp_extended(inner4)),
      outer4(teredo(inner6)), outer4(erspan(inner)),
      outer4(gre(0, 0x0800, "", nested)),
   }
   for i, packet in ipairs(frames) do frames[i] = ethernet(near, far, packet) end
   return frames
end

return envelope

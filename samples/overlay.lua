-- Captures of tunnels on UDP that envelope.lua does not have: those of access points, and others.

local frame = require "frame"

local overlay = {}

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex
local client, server, near, far = frame.client, frame.server, frame.near, frame.far
local ethernet, udp = frame.ethernet, frame.udp

-- What is carried by all of them.
local inner4 = frame.ip4(client, server, udp(40000, 7, "hello"))
local inner6 = frame.ip6(client, server, udp(40000, 7, "hello"))
local inner  = ethernet(client, server, inner4)

-- ---- what access points send on ----------------------------------------------------------

local NATIVE, PART, LAST, ALIVE = 0x100, 0x80, 0x40, 0x08       -- and what kind of frame it is
local WIRELESS = NATIVE + 1 * 0x200

-- `part` is the number of the frame that this is a part of, and where the part begins.
local function capwap(flags, bytes, part)
   return u32(2 * 2 ^ 19 + 1 * 2 ^ 14 + flags) .. u16(unpack(part or { 0, 0 })) .. bytes
end

-- As many controllers and access points write numbers, against the standard.
local function swapped(bytes)
   return bytes:sub(2, 2) .. bytes:sub(1, 1) .. bytes:sub(3, 22) .. u16(17 * 16) .. bytes:sub(25)
end

overlay["capwap.pcap"] = function ()
   local point, controller = near, far
   local function up(bytes)
      return ethernet(point, controller, frame.ip4(point, controller, udp(12380, 5247, bytes)))
   end
   local function down(bytes)
      return ethernet(controller, point, frame.ip4(controller, point, udp(5247, 12380, bytes)))
   end
   local to_point = frame.air(0x08, 1, point, client, server, frame.llc(0x0800, inner4))
   local from_point = frame.air(0x08, 2, client, point, server, frame.llc(0x86dd, inner6))
   local probe = frame.air(0x40, 0, point, client, point, hex "00 04" .. "weir")
   local long = udp(40000, 7, ("x"):rep(80))
   local halved = ethernet(client, server, frame.ip4(client, server, long))
   local radio = u32(4 * 2 ^ 19 + 1 * 2 ^ 14 + WIRELESS + 0x20) .. u32(0) .. u8(4, 0) .. u16(0) ..
      u32(0)
   return {
      up(capwap(WIRELESS, to_point)),
      up(radio .. swapped(to_point)), down(capwap(WIRELESS, swapped(from_point))),
      down(capwap(0, inner)), up(capwap(WIRELESS, probe)),
      up(capwap(PART, halved:sub(1, 64), { 1, 0 })),
      up(capwap(PART + LAST, halved:sub(65), { 1, 64 })),
      up(capwap(ALIVE, u16(22, 35, 16) .. ("\0"):rep(16))),
      up(u8(1, 0, 0, 0) .. "encrypted, as nobody can see"),
   }
end

-- ---- others ----------------------------------------------------------------------------------

-- From a client of Teredo's.  Its address has the server's, and its own port and address, inverted.
local function from_teredo(to, trailer)
   local client6 = { ip6 = "2001:0:cb00:7102:8000:63bf:34ff:8ef6" }
   return udp(3797, to, frame.ip6(client6, server, udp(40000, 7, "hello")) .. (trailer or ""))
end

-- Version 2: tunnel 7 and session 9 before PPP.
local function l2tp(flags, fields, bytes)
   local ids = u16(7, 9) .. fields
   local length = flags >= 0x4000 and u16(4 + #ids + #bytes) or ""
   return udp(1701, 1701, u16(flags + 2) .. length .. ids .. bytes)
end

-- The sender's identity is an address, its signature a SHA-1.
local function ayiya(bytes)
   return udp(40072, 5072, u8(0x41, 0x52, 0x11, 41) .. u32(1767225600) ..
      frame.address(near.ip6) .. ("\90"):rep(20) .. bytes)
end

local function tzsp(link, bytes)
   return udp(40008, 37008, u8(1, 0) .. u16(link) .. u8(0, 10, 1, 200, 1) .. bytes)
end

local function mpls(bytes) return udp(49152, 6635, u32(16001 * 4096 + 256 + 64) .. bytes) end

local function gre(flags, type, fields, bytes)
   return udp(49152, 4754, u16(flags, type) .. fields .. bytes)
end

local function vxlan(port, next, bytes)
   return udp(49152, port, u8(next > 0 and 0x0c or 0x08) .. u16(0) .. u8(next) .. u32(42 * 256) ..
      bytes)
end

overlay["overlays.pcap"] = function ()
   local air = frame.air(0x08, 1, near, client, server, frame.llc(0x0800, inner4))
   local path = u16(0x0fc2) .. u8(2, 3) .. u32(7 * 256 + 255)           -- NSH
   local ppp = hex "ff03 0021" .. inner4
   local frames = {
      from_teredo(3544), from_teredo(3544, hex "04 04" .. u32(1)), from_teredo(32900),
      l2tp(0, "", ppp), l2tp(0x4000, "", ppp), l2tp(0x4a00, u16(1, 1, 2, 0), ppp),
      ayiya(inner6), tzsp(1, inner), tzsp(18, air),
      mpls(inner4), mpls(u32(0) .. inner), gre(0x2000, 0x86dd, u32(99), inner6),
      vxlan(8472, 0, inner), vxlan(4790, 3, inner), vxlan(4790, 4, path .. inner),
      { protocol = 137, bytes = u32(16001 * 4096 + 256 + 64) .. inner4 },
      { protocol = 47, bytes = u16(0, 0x8200) .. air },
   }
   for i, packet in ipairs(frames) do
      frames[i] = ethernet(near, far, frame.ip4(near, far, packet))
   end
   return frames
end

return overlay

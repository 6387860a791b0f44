-- Captures in which machines get addresses, find the time and each other: DHCP, NTP, SSDP, ARP and
-- neighbour discovery.

local frame = require "frame"
local talk  = require "talk"

local u8, u16, u32, hex, address = frame.u8, frame.u16, frame.u32, frame.hex, frame.address

local lease = {}

-- ---- DHCP --------------------------------------------------------------------------------

local function option(code, data) return u8(code, #data) .. data end

local function mac(host) return hex(host.ether) end

-- A message: `o` has addresses of the header, and what the fields hold that are free for options.
local function dhcp(op, id, options, o)
   o = o or {}
   local none = "0.0.0.0"
   local function field(text, size) return (text or "") .. ("\0"):rep(size - #(text or "")) end
   return u8(op, 1, 6, 0) .. u32(id) .. u16(0, 0) .. address(o.client or none) ..
      address(o.yours or none) .. address(o.server or none) .. address(o.relay or none) ..
      field(mac(frame.client), 16) .. field(o.sname, 64) .. field(o.file, 128) ..
      hex "63825363" .. options .. "\255"
end

local ANYBODY = { ip4 = "0.0.0.0", ip6 = "fe80::10", ether = frame.client.ether }
local EVERYBODY = { ip4 = "255.255.255.255", ip6 = "ff02::1:2", ether = "ff:ff:ff:ff:ff:ff" }

local function type(n) return option(53, u8(n)) end

local function addresses(code, ...)
   local list = {}
   for i, text in ipairs { ... } do list[i] = address(text) end
   return option(code, table.concat(list))
end

local function asking()
   local name = option(12, "desk") .. option(60, "sample-client 1.0")
   local id = option(61, "\1" .. mac(frame.client))
   local asked = option(55, u8(1, 3, 6, 15, 119))
   local given = addresses(54, "192.0.2.1") .. option(51, u32(3600)) .. option(58, u32(1800)) ..
      option(59, u32(3150)) .. addresses(1, "255.255.255.0") .. addresses(3, "192.0.2.1") ..
      addresses(6, "192.0.2.53", "198.51.100.53") .. option(15, "home.example.org") ..
      option(119, "\4home\7example\3org\0" .. "\192\5") .. addresses(42, "192.0.2.123")
   local up = talk.udp { port = 68, to = 67, ends = { ANYBODY, EVERYBODY } }
   local down = talk.udp { port = 68, to = 67, ends = { EVERYBODY, frame.router } }
   local renew = talk.udp { port = 68, to = 67, ends = { frame.client, frame.router } }
   return {
      up(">", { data = dhcp(1, 0x11, type(1) .. name .. id .. asked) }),
      down("<", { data = dhcp(2, 0x11, type(2) .. given, { yours = "192.0.2.10" }) }),
      up(">", { data = dhcp(1, 0x11, type(3) .. name .. id .. asked ..
         addresses(50, "192.0.2.10") .. addresses(54, "192.0.2.1") ..
         option(81, u8(5, 0, 0) .. "\4desk\7example\3org\0")) }),
      down("<", { data = dhcp(2, 0x11, type(5) .. given, { yours = "192.0.2.10" }) }),
      -- an option in two parts, of which the second is where a file's name would be
      renew(">", { data = dhcp(1, 0x12, type(3) .. option(52, u8(1)) .. option(12, "long-"),
         { client = "192.0.2.10", file = option(12, "name") .. "\255" }) }),
      renew("<", { data = dhcp(2, 0x12, type(6) .. addresses(54, "192.0.2.1") ..
         option(56, "not here"), { relay = "192.0.2.254", server = "192.0.2.2" }) }),
   }
end

local function option6(code, data) return u16(code, #data) .. data end

local function asking6()
   local up = talk.udp { port = 546, to = 547, v = 6, ends = { ANYBODY, EVERYBODY } }
   local relay = talk.udp { port = 547, to = 547, v = 6 }
   local duid = option6(1, u16(1, 1) .. u32(700000000) .. mac(frame.client))
   local server = option6(2, u16(3, 1) .. mac(frame.router))
   local asked = option6(6, u16(23, 24, 39))
   local name = option6(39, u8(1) .. "\4desk\7example\3org\0")
   local vendor = option6(16, u32(32473) .. u16(6) .. "sample")
   local function given(...)
      return option6(3, u32(7, 1800, 2880) .. table.concat { ... })
   end
   local one = option6(5, address "2001:db8::10" .. u32(3600, 7200))
   local prefix = option6(25, u32(8, 0, 0) ..
      option6(26, u32(3600, 7200) .. u8(56) .. address "2001:db8:0:100::"))
   local reply = u8(7) .. hex "abcdef" .. duid .. server .. given(one) .. prefix ..
      option6(23, address "2001:db8::53") .. option6(24, "\4home\7example\3org\0")
   return {
      up(">", { data = u8(1) .. hex "abcdef" .. duid .. asked .. name .. vendor .. given() }),
      relay("<", { data = u8(13, 0) .. address "2001:db8::1" .. address "fe80::10" ..
         option6(9, reply) }),
   }
end

local function all(...)
   local frames = {}
   for _, list in ipairs { ... } do
      for _, one in ipairs(list) do frames[#frames + 1] = one end
   end
   return frames
end

lease["dhcp.pcap"] = function () return all(asking(), asking6()) end

return lease

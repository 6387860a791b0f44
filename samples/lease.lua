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

-- ---- NTP ----------------------------------------------------------------------------------

local function stamp(seconds, fraction) return u32(seconds + 2208988800, fraction) end

local function clock(first, stratum, id, ...)
   return u8(first, stratum, 6, 0xe9) .. u32(0x1000, 0x0800) .. id .. table.concat { ... }
end

local function asking_time()
   local say = talk.udp { port = 40123, to = 123 }
   local none, sent = stamp(-2208988800, 0), stamp(1767225600, 0x80000000)
   return {
      say(">", { data = clock(0x23, 0, u32(0), none, none, none, sent) }),
      say("<", { data = clock(0x24, 2, address "192.0.2.123", stamp(1767225000, 0), sent,
         stamp(1767225600, 0xc0000000), stamp(1767225600, 0xc1000000)) }),
      say("<", { data = clock(0x1c, 1, "GPS\0", stamp(1767225000, 0), sent,
         stamp(1767225600, 0xc0000000), stamp(1767225600, 0xc1000000)) }),
      say(">", { data = hex "16 02 0001 0000 0000 0000 0000" }),          -- control: its variables
      say(">", { data = hex "17 00 03 2a 00000000" .. ("\0"):rep(40) }),  -- private: its peers
      say(">", { data = ("\255"):rep(48) }),                              -- not NTP
   }
end

-- ---- SSDP ---------------------------------------------------------------------------------

local GROUP = { ip4 = "239.255.255.250", ip6 = "ff02::c", ether = "01:00:5e:7f:ff:fa" }

local function lines(...) return table.concat({ ... }, "\r\n") .. "\r\n\r\n" end

local function looking()
   local search = talk.udp { port = 40190, to = 1900, ends = { frame.client, GROUP } }
   local answer = talk.udp { port = 40190, to = 1900, ends = { frame.client, frame.router } }
   local tell = talk.udp { port = 1900, to = 1900, ends = { frame.router, GROUP } }
   local media = "urn:schemas-upnp-org:device:MediaServer:1"
   local usn = "uuid:00000000-0000-4000-8000-000000000001::" .. media
   return {
      search(">", { data = lines("M-SEARCH * HTTP/1.1", "HOST: 239.255.255.250:1900",
         'MAN: "ssdp:discover"', "MX: 3", "ST: ssdp:all", "USER-AGENT: sample/1.0") }),
      answer("<", { data = lines("HTTP/1.1 200 OK", "CACHE-CONTROL: max-age=1800", "EXT:",
         "LOCATION: http://192.0.2.1:8200/root.xml", "SERVER: Sample/1.0 UPnP/1.0", "ST: " .. media,
         "USN: " .. usn) }),
      tell(">", { data = lines("NOTIFY * HTTP/1.1", "HOST: 239.255.255.250:1900", "NT: " .. media,
         "NTS: ssdp:alive", "USN: " .. usn, "Location:http://192.0.2.1:8200/root.xml") }),
      tell(">", { data = lines("HTTP/1.1 200 OK", "Content-Length: 0") }),    -- names no service
   }
end

-- ---- who is where ---------------------------------------------------------------------------

local function arp(op, from, to, asked)
   return frame.ethernet(from, to, u16(1, 0x0800) .. u8(6, 4) .. u16(op) .. mac(from) ..
      address(from.ip4) .. hex(asked or "00:00:00:00:00:00") .. address(to.ip4), 0x0806)
end

local function discovery(from, to, number, first, rest)
   return frame.ethernet(from, to, frame.ip6(from, to, frame.icmp6(number, 0, first, rest),
      { hops = 255 }))
end

local function neighbours()
   local ether = frame.client.ether
   local nobody = { ether = ether, ip4 = "0.0.0.0", ip6 = "::" }
   local me = { ether = "ff:ff:ff:ff:ff:ff", ip4 = frame.client.ip4, ip6 = "ff02::1:ff00:10" }
   local routers = { ether = "33:33:00:00:00:02", ip6 = "ff02::2" }
   local nodes = { ether = "33:33:00:00:00:01", ip6 = "ff02::1" }
   local fe80 = { ether = frame.router.ether, ip6 = "fe80::1" }
   local client, router = frame.client, frame.router
   local function link(code, host) return u8(code, 1) .. mac(host) end
   return {
      arp(1, nobody, me), arp(1, { ether = ether, ip4 = client.ip4 }, me),
      arp(1, client, { ether = me.ether, ip4 = router.ip4 }), arp(2, router, client, ether),
      discovery(nobody, me, 135, u32(0), address(client.ip6)),
      discovery(client, { ether = "33:33:ff:00:00:01", ip6 = "ff02::1:ff00:1" }, 135, u32(0),
         address(router.ip6) .. link(1, client)),
      discovery(router, client, 136, u32(0xe0000000), address(router.ip6) .. link(2, router)),
      discovery(client, routers, 133, u32(0), link(1, client)),
      discovery(fe80, nodes, 134, u8(64, 0x40) .. u16(1800), u32(0, 0) .. link(1, router) ..
         u8(5, 1) .. u16(0) .. u32(1500) .. u8(3, 4, 64, 0xc0) .. u32(86400, 14400, 0) ..
         address "2001:db8::" .. u8(25, 3) .. u16(0) .. u32(1200) .. address "2001:db8::53"),
      discovery(fe80, client, 137, u32(0), address "2001:db8::20" .. address "2001:db8:80::80"),
      discovery(fe80, nodes, 136, u32(0), address(router.ip6) .. u8(2, 0) .. u16(0, 0, 0)),
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

lease["ntp.pcap"] = asking_time
lease["ssdp.pcap"] = looking
lease["neighbours.pcap"] = neighbours

return lease

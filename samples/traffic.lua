-- Captures of everyday traffic.  Each function returns the frames and the options of file.pcap.

local bit = require "bit"

local frame = require "frame"

local traffic = {}

local u8, u16, u32, hex = frame.u8, frame.u16, frame.u32, frame.hex
local client, router, server = frame.client, frame.router, frame.server
local everybody = { ether = "ff:ff:ff:ff:ff:ff" }

-- ---- conversations -------------------------------------------------------------

local function name(text)
   return (text:gsub("([^.]+)%.?", function (label) return u8(#label) .. label end)) .. "\0"
end

local function dns_query(type)
   return frame.udp(40053, 53, u16(0x1d0c, 0x0100, 1, 0, 0, 0) .. name "www.example.org" ..
      u16(type, 1))
end

local function dns_answer(type, data)
   return frame.udp(53, 40053, u16(0x1d0c, 0x8180, 1, 1, 0, 0) .. name "www.example.org" ..
      u16(type, 1) .. u16(0xc00c, type, 1) .. u32(300) .. u16(#data) .. data)
end

-- A TCP connection: the function it returns makes the next segment, with the right numbers.
local function connection(port, peer_port)
   local seq, ticks = { [client] = 1000, [server] = 70000 }, { [client] = 0, [server] = 0 }
   return function (from, flags, data)
      local to = from == client and server or client
      local is_first, options = flags:find "S", ""
      ticks[from] = ticks[from] + 1
      if not flags:find "R" then
         options = hex(is_first and "02 04 05b4 04 02" or "01 01") .. "\8\10" ..
            u32(ticks[from], ticks[to]) .. hex(is_first and "01 03 03 07" or "")
      end
      local segment = frame.tcp {
         from = from == client and port or peer_port, to = from == client and peer_port or port,
         seq = seq[from], ack = flags:find "A" and seq[to] or 0,
         flags = flags, window = is_first and 64240 or 502, options = options, data = data,
      }
      seq[from] = seq[from] + #(data or "") + (flags:find "[SF]" and 1 or 0)
      return segment, from, to
   end
end

local GET = "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: sample/1.0\r\n" ..
            "Accept: text/html\r\n\r\n"
local PAGE = "<!doctype html><title>A sample</title><p>Hello.</p>\n"
local OK = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: sample/1.0\r\n" ..
           "Content-Type: text/html\r\nContent-Length: " .. #PAGE .. "\r\n\r\n" .. PAGE

traffic["web.pcap"] = function ()
   local function send(segment, from, to)
      return frame.padded(frame.ethernet(from, to, frame.ip4(from, to, segment)))
   end
   local page, reset = connection(40080, 80), connection(40081, 8080)
   return {
      frame.ethernet(client, everybody, frame.arp(1, client, router), 0x0806),
      frame.padded(frame.ethernet(router, client, frame.arp(2, router, client), 0x0806)),
      send(dns_query(1), client, router),
      send(dns_answer(1, frame.address(server.ip4)), router, client),
      send(page(client, "S")), send(page(server, "SA")), send(page(client, "A")),
      send(page(client, "PA", GET)), send(page(server, "PA", OK)),
      send(page(client, "FA")), send(page(server, "FA")), send(page(client, "A")),
      send(reset(client, "S")), send(reset(server, "SA")), send(reset(client, "A")),
      send(reset(server, "RA")),
   }
end

-- ---- IPv6 ------------------------------------------------------------------------

local OPTIONS = hex "00 01 04 00000000"         -- header of 8 bytes, padding only

local function segment_routing(last)
   return u8(2, 4, 0, 0, 0) .. u16(0) .. frame.address(last.ip6)
end

local function authentication()
   return u8(4) .. u16(0) .. u32(256, 1) .. ("\170"):rep(12)
end

traffic["ipv6.pcap"] = function ()
   local group = { ether = "33:33:ff:00:00:01", ip6 = "ff02::1:ff00:1" }
   local hello, target = frame.udp(40000, 7, "hello"), frame.address(router.ip6)
   local ask = frame.icmp6(135, 0, u32(0), target .. "\1\1" .. hex(client.ether))
   local tell = frame.icmp6(136, 0, u32(0xe0000000), target .. "\2\1" .. hex(router.ether))
   local hop, route = { 0, OPTIONS }, { 43, segment_routing(server) }
   local options, ah = { 60, OPTIONS }, { 51, authentication() }
   local function send(carried, from, to, o)
      return frame.ethernet(from, to, frame.ip6(from, to, carried, o))
   end
   local function extended(...) return send(hello, client, server, { extras = { ... } }) end
   local page = connection(40080, 80)
   return {
      send(ask, client, group, { hops = 255 }), send(tell, router, client, { hops = 255 }),
      send(dns_query(28), client, router),
      send(dns_answer(28, frame.address(server.ip6)), router, client),
      send(page(client, "S")), send(page(server, "SA")), send(page(client, "A")),
      extended(), extended(hop), extended(route), extended(options), extended(ah),
      extended(hop, options, route, ah, options),
   }
end

-- ---- other transports --------------------------------------------------------------

traffic["icmp.pcap"] = function ()
   local function send(from, to, carried)
      return frame.ethernet(from, to, frame.ip4(from, to, carried))
   end
   local function send6(from, to, carried)
      return frame.ethernet(from, to, frame.ip6(from, to, carried))
   end
   local id, data = u16(4660, 1), "abcdefghijklmnop"
   local lost = frame.ip4(client, server, frame.udp(40007, 7, "is anybody there?"), { id = 7 })
   return {
      send(client, server, frame.icmp(8, 0, id, data)),
      send(server, client, frame.icmp(0, 0, id, data)),
      frame.ethernet(client, server, lost),
      send(server, client, frame.icmp(3, 3, u32(0), lost)),
      send6(client, server, frame.icmp6(128, 0, id, data)),
      send6(server, client, frame.icmp6(129, 0, id, data)),
   }
end

-- SCTP's checksum, CRC-32C, bit by bit; its bytes stand in reverse.
local function crc(bytes)
   local all = 0xffffffff
   for i = 1, #bytes do
      all = bit.bxor(all, bytes:byte(i))
      for _ = 1, 8 do
         local odd = bit.band(all, 1) == 1
         all = bit.rshift(all, 1)
         if odd then all = bit.bxor(all, 0x82f63b78) end
      end
   end
   return u32(bit.bnot(all) % 2 ^ 32):reverse()
end

local function sctp(from, tag, type, flags, value)
   local to = from == 40000 and 7 or 40000
   local chunk = u8(type, flags) .. u16(4 + #value) .. value .. ("\0"):rep(-#value % 4)
   local head = u16(from, to) .. u32(tag)
   return { protocol = 132, bytes = head .. crc(head .. u32(0) .. chunk) .. chunk }
end

traffic["sctp.pcap"] = function ()
   local mine, yours = 0x0a0a0a0a, 0x0b0b0b0b
   local cookie = "a cookie of the sample's own"
   local function send(...)
      return frame.ethernet(client, server, frame.ip4(client, server, sctp(40000, yours, ...)))
   end
   local function back(...)
      return frame.ethernet(server, client, frame.ip4(server, client, sctp(7, mine, ...)))
   end
   local init = u32(mine, 65536) .. u16(1, 1) .. u32(100)
   local first = sctp(40000, 0, 1, 0, init)             -- it cannot know the other's tag yet
   return {
      frame.ethernet(client, server, frame.ip4(client, server, first)),
      back(2, 0, u32(yours, 65536) .. u16(1, 1) .. u32(200) .. u16(7, 4 + #cookie) .. cookie),
      send(10, 0, cookie), back(11, 0, ""),
      send(0, 3, u32(100) .. u16(0, 0) .. u32(0) .. "hello"),
      back(3, 0, u32(100, 65536) .. u16(0, 0)),
      send(7, 0, u32(199)), back(8, 0, ""), send(14, 0, ""),
   }
end

return traffic

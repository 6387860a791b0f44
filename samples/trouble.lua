-- Captures with trouble in them: datagrams in fragments, frames and files that are cut, checksums
-- and clocks that are wrong, headers that lie.

local file = require "file"
local frame = require "frame"
local web = require("traffic")["web.pcap"]

local trouble = {}

local u8, u16, u32 = frame.u8, frame.u16, frame.u32
local client, server = frame.client, frame.server
local hello = frame.udp(40000, 7, "hello")

local function send(carried, o)
   return frame.ethernet(client, server, frame.ip4(client, server, carried, o))
end

local function send6(carried, o)
   return frame.ethernet(client, server, frame.ip6(client, server, carried, o))
end

-- ---- fragments ---------------------------------------------------------------------

-- A datagram to be cut up: a function that returns its fragment of the bytes from … to - 1, which
-- may begin with other bytes instead.  `send_part` makes the frame: send_part(bytes, at, more).
local function cut(whole, send_part)
   return function (from, to, instead)
      local start = instead or ""
      local part = start .. whole:sub(from + #start + 1, to)
      return send_part(part, from, from + #part < #whole and 1 or 0)
   end
end

-- UDP that carries `text`, with the checksum for these addresses.
local function sealed(text, from, to)
   return frame.sealed(frame.udp(40000, 7, text), frame.address(from), frame.address(to))
end

local function datagram4(id, text)
   return cut(sealed(text, client.ip4, server.ip4), function (bytes, at, more)
      return send({ protocol = 17, bytes = bytes }, { id = id, at = at, flags = more })
   end)
end

local function datagram6(id, text)
   return cut(sealed(text, client.ip6, server.ip6), function (bytes, at, more)
      local header = { 44, u8(0) .. u16(at + more) .. u32(id) }
      return send6({ protocol = 17, bytes = bytes }, { extras = { header } })
   end)
end

-- An overlap begins with other bytes than what is there already.
trouble["fragments.pcap"] = function ()
   local tidy = datagram4(101, "three fragments that come in order")
   local mixed = datagram4(102, "three fragments that come out of order")
   local twice = datagram4(103, "three fragments, the second of which overlaps")
   local lossy = datagram4(104, "three fragments, the second of which is missing")
   local tidy6 = datagram6(105, "two fragments that come in order")
   local twice6 = datagram6(106, "three fragments, the second of which overlaps")
   return {
      tidy(0, 16), tidy(16, 32), tidy(32),
      mixed(32), mixed(0, 16), mixed(16, 32),
      twice(0, 24), twice(16, 32, "XXXXXXXX"), twice(32),
      lossy(0, 16), lossy(32),
      tidy6(0, 24), tidy6(24),
      twice6(0, 24), twice6(16, 32, "XXXXXXXX"), twice6(32),
   }
end

-- ---- cut, wrong, late ----------------------------------------------------------------

trouble["truncated.pcap"] = function ()
   local frames = { unpack(web(), 1, 7) }
   local bytes = file.pcap(frames)
   return bytes:sub(1, #bytes - math.floor(#frames[7] / 2))
end

trouble["snapped.pcap"] = function ()
   local frames = web()
   for i, bytes in ipairs(frames) do frames[i] = { bytes:sub(1, 48), size = #bytes } end
   return frames, { snaplen = 48 }
end

trouble["bad-checksums.pcap"] = function ()
   local syn = { from = 40080, to = 80, flags = "S", sum = 0xbad0 }
   return {
      send(hello),                                              -- all right
      send(hello, { sum = 0xbad0 }),
      send(frame.udp(40000, 7, "hello", { sum = 0xbad0 })),
      send(frame.udp(40000, 7, "hello", { sum = 0 })),          -- none was made: not wrong
      send(frame.tcp(syn)),
      send(frame.icmp(8, 0, u16(4660, 1), "hello", { sum = 0xbad0 })),
      send6(frame.udp(40000, 7, "hello", { sum = 0xbad0 })),
      send6(frame.tcp(syn)),
   }
end

trouble["years.pcap"] = function ()
   local frames = {}
   for i, seconds in ipairs { 0, 2 ^ 31 - 1, 2 ^ 31, 2 ^ 32 - 1, file.START, file.START - 1, 1 } do
      frames[i] = { send(hello), seconds = seconds, nanoseconds = 0 }
   end
   return frames
end

-- ---- headers that lie ------------------------------------------------------------------

local function syn(o)
   o.from, o.to, o.flags = 40080, 80, "S"
   return frame.tcp(o)
end

local function endless_headers()
   local extras = {}
   for i = 1, 60 do extras[i] = { 60, u8(0, 1, 4) .. u32(0) } end
   return send6({ protocol = 60, bytes = "" }, { extras = extras })
end

local function vlans(count)
   local packet, type = frame.ip4(client, server, hello), 0x0800
   for i = count, 1, -1 do packet, type = u16(i, type) .. packet, 0x8100 end
   return frame.ethernet(client, server, packet, type)
end

local function nested(count)
   local packet = frame.ip4(client, server, hello)
   for _ = 1, count do
      packet = frame.ip4(client, server, { protocol = 4, bytes = packet })
   end
   return frame.ethernet(client, server, packet)
end

local function bottomless_labels(count)
   local label = u32(16001 * 4096 + 64)
   return frame.ethernet(client, server, label:rep(count), 0x8847)
end

-- A first fragment that ends before the flags of TCP, and what follows it.
local function tiny()
   local bytes = frame.sealed(syn {}, frame.address(client.ip4), frame.address(server.ip4))
   return send({ protocol = 6, bytes = bytes:sub(1, 8) }, { id = 201, flags = 1 }),
          send({ protocol = 6, bytes = bytes:sub(9) }, { id = 201, flags = 0, at = 8 })
end

trouble["hostile.pcap"] = function ()
   local first, second = tiny()
   return {
      send(hello, { ihl = 4 }),
      send(hello, { ihl = 15, total = 100 }),                   -- the frame has 33 bytes of 60
      send(hello, { total = 10 }),
      send(hello, { total = 1000 }),
      send(hello, { version = 5 }),
      send6(hello, { size = 1000 }),
      send(syn { offset = 0 }),
      send(syn { offset = 15 }),
      send(syn { options = "\8\0\0\0" }),                       -- an option of no bytes
      send(syn { options = "\8\255\0\0" }),                     -- and one longer than all of them
      send(frame.udp(40000, 7, "hello", { size = 3 })),
      send(frame.udp(40000, 7, "hello", { size = 1000 })),
      endless_headers(),
      vlans(40),
      nested(12),
      bottomless_labels(20),
      send({ protocol = 17, bytes = ("x"):rep(64) }, { id = 202, at = 65528, flags = 0 }),
      send({ protocol = 17, bytes = "" }, { id = 203, at = 8, flags = 1 }),
      first, second,
   }
end

return trouble

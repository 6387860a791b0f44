-- Builds the headers of frames, from Ethernet to TCP, with right lengths and checksums unless told
-- otherwise.  What IP carries is a table { protocol, bytes }; its checksum is filled in by the IP
-- header around it, which knows the addresses.
--    frame.ethernet(client, server, frame.ip4(client, server, frame.udp(40000, 7, "hello")))

local frame = {}

-- Hosts: wherever a header has two addresses, it takes them from two of these.
frame.client = { ether = "02:00:5e:00:53:0a", ip4 = "192.0.2.10",    ip6 = "2001:db8::10" }
frame.router = { ether = "02:00:5e:00:53:01", ip4 = "192.0.2.1",     ip6 = "2001:db8::1" }
frame.server = { ether = "02:00:5e:00:53:01", ip4 = "198.51.100.80", ip6 = "2001:db8:80::80" }

-- The ends of a tunnel.
frame.near = { ether = "02:00:5e:00:53:21", ip4 = "203.0.113.1", ip6 = "2001:db8:ff::1" }
frame.far  = { ether = "02:00:5e:00:53:22", ip4 = "203.0.113.2", ip6 = "2001:db8:ff::2" }

-- ---- numbers and addresses ----------------------------------------------

local function numbers(size)
   return function (...)
      local out = {}
      for i, n in ipairs { ... } do
         for at = size - 1, 0, -1 do
            out[#out + 1] = string.char(math.floor(n / 256 ^ at) % 256)
         end
         assert(n >= 0 and n < 256 ^ size, "number " .. i .. " does not fit")
      end
      return table.concat(out)
   end
end

-- Bytes of any number of numbers, in network order.
frame.u8, frame.u16, frame.u32 = numbers(1), numbers(2), numbers(4)
local u8, u16, u32 = frame.u8, frame.u16, frame.u32

-- Bytes written as hexadecimal digits, with blanks or colons between.
function frame.hex(text)
   return (text:gsub("[%s:]", ""):gsub("..", function (two)
      return string.char(tonumber(two, 16))
   end))
end

local function groups(text)
   local out = {}
   for group in text:gmatch "[^:]+" do out[#out + 1] = u16(tonumber(group, 16)) end
   return table.concat(out)
end

-- Bytes of an IPv4 or IPv6 address.
function frame.address(text)
   if not text:find ":" then
      local a, b, c, d = text:match "^(%d+)%.(%d+)%.(%d+)%.(%d+)$"
      return u8(tonumber(a), tonumber(b), tonumber(c), tonumber(d))
   end
   local before, after = text:match "^(.-)::(.*)$"
   if not before then return groups(text) end
   before, after = groups(before), groups(after)
   return before .. ("\0"):rep(16 - #before - #after) .. after
end
local address = frame.address

-- ---- checksums -----------------------------------------------------------

local function fold(bytes)
   local total = 0
   if #bytes % 2 == 1 then bytes = bytes .. "\0" end
   for i = 1, #bytes, 2 do
      local high, low = bytes:byte(i, i + 1)
      total = total + high * 256 + low
   end
   while total > 0xffff do total = total % 0x10000 + math.floor(total / 0x10000) end
   return 0xffff - total
end

local function put(bytes, at, sum)
   return bytes:sub(1, at) .. u16(sum) .. bytes:sub(at + 3)
end

-- The bytes of what IP carries, with the checksum for these addresses, or the one it asks for.
function frame.sealed(carried, from, to)
   local bytes, sum = carried.bytes, carried.sum
   if not carried.sum_at then return bytes end
   if not sum then
      local pseudo = from .. to .. u32(#bytes, carried.protocol)
      sum = fold((carried.protocol == 1 and "" or pseudo) .. bytes)
      if sum == 0 and carried.protocol == 17 then sum = 0xffff end  -- 0 would mean: not made
   end
   return put(bytes, carried.sum_at, sum)
end

-- ---- links ----------------------------------------------------------------

local function type_of(packet) return packet:byte() < 0x60 and 0x0800 or 0x86dd end

-- `type` may be left out before an IP header.
function frame.ethernet(from, to, packet, type)
   return frame.hex(to.ether .. from.ether) .. u16(type or type_of(packet)) .. packet
end

-- 802.2 with SNAP, and the type of Ethernet.
function frame.llc(type, packet) return frame.hex "aa aa 03 000000" .. u16(type) .. packet end

-- 802.11: `kind` and `flags` are the first two bytes, then addresses in the order of the frame.
function frame.air(kind, flags, one, two, three, rest)
   return u8(kind, flags) .. u16(0) .. frame.hex(one.ether .. two.ether .. three.ether) ..
      u16(0) .. rest
end

-- As a frame arrives that is shorter than Ethernet allows.
function frame.padded(bytes)
   return bytes .. ("\0"):rep(60 - #bytes)
end

-- `op` 1 asks who has the address of `to`, 2 answers.
function frame.arp(op, from, to)
   local asked = op == 1 and "00:00:00:00:00:00" or to.ether
   return u16(1, 0x0800) .. u8(6, 4) .. u16(op) .. frame.hex(from.ether) .. address(from.ip4) ..
          frame.hex(asked) .. address(to.ip4)
end

-- ---- IP --------------------------------------------------------------------

-- `o` overrides fields: version ihl tos total id flags at ttl sum options.  `at` is in bytes.
function frame.ip4(from, to, carried, o)
   o = o or {}
   local source, dest, options = address(from.ip4), address(to.ip4), o.options or ""
   local body = frame.sealed(carried, source, dest)
   local ihl = o.ihl or 5 + #options / 4
   local header = u8((o.version or 4) * 16 + ihl, o.tos or 0) ..
      u16(o.total or 20 + #options + #body, o.id or 1, (o.flags or 2) * 8192 + (o.at or 0) / 8) ..
      u8(o.ttl or 64, carried.protocol) .. u16(0) .. source .. dest .. options
   return put(header, 10, o.sum or fold(header)) .. body
end

-- `o` overrides fields: tos size hops.  o.extras are extension headers, each { its number, its
-- bytes after the first one }: the first one says what follows.
function frame.ip6(from, to, carried, o)
   o = o or {}
   local source, dest = address(from.ip6), address(to.ip6)
   local body, next_header = frame.sealed(carried, source, dest), carried.protocol
   local extras = o.extras or {}
   for i = #extras, 1, -1 do
      body = u8(next_header) .. extras[i][2] .. body
      next_header = extras[i][1]
   end
   return u32(0x60000000 + (o.tos or 0) * 2 ^ 20) .. u16(o.size or #body) ..
          u8(next_header, o.hops or 64) .. source .. dest .. body
end

-- ---- what IP carries ---------------------------------------------------------

-- `o` overrides fields: size sum.
function frame.udp(from, to, data, o)
   o = o or {}
   return {
      protocol = 17, sum_at = 6, sum = o.sum,
      bytes = u16(from, to, o.size or 8 + #data, 0) .. data,
   }
end

local BITS = { F = 1, S = 2, R = 4, P = 8, A = 16, U = 32, E = 64, C = 128 }

-- Of `o` only the ports `from` and `to` must be there; the other fields are
-- seq ack flags window options data offset sum.
function frame.tcp(o)
   local options, data, flags = o.options or "", o.data or "", 0
   for letter in (o.flags or ""):gmatch "." do flags = flags + BITS[letter] end
   assert(#options % 4 == 0, "TCP options end at a multiple of four bytes")
   return {
      protocol = 6, sum_at = 16, sum = o.sum,
      bytes = u16(o.from, o.to) .. u32(o.seq or 1000, o.ack or 0) ..
         u8((o.offset or 5 + #options / 4) * 16, flags) .. u16(o.window or 64240, 0, 0) ..
         options .. data,
   }
end

-- `rest` is the second four bytes of the header.
function frame.icmp(type, code, rest, data, o)
   return {
      protocol = 1, sum_at = 2, sum = o and o.sum,
      bytes = u8(type, code) .. u16(0) .. rest .. data,
   }
end

function frame.icmp6(type, code, rest, data)
   return { protocol = 58, sum_at = 2, bytes = u8(type, code) .. u16(0) .. rest .. data }
end

return frame

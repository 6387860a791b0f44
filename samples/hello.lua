-- Builds messages and records of TLS and DTLS.
--    hello.record(22, hello.client { sni = "www.example.org", alpn = { "h2" } })

local frame = require "frame"

local u8, u16, u32 = frame.u8, frame.u16, frame.u32

local hello = {}

local function sized(bytes, size)
   if size == 3 then return u32(#bytes):sub(2) .. bytes end
   return (size == 1 and u8 or u16)(#bytes) .. bytes
end
hello.sized = sized

local function numbers(list)
   local parts = {}
   for i, n in ipairs(list) do parts[i] = u16(n) end
   return table.concat(parts)
end

local function names(list)
   local parts = {}
   for i, name in ipairs(list) do parts[i] = sized(name, 1) end
   return table.concat(parts)
end

-- The bytes of extensions: { type, data }, in order.
local function extensions(list)
   local parts = {}
   for i, e in ipairs(list) do parts[i] = u16(e[1]) .. sized(e[2], 2) end
   return sized(table.concat(parts), 2)
end

hello.random = ("0123456789abcdef"):rep(2)
hello.retry = frame.hex [[cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c]]

-- What is inside extensions of clients and servers.
function hello.sni(name) return { 0, sized("\0" .. sized(name, 2), 2) } end
function hello.alpn(list) return { 16, sized(names(list), 2) } end
function hello.groups(list) return { 10, sized(numbers(list), 2) } end
function hello.formats() return { 11, sized("\0", 1) } end
function hello.signatures(list) return { 13, sized(numbers(list), 2) } end
function hello.versions(list) return { 43, sized(numbers(list), 1) } end

-- A message: its type, its size, and its body.
function hello.message(type, body) return u8(type) .. sized(body, 3) end

-- o: version (0x0303), session, cookie (DTLS), ciphers, extensions.
function hello.client(o)
   return hello.message(1, u16(o.version or 0x0303) .. (o.random or hello.random) ..
      sized(o.session or "", 1) .. (o.cookie and sized(o.cookie, 1) or "") ..
      sized(numbers(o.ciphers or { 0xc02f, 0x009c }), 2) .. "\1\0" ..
      (o.extensions and extensions(o.extensions) or ""))
end

function hello.server(o)
   return hello.message(2, u16(o.version or 0x0303) .. (o.random or hello.random) ..
      sized(o.session or "", 1) .. u16(o.cipher or 0xc02f) .. "\0" ..
      (o.extensions and extensions(o.extensions) or ""))
end

function hello.certificates(list)
   local parts = {}
   for i, certificate in ipairs(list) do parts[i] = sized(certificate, 3) end
   return hello.message(11, sized(table.concat(parts), 3))
end

-- The server's half of a key, on curve secp256r1; and its last word.
hello.key = hello.message(12, "\3" .. u16(23) .. sized(("k"):rep(65), 1))
hello.done = hello.message(14, "")

-- A server asks for a certificate of an elliptic key, by whomever; and the client's words behind
-- it: its half of a key, and what proves that the certificate is its own.
hello.asking = hello.message(13, sized("\64", 1) .. sized(numbers { 0x0403 }, 2) .. u16(0))
hello.exchange = hello.message(16, sized(("k"):rep(65), 1))
hello.verify = hello.message(15, u16(0x0403) .. sized(("v"):rep(70), 2))

-- Records of TLS: a handshake's bytes may be cut into several.
function hello.record(type, content, version)
   return u8(type) .. u16(version or 0x0303) .. sized(content, 2)
end

function hello.records(content, size)
   local parts = {}
   for at = 1, #content, size do
      parts[#parts + 1] = hello.record(22, content:sub(at, at + size - 1))
   end
   return table.concat(parts)
end

hello.change = hello.record(20, "\1")
hello.finished = hello.record(22, ("\170"):rep(40))
hello.data = hello.record(23, ("\187"):rep(100))

-- A part of a message in a record of DTLS: bytes `from` to `to` of its body.
function hello.part(message, number, from, to, version)
   local body = message:sub(5)
   to = to or #body
   return u8(22) .. u16(version or 0xfefd, 0) .. u16(0, 0) .. u16(number) ..
      sized(message:sub(1, 4) .. u16(number) .. u8(0) .. u16(from - 1) .. u8(0) ..
         u16(to - from + 1) .. body:sub(from, to), 2)
end

function hello.datagram(type, epoch, content)
   return u8(type) .. u16(0xfefd, epoch) .. u32(0) .. u16(1) .. sized(content, 2)
end

return hello

-- How connections of TLS and DTLS begin: each is a case, with the port of its client as its number.

local der   = require "der"
local frame = require "frame"
local hello = require "hello"
local talk  = require "talk"

local secure = {}

local CA = { { "C", "AQ", 19 }, { "O", "Example, Inc." }, { "CN", "Example Root" } }
local root = der.certificate { subject = CA, is_ca = true, serial = "\1",
   from = { 24, "19500101000000Z" }, to = { 24, "99991231235959Z" } }
local leaf = der.certificate { subject = { { "C", "AQ", 19 }, { "CN", "www.example.org" } },
   issuer = CA, sans = { "www.example.org", "example.org", "192.0.2.80" } }
local person = der.certificate { key = "ec", serial = "\2", issuer = CA,
   subject = { { "CN", "Ann" }, { "mail", "ann@example.org", 22 } } }
local strange = der.certificate { key = "ec", serial = "\127\255",
   from = { 23, "2601010000+0130" }, to = { 24, "20270101000000.5Z" },
   subject = { { "O", "\0Z\0\252\0r\0i\0c\0h", 30 }, { "OU", "caf\233", 20 },
      { "mail", "root@example.org", 22 }, { "odd", "\1\2", 4 }, { "CN", "a\0b" } } }

local function browser(name)
   return { version = 0x0303, ciphers = { 0x5a5a, 0x1301, 0x1302, 0xc02b, 0xc02f },
      extensions = { { 0xaaaa, "" }, hello.sni(name), { 23, "" }, { 0xff01, "\0" },
         hello.groups { 0x3a3a, 29, 23 }, hello.formats(), { 35, "" },
         hello.alpn { "h2", "http/1.1" }, { 5, "\1\0\0\0\0" },
         hello.signatures { 0x4a4a, 0x0403, 0x0804, 0x0401 },
         hello.versions { 0x6a6a, 0x0304, 0x0303 }, { 0xfe0d, "\0\1\2\3" }, { 0xbaba, "\0" } } }
end

-- A connection that begins with its handshake; frames of what is said follow: { way, bytes, step }
-- in segments of `step` bytes.
local function connection(port, list, to)
   local say = talk.tcp { port = port, to = to or 443 }
   local frames = { say ">S", say "<SA", say ">A" }
   for _, entry in ipairs(list) do
      local way, bytes, step = unpack(entry)
      step = step or 1400
      for at = 1, #bytes, step do
         frames[#frames + 1] = say(way .. "PA", { data = bytes:sub(at, at + step - 1) })
      end
   end
   frames[#frames + 1] = say ">FA"
   frames[#frames + 1] = say "<FA"
   return frames
end

local function old_server(certificates)
   return hello.server { extensions = { { 0xff01, "\0" }, hello.alpn { "http/1.1" } } } ..
      hello.certificates(certificates) .. hello.key .. hello.done
end

-- It asks for the client's certificate, too.
local function asking_server(certificates)
   return hello.server {} .. hello.certificates(certificates) .. hello.key .. hello.asking ..
      hello.done
end

local function new_server(random)
   return hello.server { cipher = 0x1301, random = random, session = ("s"):rep(32),
      extensions = { { 43, "\3\4" }, { 51, frame.u16(29) .. hello.sized(("k"):rep(32), 2) } } }
end

local record, change, data = hello.record, hello.change, hello.data
local ends = { { ">", change .. hello.finished }, { "<", change .. hello.finished } }

-- The hello of SSL 2, with which TLS 1.0 is offered.
local ssl2 = "\128\46\1\3\1\0\21\0\0\0\16" .. ("\0\0\47"):rep(7):sub(1, 21) .. ("c"):rep(16)

secure["tls.pcap"] = function ()
   local plain = hello.client { extensions = { hello.sni "www.example.org" } }
   local resumed = { session = ("s"):rep(32), extensions = { hello.sni "www.example.org" } }
   local cases = {
      connection(1, { { ">", record(22, hello.client(browser "www.example.org"), 0x0301), 300 },
         { "<", hello.records(old_server { leaf, root }, 500), 400 }, ends[1], ends[2] }),
      connection(2, { { ">", record(22, hello.client(browser "tls13.example.org"), 0x0301) },
         { "<", record(22, new_server(hello.retry)) .. change },
         { ">", change .. record(22, hello.client(browser "tls13.example.org")) },
         { "<", record(22, new_server()) .. data }, { ">", data } }),
      connection(3, { { ">", record(22, hello.client(resumed), 0x0301) },
         { "<", record(22, hello.server { session = ("s"):rep(32) }) .. change ..
            hello.finished }, ends[1] }),
      connection(4, { { ">", record(22, plain) }, { "<", record(22, old_server { strange }) },
         { ">", record(21, "\2\48") } }),
      connection(5, { { "<", "220 mail.example.org ESMTP\r\n" }, { ">", "EHLO me\r\n" },
         { "<", "250-mail.example.org\r\n250 STARTTLS\r\n" }, { ">", "STARTTLS\r\n" },
         { "<", "220 go ahead\r\n" }, { ">", record(22, plain), 7 },
         { "<", record(22, old_server { leaf }) }, ends[1], ends[2] }, 25),
      connection(6, { { ">", ssl2 }, { "<", record(22, hello.server { version = 0x0301,
         cipher = 0x002f } .. hello.certificates { root } .. hello.done, 0x0301) },
         ends[1], ends[2] }),
      connection(7, { { ">", record(22, hello.client(browser "cut.example.org")):sub(1, 120) } }),
      connection(8, { { ">", record(22, plain) }, { "<", "HTTP/1.1 400 Bad Request\r\n\r\n" } }),
      connection(9, { { ">", record(22, plain) },
         { "<", hello.records(asking_server { leaf }, 16000) },
         { ">", record(22, hello.certificates { person, root } .. hello.exchange ..
            hello.verify), 700 }, ends[1], ends[2] }),
   }
   local frames = {}
   for _, case in ipairs(cases) do
      for _, bytes in ipairs(case) do frames[#frames + 1] = bytes end
   end
   return frames
end

secure["dtls.pcap"] = function ()
   local say = talk.udp { port = 1, to = 3478 }
   local function first(cookie)
      return hello.client { version = 0xfefd, cookie = cookie, extensions = {
         hello.groups { 29, 23 }, hello.signatures { 0x0403 } } }
   end
   local server = hello.server { version = 0xfefd }
   local chain, frames = hello.certificates { strange }, {}
   local function add(way, bytes) frames[#frames + 1] = say(way, { data = bytes }) end
   for _ = 1, 12 do                                      -- STUN, in search of a way
      add(">", frame.u16(1, 0) .. frame.u32(0x2112a442, 1, 2, 3))
   end
   add(">", hello.part(first "", 0, 1))
   add("<", hello.part(hello.message(3, "\254\253\4cook"), 0, 1))
   add(">", hello.part(first "cook", 1, 1))
   add("<", hello.part(server, 1, 1) .. hello.part(chain, 2, 201, 300))
   add("<", hello.part(chain, 2, 101, 220))              -- out of order, and twice in part
   add("<", hello.part(chain, 2, 301) .. hello.part(hello.done, 3, 1))
   add("<", hello.part(chain, 2, 1, 100))
   add(">", hello.datagram(20, 0, "\1") .. hello.datagram(22, 1, ("\170"):rep(40)))
   add("<", hello.datagram(20, 0, "\1") .. hello.datagram(22, 1, ("\170"):rep(40)))
   return frames
end

return secure

-- The capture beside the extension that looks at certificates.

local der   = require "der"
local frame = require "frame"
local hello = require "hello"
local talk  = require "talk"

local showing = {}

local CA = { { "O", "Example, Inc." }, { "CN", "Example Root" } }
local root = der.certificate { subject = CA, is_ca = true, serial = "\1" }
local leaf = der.certificate { subject = { { "CN", "www.example.org" } }, issuer = CA,
   sans = { "www.example.org", "Example.org", "198.51.100.80" } }
local own = der.certificate { key = "ec", subject = { { "CN", "printer" } },
   from = { 23, "150101000000Z" }, to = { 23, "251231235959Z" }, sans = { "printer.example.org" } }

-- A connection in which the server says these messages behind its hello.
local function connection(frames, about, server)
   local say = talk.tcp(about)
   local client = hello.client { extensions = { hello.sni "www.example.org" } }
   for _, entry in ipairs {
      { ">S" }, { "<SA" }, { ">A" }, { ">PA", hello.record(22, client, 0x0301) },
      { "<PA", server }, { ">PA", hello.change .. hello.finished },
      { "<PA", hello.change .. hello.finished }, { ">FA" }, { "<FA" },
   } do
      frames[#frames + 1] = say(entry[1], { data = entry[2] })
   end
end

local function shows(certificates)
   return hello.records(hello.server {} .. hello.certificates(certificates) .. hello.key ..
      hello.done, 1400)
end

showing["extractors/certificates.pcap"] = function ()
   local frames = {}
   connection(frames, { port = 1, to = 443 }, shows { leaf, root })
   connection(frames, { port = 2, to = 8443, v = 6 }, shows { leaf })
   connection(frames, { port = 3, to = 443, ends = { frame.client, frame.router } },
      shows { own })
   connection(frames, { port = 4, to = 443 }, hello.record(22, hello.server { cipher = 0x1301,
      extensions = { { 43, "\3\4" }, { 51, frame.u16(29) .. hello.sized(("k"):rep(32), 2) } } })
      .. hello.data)
   return frames
end

return showing

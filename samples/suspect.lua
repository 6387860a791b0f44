-- Captures beside inferences: who calls whom, how regularly, and whom lists name.  Addresses are
-- those of documentation; times are multiples of a 64th of a second.

local answer = require "answer"
local frame  = require "frame"
local talk   = require "talk"

local suspect = {}

local udp = talk.udp

-- Somebody asks a server, over IPv4 and IPv6, and it answers.
suspect["inference/lookup.pcap"] = function ()
   local four, six = udp { port = 1 }, udp { port = 2, v = 6 }
   return { four ">", four "<", six ">", six "<" }
end

local function host(ip4, ip6)
   return { ether = frame.server.ether, ip4 = ip4, ip6 = ip6 }
end

-- A client asks for a name and then speaks to the address that it is told.
local function visit(frames, port, name, to)
   local ask = udp { port = port, to = 53, ends = { frame.client, frame.router } }
   local say = udp { port = port + 100, to = 443, ends = { frame.client, to } }
   frames[#frames + 1] = ask(">", { data = answer.message { id = port, asked = name } })
   frames[#frames + 1] = ask("<", { data = answer.message { id = port, asked = name,
      { name, "A", to.ip4 } } })
   frames[#frames + 1] = say ">"
end

-- A name on the list, one below it, an exception, a stranger; addresses without a name.
suspect["inference/blocklist/sample.pcap"] = function ()
   local frames = {}
   visit(frames, 1, "ads.example.net", host "198.51.100.21")
   visit(frames, 2, "Pixel.Ads.Example.NET", host "198.51.100.22")
   visit(frames, 3, "good.ads.example.net", host "198.51.100.23")
   visit(frames, 4, "example.net", host "198.51.100.24")
   local alone, inside = udp { port = 5, ends = { frame.client, host "203.0.113.7" } },
      udp { port = 6, ends = { frame.client, host "198.51.100.130" } }
   local six = udp { port = 7, v = 6, ends = { frame.client, host("", "2001:db8:bad::7") } }
   local back = udp { port = 8, ends = { host "203.0.113.7", frame.client } }
   for _, say in ipairs { alone, inside, six, back } do frames[#frames + 1] = say ">" end
   return frames
end

suspect["inference/blocklist_records.pcap"] = suspect["inference/blocklist/sample.pcap"]

-- The greetings of all sorts of clients and servers.
suspect["features/fingerprints.pcap"] = require "secure"["tls.pcap"]

return suspect

-- Captures beside the extensions that look at questions and answers of DNS.

local answer = require "answer"
local frame  = require "frame"
local talk   = require "talk"

local asking = {}

-- A client asks for names, and is answered where there are rows.
local function ask(frames, about, questions)
   about.to = 53
   about.ends = { about.from or frame.client, frame.router }
   local say = talk.udp(about)
   for i, m in ipairs(questions) do
      m.id = i
      frames[#frames + 1] = say(">", { data = answer.message { id = i, asked = m.asked,
         type = m.type } })
      if m[1] or m.code then frames[#frames + 1] = say("<", { data = answer.message(m) }) end
   end
end

-- What tells a tunnel from people: the same questions, longer and more like chance.
asking["features/dns_query.pcap"] = function ()
   local frames = {}
   ask(frames, { port = 1 }, {
      { asked = "www.example.org", { "www.example.org", "A", "198.51.100.80" } },
      { asked = "example.org", { "example.org", "A", "198.51.100.80" } },
   })
   ask(frames, { port = 2 }, {
      { asked = "q7xk2mzv9rt4wb8nfj3hs6dcpg5ylae1.00.t.example.net", type = 16, code = 3 },
      { asked = "z1y8w2v7u3t6s4r5qpon0mlkjihgfedc.01.t.example.net", type = 16, code = 3 },
   })
   ask(frames, { port = 3, v = 6 }, { { asked = "aaaa.example" } })                 -- no answer
   local say = talk.udp { port = 4, to = 7 }                                         -- no DNS
   frames[#frames + 1] = say ">"
   return frames
end

asking["extractors/names.pcap"] = function ()
   local frames, other = {}, { ether = "02:00:5e:00:53:0b", ip4 = "192.0.2.11",
      ip6 = "2001:db8::11" }
   ask(frames, { port = 1 }, {
      { asked = "WWW.example.org", { "WWW.example.org", "CNAME", "cdn.example.net" },
         { "cdn.example.net", "A", "198.51.100.7" }, { "cdn.example.net", "A", "198.51.100.8" } },
      { asked = "www.example.org", type = "AAAA",
         { "www.example.org", "AAAA", "2001:db8:80::80" } },
      { asked = "none.example.org", code = 3 },
   })
   ask(frames, { port = 2, from = other, v = 6 }, {
      { asked = "www.example.com", { "www.example.com", "A", "198.51.100.7" } },
      { asked = "unanswered.example.com" },
   })
   return frames
end

return asking

-- Captures beside inferences: who calls whom, how regularly, and whom lists name.  Addresses are
-- those of documentation; times are multiples of a 64th of a second.

local talk = require "talk"

local suspect = {}

local udp = talk.udp

-- Somebody asks a server, over IPv4 and IPv6, and it answers.
suspect["inference/lookup.pcap"] = function ()
   local four, six = udp { port = 1 }, udp { port = 2, v = 6 }
   return { four ">", four "<", six ">", six "<" }
end

return suspect

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

-- In the order of time; frames of one time stay in order.
local function sorted(frames)
   for i, entry in ipairs(frames) do entry.place = i end
   table.sort(frames, function (a, b)
      local x, y = a.seconds + a.nanoseconds / 1e9, b.seconds + b.nanoseconds / 1e9
      if x ~= y then return x < y end
      return a.place < b.place
   end)
   return frames
end

-- Calls as flows of one question each, at these times.  o: to (a host), port (of the client, the
-- first of them), service, data(i).
local function call(frames, o, times)
   for i, at in ipairs(times) do
      local say = udp { port = o.port + i, to = o.service or 443, ends = { frame.client, o.to } }
      frames[#frames + 1] = say(">", { at = at, data = o.data and o.data(i) })
   end
end

-- Numbers from 0 to 1 that are the same everywhere.
local function dice(seed)
   return function ()
      seed = seed * 16807 % 2147483647
      return seed / 2147483647
   end
end

local function every(gap, count, shift)
   local times = {}
   for i = 1, count do times[i] = (i - 1) * gap + (shift and shift(i) or 0) end
   return times
end

-- A clock; one that is early or late and misses a call; chance; two calls, each of several flows at
-- once; too few to tell.
suspect["inference/beacon.pcap"] = function ()
   local frames, roll = {}, dice(2026)
   local function about() return math.floor(6 * 64 * (roll() - 0.5)) / 64 end
   local late, chance, at = every(60, 12, about), {}, 0
   table.remove(late, 7)
   for i = 1, 12 do
      at = at + math.floor(-60 * 64 * math.log(roll())) / 64
      chance[i] = at
   end
   call(frames, { to = host "198.51.100.1", port = 100 }, every(60, 8))
   call(frames, { to = host "198.51.100.2", port = 200 }, late)
   call(frames, { to = host "198.51.100.3", port = 300,
      data = function (i) return ("x"):rep(i * i) end }, chance)
   call(frames, { to = host "198.51.100.4", port = 400 }, { 5, 5.25, 5.5, 300, 300.25, 300.5 })
   call(frames, { to = host "198.51.100.5", port = 500 }, every(60, 3))
   return sorted(frames)
end

-- A device that asks the same two servers for forty minutes, about the same, then sends a lot to a
-- third, at a port of its own, and at last asks a server thirty times in a minute.
suspect["inference/anomaly.pcap"] = function ()
   local frames, one, two = {}, host "198.51.100.1", host "198.51.100.2"
   local function small(i) return ("x"):rep(100 + i * 7 % 20) end
   call(frames, { to = one, port = 100, data = small }, every(60, 40))
   call(frames, { to = two, port = 200, data = small }, every(60, 40, function () return 30 end))
   call(frames, { to = host "198.51.100.3", port = 300, service = 4444,
      data = function () return ("x"):rep(1400) end }, { 2400 })
   call(frames, { to = one, port = 400, data = small }, every(1, 30, function () return 2460 end))
   return sorted(frames)
end

-- The greetings of all sorts of clients and servers.
suspect["features/fingerprints.pcap"] = require "secure"["tls.pcap"]

return suspect

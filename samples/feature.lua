-- Captures beside the extensions that measure flows, and those that extract facts.  Each
-- conversation is a case, with the port of its client as its number.  Times are multiples of a
-- 64th of a second, so that sums of them are exact.

local file  = require "file"
local frame = require "frame"
local talk  = require "talk"

local feature = {}

local tcp, udp = talk.tcp, talk.udp

-- Adds a question, and its answer if there is to be one, at each of these times.
local function add(frames, say, times, answered)
   for _, at in ipairs(times) do
      frames[#frames + 1] = say(">", { at = at })
      if answered then frames[#frames + 1] = say("<", { at = at + 1 / 64 }) end
   end
end

-- In the order of time; frames of one time stay in order.
local function sorted(frames)
   for i, entry in ipairs(frames) do entry.place = i end
   table.sort(frames, function (a, b)
      if a.seconds ~= b.seconds then return a.seconds < b.seconds end
      if a.nanoseconds ~= b.nanoseconds then return a.nanoseconds < b.nanoseconds end
      return a.place < b.place
   end)
   return frames
end

feature["features/burstiness.pcap"] = function ()
   local frames = {}
   add(frames, udp { port = 1 }, { 0, 10, 20, 30, 40, 50 })                  -- a clock
   add(frames, udp { port = 2, v = 6 }, { 0, 1, 2, 3, 12 })                  -- a burst
   add(frames, udp { port = 3 }, { 5 })
   add(frames, udp { port = 4 }, { 6, 6 })                                   -- no time passes
   return sorted(frames)
end

-- A server that sends in bulk, after which nobody says anything for 2 and for 8 seconds.
feature["features/cicflow.pcap"] = function ()
   local web, six, alone = tcp { port = 1 }, udp { port = 2, v = 6 }, udp { port = 3 }
   local function some(size) return ("x"):rep(size) end
   local question = alone(">", { data = some(7) })
   return sorted {
      web(">S", { at = 0, options = "\2\4\5\180" }), web("<SA", { at = 0.25, window = 1000 }),
      web(">A", { at = 0.5, window = 500 }), web(">PA", { at = 0.75, data = some(10) }),
      web("<PA", { at = 1, data = some(100) }), web("<A", { at = 1.25, data = some(200) }),
      web("<A", { at = 1.5, data = some(300) }), web("<PA", { at = 1.75, data = some(400) }),
      web(">A", { at = 2 }), web("<PA", { at = 2.25, data = some(100) }),
      web(">PA", { at = 4.25, data = some(20) }), web("<PA", { at = 12.25, data = some(50) }),
      web(">FA", { at = 12.5 }), web("<FA", { at = 12.75 }), web(">A", { at = 13 }),
      six(">", { at = 20 }), six("<", { at = 20.5, data = some(15) }),
      alone(">", { at = 21, data = some(7) }),
      { talk.error(question, {}), seconds = file.START + 22, nanoseconds = 0 },
   }
end

-- Pages that are fetched, a client that reports every minute, and one that tries ports.
feature["inference/model/sample.pcap"] = function ()
   local frames = {}
   local function put(say, what, o) frames[#frames + 1] = say(what, o) end
   local page, other = tcp { port = 1, to = 443 }, tcp { port = 2, to = 443, v = 6 }
   for i, say in ipairs { page, other } do
      put(say, ">S", { at = i })
      put(say, "<SA", { at = i + 0.125 })
      put(say, ">PA", { at = i + 0.25, data = ("q"):rep(400 * i) })
      for k = 1, 30 do put(say, "<A", { at = i + 0.25 + k / 8, data = ("p"):rep(1200) }) end
   end
   local report = tcp { port = 3, to = 8080 }
   for k = 0, 3 do
      put(report, ">PA", { at = 60 * k, data = ("r"):rep(20) })
      put(report, "<PA", { at = 60 * k + 0.25, data = "ok" })
   end
   for k = 1, 4 do
      local try = tcp { port = 10 + k, to = 20 + k }
      put(try, ">S", { at = 90 + k })
      if k > 1 then put(try, "<RA", { at = 90 + k + 1 / 64 }) end
   end
   return sorted(frames)
end

feature["features/entropy.pcap"] = function ()
   local two, many, same = tcp { port = 1 }, udp { port = 2, v = 6 }, udp { port = 3 }
   local all = {}
   for byte = 0, 255 do all[#all + 1] = string.char(byte) end
   all = table.concat(all)
   return {
      two ">S", two "<SA", two ">A", two(">PA", { data = ("ab"):rep(32) }),
      two("<PA", { data = "abcdefghijklmnop" }),
      many(">", { data = all }), many("<", { data = ("abcd"):rep(100) }),
      same(">", { data = ("a"):rep(40) }), same("<", { data = "x" }),
   }
end

feature["features/handshake.pcap"] = function ()
   local quick, lost, late = tcp { port = 1 }, tcp { port = 2, v = 6 }, tcp { port = 3 }
   local refused, mute, old = tcp { port = 4 }, tcp { port = 5, v = 6 }, tcp { port = 6 }
   return sorted {
      quick(">S", { at = 0 }), quick("<SA", { at = 0.25 }), quick(">A", { at = 0.375 }),
      quick(">PA", { at = 2, data = "hello" }), quick("<A", { at = 2.25 }),
      lost(">S", { at = 0 }), lost(">S", { at = 1 }), lost("<SA", { at = 1.5 }),
      lost(">A", { at = 1.75 }),
      late(">S", { at = 0 }), late("<SA", { at = 0.5 }), late("<SA", { at = 1.5 }),
      late(">A", { at = 1.625 }),
      refused(">S", { at = 0 }), refused("<RA", { at = 0.125 }),
      mute(">S", { at = 0 }), mute(">S", { at = 1 }), mute(">S", { at = 3 }),
      old(">PA", { at = 0, data = "hello" }), old("<A", { at = 0.25 }),
   }
end

-- Numbers from 0 to 1 that are the same everywhere.
local function dice(seed)
   return function ()
      seed = seed * 16807 % 2147483647
      return seed / 2147483647
   end
end

-- So many times from 0 on: `gap` makes what is between two, to a 64th of a second.
local function times(count, gap)
   local list = { 0 }
   for i = 2, count do list[i] = list[i - 1] + math.floor(gap() * 64 + 0.5) / 64 end
   return list
end

feature["features/periodicity.pcap"] = function ()
   local frames, roll, bulk = {}, dice(2026), {}
   local function jitter() return 10 * (0.92 + 0.16 * roll()) end
   local function chance() return -3 * math.log(roll()) end
   for i = 1, 40 do bulk[i] = math.floor(i * 2000 + 1500 * roll()) / 1e6 end -- without a silence
   add(frames, udp { port = 1 }, times(21, jitter), true)
   add(frames, udp { port = 2, v = 6 }, times(25, function () return 0.5 end))
   add(frames, udp { port = 3 }, times(40, chance))
   add(frames, udp { port = 4 }, { 0, 60 })                                  -- it may be chance
   add(frames, udp { port = 5 }, bulk)
   return sorted(frames)
end

feature["features/ttl.pcap"] = function ()
   local near, six, old = udp { port = 1 }, udp { port = 2, v = 6 }, udp { port = 3 }
   return {
      near(">", { ip = { ttl = 64 } }), near("<", { ip = { ttl = 57 } }),
      near("<", { ip = { ttl = 57 } }), near("<", { ip = { ttl = 52 } }),
      near(">", { ip = { ttl = 64 } }), near("<", { ip = { ttl = 57 } }),
      six(">", { ip = { ttl = 121 } }), six("<", { ip = { ttl = 250 } }),
      old(">", { ip = { ttl = 30 } }),
   }
end

local home = { ether = "02:00:5e:00:53:31", ip4 = "10.0.0.31", ip6 = "fe80::31" }
local lamp = { ether = "02:00:5e:00:53:32", ip4 = "10.0.0.32", ip6 = "fe80::32" }
local all  = { ether = "ff:ff:ff:ff:ff:ff", ip4 = "10.0.0.255" }
local group = { ether = "33:33:00:00:00:fb", ip6 = "ff02::fb" }

-- Two devices of a home, one of which also speaks IPv6: it is the same device.
feature["extractors/talkers.pcap"] = function ()
   local away, here = { home, frame.server }, { home, lamp }
   local page, again = tcp { port = 1, ends = away }, tcp { port = 2, ends = away }
   local switch, state = udp { port = 3, ends = here }, udp { port = 4, ends = here, v = 6 }
   local shout, name = udp { port = 5, ends = { lamp, all } }, udp { port = 6, v = 6 }
   local outside = udp { port = 7 }
   return {
      page ">S", page "<SA", page ">A", switch ">", switch "<", state ">", state "<",
      shout ">", name(">", { ends = { lamp, group } }), outside ">",
      again(">S", { at = 60 }), again("<SA", { at = 60.25 }),
   }
end

return feature

-- One flow of very many packets: a period that comes again and again, and what follows from it
-- for the statistics of the whole flow.
--
--    talk.expected(talk.long, 1000).src2dst_mean_ps       -- of a thousand periods
--
-- A packet has its size on the wire, how many milliseconds it is until the next one, its flags,
-- and may go back to the client.

local file = require "file"

local talk = {}

-- Large frames that differ by little: their deviation is in the last digits of huge sums.
talk.long = {
   { size = 1000000, wait = 20, flags = "S" },
   { size = 54,      wait = 3,  flags = "SA", back = true },
   { size = 1000002, wait = 1,  flags = "PA" },
   { size = 1000000, wait = 40, flags = "UA" },
   { size = 1000002, wait = 7,  flags = "PAE" },
   { size = 1000000, wait = 0,  flags = "FA" },
   { size = 1000000, wait = 9,  flags = "PAC", back = true },
   { size = 1000002, wait = 60, flags = "A" },
   { size = 1000000, wait = 15, flags = "PA" },
   { size = 1000002, wait = 5,  flags = "A" },
}

-- As large as a record of a capture can say.
talk.giant = {
   { size = 4294967295, wait = 250, flags = "S" },
   { size = 4294967294, wait = 0,   flags = "SA", back = true },
   { size = 2147483648, wait = 700, flags = "PA" },
   { size = 60,         wait = 50,  flags = "A", back = true },
}

local LETTERS = {
   syn = "S", cwr = "C", ece = "E", urg = "U", ack = "A", psh = "P", rst = "R", fin = "F",
}

-- Milliseconds that a period lasts.
function talk.lasting(period)
   local total = 0
   for _, packet in ipairs(period) do total = total + packet.wait end
   return total
end

-- The packets of a period that go these ways, each with `at`: milliseconds since it began.
local function choose(period, ways)
   local list, at = {}, 0
   for _, packet in ipairs(period) do
      if ways[packet.back or false] then
         list[#list + 1] = { at = at, size = packet.size, flags = packet.flags }
      end
      at = at + packet.wait
   end
   return list
end

-- Of values { value, how often }.  Squares are of distances from the first one, which are small
-- where the values are near each other: no digit is lost.
local function describe(values)
   local base, n, sum, squares = values[1][1], 0, 0, 0
   local least, most = math.huge, 0
   for _, pair in ipairs(values) do
      local value, often = unpack(pair)
      n, sum = n + often, sum + often * (value - base)
      squares = squares + often * (value - base) ^ 2
      least, most = math.min(least, value), math.max(most, value)
   end
   return {
      min = least, mean = base + sum / n, max = most,
      stddev = math.sqrt((squares - sum * sum / n) / (n - 1)),
   }
end

-- From the last packet of a period to the first one of the next it is once less.
local function gaps(list, lasting, times)
   local values = { { list[1].at + lasting - list[#list].at, times - 1 } }
   for i = 2, #list do values[i] = { list[i].at - list[i - 1].at, times } end
   return values
end

-- Statistics of one direction, or of both, under their names.
local function add(stats, name, list, lasting, times)
   local function put(what, value) stats[name .. "_" .. what] = value end
   local bytes, sizes = 0, {}
   for i, packet in ipairs(list) do
      bytes, sizes[i] = bytes + packet.size, { packet.size, times }
   end
   local first = file.START * 1000 + list[1].at
   local duration = (times - 1) * lasting + list[#list].at - list[1].at
   put("first_seen_ms", first)
   put("last_seen_ms", first + duration)
   put("duration_ms", duration)
   put("packets", #list * times)
   put("bytes", bytes * times)
   for what, value in pairs(describe(sizes)) do put(what .. "_ps", value) end
   for what, value in pairs(describe(gaps(list, lasting, times))) do
      put(what .. "_piat_ms", value)
   end
   for flag, letter in pairs(LETTERS) do
      local count = 0
      for _, packet in ipairs(list) do count = count + (packet.flags:find(letter) and 1 or 0) end
      put(flag .. "_packets", count * times)
   end
end

-- All statistics of a flow of so many periods.
function talk.expected(period, times)
   local stats, lasting = {}, talk.lasting(period)
   add(stats, "src2dst", choose(period, { [false] = true }), lasting, times)
   add(stats, "dst2src", choose(period, { [true] = true }), lasting, times)
   add(stats, "bidirectional", choose(period, { [false] = true, [true] = true }), lasting, times)
   return stats
end

return talk

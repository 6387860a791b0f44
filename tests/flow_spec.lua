-- Flows, their seconds and statistics: the same as those of a plain table, for
-- captures of ours and others; TCP's ways; nothing but the capture decides.

local measured = require "measured"
local plain    = require "plain"
local try      = require "try"
local wire     = require "wire"

local udp, tcp = wire.udp, wire.tcp

-- What is equal in both, as far as it can be.
local function check_stats(want, got)
   for name, number in pairs(plain.stats(want)) do
      local off = math.abs(number - got.stats[name])
      assert(off <= 1e-9 * math.max(1, math.abs(number)),
         ("flow %d: %s is %.17g, not %.17g"):format(want.id, name, got.stats[name], number))
   end
end

-- Compares all flows of a capture with the plain table's; returns how many there are.
local function check(path, options, most)
   local want, got = plain.flows(path, options), measured.begun(path, options, most)
   for i = 1, math.max(#want, #got) do
      local line = want[i] and plain.text(want[i])
      assert.equal(line, got[i] and plain.text(got[i]), path)
      check_stats(want[i], got[i])
   end
   return #want
end

-- The flows of packets made here, as text without their seconds.
local function flows_of(packets, options)
   return wire.with(packets, function (path)
      check(path, options)
      local list = measured.begun(path, options)
      for i, flow in ipairs(list) do list[i] = plain.text(flow):gsub(" seconds.*", "") end
      return list
   end)
end

-- Of each flow: packets each way and reason.
local function short(packets, options)
   local list = flows_of(packets, options)
   for i, line in ipairs(list) do
      local to, from, reason = line:match "(%d+)%+%d+/(%d+)%+%d+ .- (%l+)$"
      list[i] = ("%s %s %s"):format(to, from, reason)
   end
   return list
end

-- Packets of few flows, with flags and steps in time of every kind.
local function random_packets(seed, count)
   local dice, at, ns, list = try.random(seed), 0, 0, {}
   local steps = { 0, 0, 0, 1, 2, 9, 10, 11, 119, 120, 121, 1799, 1800, 4095, 4096, 5000, -1, -300 }
   local flags = { "S", "SA", "A", "A", "PA", "FA", "R", "F", "" }
   for i = 1, count do
      at = math.max(at + steps[dice(#steps) + 1] * (dice(4) == 0 and 1 or 0), 0)
      ns = dice(3) == 0 and dice(1000000000) or ns
      local o = {
         at = at, ns = ns, back = dice(2) == 0, port = 1000 + dice(4),
         flags = flags[dice(#flags) + 1], data = ("x"):rep(dice(50)),
      }
      list[i] = dice(3) == 0 and udp(o) or tcp(o)
   end
   return list
end

describe("flows are those of a plain table", function ()
   for _, path in ipairs(try.samples()) do
      it("for " .. path, function () check(path) end)
   end

   it("for short time-outs, and as NFStream makes them", function ()
      for _, path in ipairs(try.samples()) do
         check(path, { idle = 1, active = 3, linger = 1 }, 1)
         check(path, { timeouts_only = true }, 7)
      end
   end)

   it("for random packets", function ()
      for seed = 1, 4 do
         wire.with(random_packets(seed, 800), function (path)
            assert(check(path, nil, 64) > 15)
            check(path, { idle = 10, active = 11, linger = 2 })
            check(path, { idle = 5000, active = 9000, linger = 100 }, 7)
            check(path, { timeouts_only = true })
         end)
      end
   end)

   it("for all captures of the corpus", function ()
      local corpus = os.getenv "WEIR_CORPUS"
      if not corpus then return pending "corpus not present: WEIR_CORPUS is not set" end
      local captures, flows = 0, 0
      for _, path in ipairs(try.lines((try.run(("find '%s' -type f"):format(corpus))))) do
         if path:find "cap[ng]*$" or path:find "cap%.gz$" then
            captures, flows = captures + 1, flows + check(path)
         end
      end
      assert(captures > 300 and flows > 3000, captures .. " captures, " .. flows .. " flows")
   end)
end)

describe("a TCP flow", function ()
   local function talk(...)
      local list = {}
      for i, flags in ipairs { ... } do
         local back = flags:sub(1, 1) == "<"
         list[i] = tcp { flags = flags:gsub("<", ""), back = back, ns = i * 1000 }
      end
      return list
   end

   it("ends with FIN both ways; late packets still belong to it", function ()
      assert.same({ "4 3 end" }, short(talk("S", "<SA", "A", "FA", "<FA", "A", "<A")))
      assert.same({ "2 1 forced" }, short(talk("S", "<SA", "FA")))
   end)

   it("ends with RST of either side", function ()
      assert.same({ "2 1 end" }, short(talk("S", "<RA", "A")))
      assert.same({ "2 1 end" }, short(talk("S", "<SA", "R")))
   end)

   it("is another one when its ports are used again after FIN or RST", function ()
      assert.same({ "1 1 end", "2 1 forced" }, short(talk("S", "<RA", "S", "<SA", "A")))
      assert.same({ "2 2 end", "1 0 forced" }, short(talk("S", "<SA", "FA", "<FA", "S")))
      assert.same({ "2 2 forced" }, short(talk("S", "<SA", "S", "<SA")))     -- sent again
   end)

   it("is not another one for a SYN with ACK", function ()
      assert.same({ "1 2 end" }, short(talk("S", "<RA", "<SA")))
   end)

   it("does not end by itself, nor turn round, as NFStream makes flows", function ()
      assert.same({ "2 1 forced" }, short(talk("S", "<RA", "S"), { timeouts_only = true }))
      assert.same({ "1 1 forced" }, short(talk("<SA", "A"), { timeouts_only = true }))
   end)

   it("is the client's who sent SYN, or to whom SYN+ACK goes", function ()
      for _, flags in ipairs { { "<SA", "A" }, { "<A", "S" } } do
         local line = flows_of(talk(unpack(flags)))[1]
         assert.truthy(line:find("192.0.2.10 40000 > 198.51.100.80 80 1+54/1+54", 1, true), line)
      end
      local line = flows_of(talk("<A", "A"))[1]                    -- else the first one's
      assert.truthy(line:find("198.51.100.80 80 > 192.0.2.10 40000 1+54/1+54", 1, true), line)
   end)

   it("learns its client once: a second SYN does not turn it round", function ()
      assert.same({ "1 1 forced" }, short(talk("S", "<S")))
   end)

   local function splt(packets)
      return wire.with(packets, function (path)
         local directions
         measured.each(path, { splt = 4 }, 1024, function (kind, f)
            if kind ~= "flows" then return end
            local first = f.home.splt + f.stats.splt_at
            directions = { first[0].direction, first[1].direction, first[2].direction,
               first[3].direction }
         end)
         return directions
      end)
   end

   it("has directions of its first packets", function ()
      assert.same({ 0, 1, 0, -1 }, splt(talk("S", "<SA", "A")))
   end)

   it("has right directions also when SYN+ACK comes first", function ()
      assert.same({ 1, 0, -1, -1 }, splt(talk("<SA", "A")))
   end)

   it("has right directions also of packets before it knows its client", function ()
      assert.same({ 1, 0, 1, -1 }, splt(talk("<A", "S", "<SA")))
   end)
end)

describe("nothing but the capture decides:", function ()
   local DAY = 86400

   -- Flows that end in another order than they began, then flows that end at once.
   local function reuse()
      local list = {}
      for i, at in ipairs { 1, 0 } do list[i] = udp { port = i, at = at } end
      table.sort(list, function (a, b) return a.seconds < b.seconds end)
      for i = 1, 40 do list[#list + 1] = udp { port = 100 + i, at = 300 } end
      for i = 1, 40 do list[#list + 1] = udp { port = 200 + i, at = 600, ns = i % 3 } end
      list[#list + 1] = udp { port = 5, at = DAY }
      return list
   end

   local function json(path, seed, most)
      return try.lines(measured.json(path, { offsets = true, splt = 5, seed = seed }, most))
   end

   -- Reads a capture in several ways; returns how many lines of JSON it gives each time.
   local function same_for_all(path)
      local once = json(path, 1, 1024)
      for most, seed in pairs { [1] = 1, [7] = 0x9e3779b97f4a7c15ULL, [1024] = 0xffffffffULL } do
         local again = json(path, seed, most)
         for i = 1, math.max(#once, #again) do
            assert(once[i] == again[i],
               ("%s by %d: line %d differs"):format(path, most, i))
         end
      end
      return #once
   end

   it("neither the size of batches nor the hash's seed", function ()
      local total = 0
      for _, path in ipairs(try.samples()) do total = total + same_for_all(path) end
      assert(total > 100)
      for seed = 11, 13 do wire.with(random_packets(seed, 500), same_for_all) end
   end)

   it("also where flows end in one order and begin in another", function ()
      wire.with(reuse(), same_for_all)
   end)

   it("nor the captures before it, when it is of another time", function ()
      local one = wire.capture { udp { at = 0 }, udp { at = 1 } }
      local sooner, later = wire.capture { udp { at = -DAY } }, wire.capture { udp { at = 30 } }
      local function each(...) return measured.begun({ ... }) end
      local flows = each(one, sooner)
      assert.equal(2, #flows)
      assert.equal(2, flows[1].packets[1])
      assert.equal(wire.START - DAY, tonumber(flows[2].first / 1000000000LL))
      assert.equal(1, #each(one, later))                       -- one time: flows go on
      assert.equal(3, each(later, one)[1].packets[1])          -- captures may overlap a little
      for _, path in ipairs { one, sooner, later } do os.remove(path) end
   end)
end)

-- When flows end: to the nanosecond, also when time jumps or runs back; and
-- what happens when there are more than the table or a batch holds.

local measured = require "measured"
local plain    = require "plain"
local wire     = require "wire"

local udp, tcp = wire.udp, wire.tcp

-- The flows of packets made here, in the order in which they ended; each is also held
-- against the plain table's.
local function flows_of(packets, options, most)
   return wire.with(packets, function (path)
      local list, want = measured.flows(path, options, most), plain.flows(path, options)
      assert.equal(#want, #list)
      for _, flow in ipairs(list) do assert.equal(plain.text(want[flow.id]), plain.text(flow)) end
      return list
   end)
end

-- Reasons of the flows in the order in which they began.
local function reasons(packets, options)
   local list = {}
   for _, flow in ipairs(flows_of(packets, options)) do list[flow.id] = flow.reason end
   return list
end

-- Two packets of one flow, `seconds` and `ns` apart, beginning at a time that is no whole second.
local function apart(seconds, ns)
   return { udp { at = 7, ns = 300000000 }, udp { at = 7 + seconds, ns = 300000000 + ns } }
end

describe("a flow ends", function ()
   it("when no packet came for 120 s, and not a nanosecond earlier", function ()
      assert.same({ "idle", "forced" }, reasons(apart(120, 0)))
      assert.same({ "forced" }, reasons(apart(120, -1)))
      assert.same({ "forced" }, reasons(apart(120, -1000)))
   end)

   it("the same in captures of microseconds", function ()
      for ns, count in pairs { [0] = 2, [-1000] = 1 } do
         local path = wire.capture(apart(120, ns), true)
         assert.equal(count, #measured.flows(path))
         os.remove(path)
      end
   end)

   it("because TCP ended it, though the idle time-out is shorter than the linger", function ()
      local packets = {
         tcp { flags = "S" }, tcp { flags = "SA", back = true }, tcp { flags = "FA" },
         tcp { flags = "FA", back = true }, udp { at = 5 },
      }
      assert.same({ "end", "forced" }, reasons(packets, { idle = 1 }))
      local unended = { packets[1], packets[2], packets[5] }
      assert.same({ "idle", "forced" }, reasons(unended, { idle = 1 }))
   end)

   it("after the idle time-out that was asked for, also a part of a second", function ()
      assert.same({ "idle", "forced" }, reasons(apart(2, 500000000), { idle = 2.5 }))
      assert.same({ "forced" }, reasons(apart(2, 499999999), { idle = 2.5 }))
      assert.same({ "idle", "forced" }, reasons(apart(0, 1000000), { idle = 0.001 }))
   end)

   -- A packet every 100 s for 1700 s, and one more.
   local function lasting(seconds, ns)
      local packets = {}
      for i = 0, 17 do packets[i + 1] = udp { at = 7 + 100 * i, ns = 300000000 } end
      packets[19] = udp { at = 7 + seconds, ns = 300000000 + ns }
      return packets
   end

   it("when it has lasted for 1800 s, and not a nanosecond earlier", function ()
      assert.same({ "active", "forced" }, reasons(lasting(1800, 0)))
      assert.same({ "forced" }, reasons(lasting(1800, -1)))
      local flows = flows_of(lasting(1800, 0))
      assert.equal(18, flows[1].packets[1])
      assert.equal(1700000000000LL, flows[1].last - flows[1].first)
   end)

   it("10 s after its last packet when TCP has ended it", function ()
      local function closed(seconds, ns)
         return { tcp { flags = "F" }, tcp { flags = "FA", back = true, ns = 300000000 },
            tcp { at = seconds, ns = 300000000 + ns } }
      end
      assert.same({ "end", "forced" }, reasons(closed(10, 0)))
      assert.same({ "end" }, reasons(closed(10, -1)))
      assert.same({ "end", "forced" }, reasons(closed(3, 0), { linger = 3 }))
   end)

   -- The packets and ended flows of a capture, by the client's port, in the order they come.
   local function story(packets, options, most)
      return wire.with(packets, function (path)
         local words, how = {}, { packets = true }
         for name, value in pairs(options or {}) do how[name] = value end
         measured.each(path, how, most or 1024, function (kind, record)
            local words_of = { packets = "%d", flows = "(%d %s)" }
            if words_of[kind] then
               local reason = kind == "flows" and record.ended
               words[#words + 1] = words_of[kind]:format(record.src_port, reason)
            end
         end)
         return table.concat(words, " ")
      end)
   end

   it("at the first whole second that is not before its deadline", function ()
      local packets = {
         udp { port = 1, ns = 500000000 }, udp { port = 2, at = 120, ns = 900000000 },
         udp { port = 2, at = 121 }, udp { port = 2, at = 122 },
      }
      assert.equal("1 2 (1 idle) 2 2 (2 forced)", story(packets))
   end)

   it("in the order of deadlines, and then in that in which they began", function ()
      local packets = {
         udp { port = 3, at = 1 }, udp { port = 2, at = 1 }, udp { port = 1, at = 1 },
         udp { port = 5, at = 2 }, udp { port = 4, at = 2 }, udp { port = 5, at = 3 },
         udp { port = 9, at = 300 },
      }
      assert.equal("3 2 1 5 4 5 (3 idle) (2 idle) (1 idle) (4 idle) (5 idle) 9 (9 forced)",
         story(packets))
   end)

   it("soon after TCP has ended it, not when it would have been idle", function ()
      local packets = {
         tcp { port = 1, flags = "S" }, tcp { port = 1, flags = "R" },
         udp { port = 2, at = 9 }, udp { port = 2, at = 10 }, udp { port = 2, at = 20 },
      }
      assert.equal("1 1 2 (1 end) 2 2 (2 forced)", story(packets))
   end)

   it("before the packet that comes after a jump, whatever the distance", function ()
      for _, last in ipairs { 500, 4394, 4395, 4396, 4400, 4500, 8500 } do
         local packets, ended = {}, 0
         for i = 0, 299 do packets[i + 1] = udp { port = 1 + i, at = i } end
         packets[301] = udp { port = 9999, at = last }
         for port in story(packets):match "^(.*) 9999 ":gmatch "%((%d+) idle%)" do
            ended = ended + 1
            assert.equal(ended, tonumber(port))
         end
         assert.equal(300, ended)
      end
   end)

   it("by time-outs that are longer than time", function ()
      for _, seconds in ipairs { 9e9, 1e12, 1e300 } do
         assert.same({ "active", "forced" }, reasons(apart(1800, 0), { idle = seconds }))
         assert.same({ "idle", "forced" }, reasons(apart(120, 0), { active = seconds }))
      end
   end)
end)

describe("time", function ()
   it("never runs back: what comes late counts as now", function ()
      local flows = flows_of {
         udp { at = 100 }, udp { at = 50 }, udp { at = 0 }, udp { at = 100, ns = 500000000 },
      }
      assert.equal(1, #flows)
      assert.equal(500000000LL, flows[1].last - flows[1].first)
      flows = flows_of { udp { at = 100 }, udp { at = 0, port = 1 }, udp { at = 219, port = 1 } }
      assert.same({ "forced", "forced" }, { flows[1].reason, flows[2].reason })
      assert.equal(flows[1].first, flows[2].first)
   end)

   it("may jump, by more seconds than there are lists of deadlines, or fewer", function ()
      for _, jump in ipairs { 119, 121, 4094, 4095, 4096, 4097, 8192, 1e6, 1e9 } do
         local packets = {}
         for i = 1, 5 do packets[i] = udp { port = i, at = 13 * i } end
         for i = 1, 5 do packets[5 + i] = udp { port = i, at = 65 + jump + 30 * i } end
         flows_of(packets)
         flows_of(packets, { idle = 5000, active = 20000 })
      end
   end)

   it("jumps through 1970, 2038 and 2106", function ()
      local packets = {}
      for i, second in ipairs {
         0, 1, 2 ^ 31 - 1, 2 ^ 31, wire.START, 2 ^ 32 - 121, 2 ^ 32 - 2, 2 ^ 32 - 1, 0, 2 ^ 32 - 1,
      } do
         packets[2 * i - 1] = udp { port = 1, at = second - wire.START }
         packets[2 * i] = udp { port = 1 + i, at = second - wire.START, ns = i }
      end
      for _, most in ipairs { 1, 1024 } do
         assert(#flows_of(packets, nil, most) > 10)
         flows_of(packets, { idle = 1, active = 2 }, most)
      end
   end)

   it("goes on after 2106, and stands still after 2255", function ()
      local packets = {}
      for i, second in ipairs {
         2 ^ 32 - 10, 2 ^ 32 - 1, 2 ^ 32, 2 ^ 32 + 109, 2 ^ 32 + 110, 2 ^ 32 + 2000, 2 ^ 32 + 2001,
         8.9e9, 8.9e9 + 119, 9e9 - 1, 9e9, 9e9 + 1, 9.2e9,
      } do
         packets[2 * i - 1] = udp { at = second - wire.START, data = ("x"):rep(i) }
         packets[2 * i] = udp { port = 1 + i, at = second - wire.START }
      end
      for _, options in ipairs { {}, { idle = 5, active = 9 }, { idle = 1e6, active = 2e6 } } do
         wire.with(wire.pcapng(packets), function (path)
            local list, want = measured.flows(path, options), plain.flows(path, options)
            assert.equal(#want, #list)
            for _, flow in ipairs(list) do
               assert.equal(plain.text(want[flow.id]), plain.text(flow))
            end
         end)
      end
   end)
end)

describe("a full table", function ()
   -- 1000 flows of three packets each, `step` nanoseconds apart.
   local function thousand(step)
      local packets = {}
      for i = 1, 1000 do
         for _, data in ipairs { "x", "xx", "xxx" } do
            packets[#packets + 1] = udp { port = 1000 + i, ns = step * #packets, data = data }
         end
      end
      return packets
   end

   -- What they leave when the table holds ten.
   local function squeeze(packets, most)
      local found = { packets = 0, bytes = 0, flows = 0, alive = 0, seconds = 0, reasons = {} }
      local known = {}
      wire.with(packets, function (path)
         local how = { packets = true, max_flows = 10 }
         local counts = measured.each(path, how, most, function (kind, record)
            if kind == "packets" then
               assert(found.alive <= 10, found.alive .. " flows at once")
               if not known[record.src_port] then found.alive = found.alive + 1 end
               known[record.src_port] = true
            elseif kind == "seconds" then
               found.seconds = found.seconds + record.pkts_toserver
            else
               found.alive, found.flows = found.alive - 1, found.flows + 1
               found.packets = found.packets + record.pkts_toserver
               found.bytes = found.bytes + record.bytes_toserver
               found.reasons[record.ended] = (found.reasons[record.ended] or 0) + 1
               known[record.src_port] = nil
            end
         end)
         assert.equal(found.flows, counts.flows)
      end)
      return found
   end

   it("ends other flows for each new one, and loses no packet", function ()
      for _, step in ipairs { 0, 30000000 } do
         local packets = thousand(step)
         for _, most in ipairs { 1, 7, 1024 } do
            local found = squeeze(packets, most)
            assert.same({
               packets = 3000, seconds = 3000, bytes = 1000 * (43 + 44 + 45), flows = 1000,
               alive = 0, reasons = { resources = 990, forced = 10 },
            }, found)
         end
      end
   end)

   it("of one flow is no table without flows", function ()
      for _, most in ipairs { 1, 1024 } do
         local packets = {}
         for i = 1, 50 do packets[i] = udp { port = i, ns = i } end
         wire.with(packets, function (path)
            assert.equal(50, #measured.flows(path, { max_flows = 1 }, most))
         end)
      end
   end)
end)

describe("more flows than a batch holds", function ()
   -- How many of 5000 flows end for each reason; they have to come in the order they began.
   local function crowd(last, most)
      local ended, found = 0, {}
      local parts = { { udp {}, 1, 5000 }, last and { last, 60000, 60000 } }
      wire.with(wire.swarm(parts), function (path)
         measured.each(path, { packets = true }, most, function (kind, flow)
            if kind ~= "flows" then return end
            ended, found[flow.ended] = ended + 1, (found[flow.ended] or 0) + 1
            assert.equal(ended, flow.flow_id)
         end)
      end)
      return found
   end

   it("come out once each at the end of the input", function ()
      assert.same({ forced = 5000 }, crowd(nil, 1024))
      assert.same({ forced = 5000 }, crowd(nil, 7))
   end)

   it("come out once each when a packet comes 200 s later", function ()
      for _, most in ipairs { 1, 1024 } do
         assert.same({ idle = 5000, forced = 1 }, crowd(udp { at = 200 }, most))
      end
   end)
end)

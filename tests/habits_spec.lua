-- The inferences beacon and anomaly, with numbers that were worked out by hand.

local infer  = require "weir.extension.infer"
local load   = require "weir.extension.load"
local recent = require "weir.recent"
local try    = require "try"

-- What an inference gives to rows, `size` at a time; and its instance.
local function judged(name, rows, set, size)
   local ext = assert(load.file(("extensions/inference/%s.lua"):format(name), { set = set }))
   local self, given = setmetatable({}, { __index = ext.class }), {}
   self:start()
   for first = 1, #rows, size or 256 do
      local batch, some = infer.columns(ext), {}
      for i = first, math.min(#rows, first + (size or 256) - 1) do some[#some + 1] = rows[i] end
      batch:of_rows(some, #some)
      self:infer(batch.given, batch.out)
      for i = 1, #some do given[first + i - 1] = {} end
      batch:each(function (i, field, value) given[first + i - 1][field] = value end)
   end
   return given, self
end

-- Flows of a device to a server at these times; `more` are other fields.
local function flows(times, more)
   local rows = {}
   for i, at in ipairs(times) do
      rows[i] = setmetatable({ start = at }, { __index = function (_, field)
         local value = more and more[field]
         if type(value) == "function" then return value(i) end
         return value or ({ src_ip = "192.0.2.10", dest_ip = "198.51.100.1", dest_port = 443,
            bytes_toserver = 99, bytes_toclient = 99 })[field]
      end })
   end
   return rows
end

local function every(gap, count)
   local times = {}
   for i = 1, count do times[i] = (i - 1) * gap end
   return times
end

-- The last of what was given.
local function last(...)
   local given = judged(...)
   return given[#given]
end

describe("a table of what is recent", function ()
   it("keeps what is asked for, and is bounded", function ()
      local known = recent.new(100)
      known:put("kept", 0)
      for i = 1, 10000 do
         known:put(i, i)
         assert.equal(0, known:get "kept")
      end
      local count = 0
      for _, half in ipairs { known.new, known.old } do
         for _ in pairs(half) do count = count + 1 end
      end
      assert(count <= 100)
      assert.is_nil(known:get(1))
      assert.equal(10000, known:get(10000))
   end)
end)

describe("a beacon", function ()
   it("is a clock, the more so the longer it is heard", function ()
      local given = judged("beacon", flows(every(60, 8)))
      assert.is_nil(given[3].beacon)                     -- too early to tell
      assert.same({ beacon = 1 - 1 / 3, beacon_interval = 60, beacon_jitter = 0, beacon_calls = 4 },
         given[4])
      assert.near(6 / 7, given[8].beacon, 1e-12)
   end)

   it("is not quite one when it is early or late, or says more or less", function ()
      local given = last("beacon", flows { 0, 54, 120, 180, 246 })      -- 54 66 60 66
      assert.equal(63, given.beacon_interval)
      assert.near(3 / 63, given.beacon_jitter, 1e-12)
      assert.near((1 - 6 / 63) * 3 / 4, given.beacon, 1e-12)
      given = last("beacon", flows(every(60, 8), {       -- a third from the median of 150
         bytes_toserver = function (i) return 100 + i % 2 * 100 end,
      }))
      assert.near(6 / 7 * 0.9, given.beacon, 1e-12)
   end)

   it("may miss a call", function ()
      local given = last("beacon", flows { 0, 60, 180, 240, 300 })
      assert.same({ 0.75, 60, 0 }, { given.beacon, given.beacon_interval, given.beacon_jitter })
   end)

   it("is no burst, and no chance", function ()
      local given, times, dice = judged("beacon", flows(every(0.1, 50))), {}, try.random(5)
      for _, one in ipairs(given) do assert.same({}, one) end
      for i = 1, 400 do times[i] = (times[i - 1] or 0) - 60 * math.log((dice(1e6) + 1) / 1e6) end
      assert(last("beacon", flows(times), { keep = "256" }).beacon < 0.05)
   end)

   it("is of one source, one server and one port", function ()
      local given = judged("beacon", flows(every(60, 20), {
         dest_ip = function (i) return "198.51.100." .. i % 2 end,
         dest_port = function (i) return math.floor(i / 2) % 2 end,
      }))
      assert.same({ 240, 5 }, { given[20].beacon_interval, given[20].beacon_calls })
      given = judged("beacon", flows(every(60, 20), {    -- it has a name, whatever its address
         dest_ip = function (i) return "198.51.100." .. i end, dest_name = "c2.example",
      }))
      assert.same({ 60, 20 }, { given[20].beacon_interval, given[20].beacon_calls })
   end)

   it("does not depend on batches, nor on the order in which calls end", function ()
      local times, dice = {}, try.random(9)
      for i = 1, 40 do times[i] = i * 60 + dice(20) end
      local rows = flows(times)
      local once = judged("beacon", rows)
      for _, size in ipairs { 1, 7 } do assert.same(once, (judged("beacon", rows, nil, size))) end
      local late = { unpack(times) }
      late[38], late[39] = late[39], late[38]
      assert.same(once[40], last("beacon", flows(late)))
   end)

   it("may be inside one flow", function ()
      local given = last("beacon", flows({ 0 }, { periodicity = 0.9, period = 10 }))
      assert.same({ beacon = 0.9, beacon_interval = 10 }, given)
      given = last("beacon", flows(every(60, 31), { periodicity = 0.9, period = 10 }))
      assert.equal(60, given.beacon_interval)
   end)

   it("is sought in bounded memory", function ()
      local rows = flows(every(1, 5000), {
         dest_ip = function (i) return "198.51." .. i % 4000 .. ".1" end,
      })
      local _, self = judged("beacon", rows, { pairs = "100" })
      local count = 0
      for _ in pairs(self.known.new) do count = count + 1 end
      for _ in pairs(self.known.old) do count = count + 1 end
      assert(count <= 100)
      _, self = judged("beacon", flows(every(60, 500)))
      assert.equal(32, #self.known:get("192.0.2.10 198.51.100.1 443").starts)
   end)
end)

describe("an anomaly", function ()
   local function sizes(normal, at, large)
      return { bytes_toserver = function (i) return i == at and large or normal end }
   end

   it("is more, or less, than a device sends otherwise", function ()
      local given = judged("anomaly", flows(every(60, 51), sizes(99, 51, 99999)))
      assert.same({}, given[30])                         -- it is only learnt from
      assert.same({ anomaly = 0, anomaly_by = 0, anomaly_of = "sent" }, given[50])
      local by = math.log(1000) / 0.25
      assert.equal("sent", given[51].anomaly_of)
      assert.near(by, given[51].anomaly_by, 1e-9)
      assert.near(by ^ 2 / (by ^ 2 + 9), given[51].anomaly, 1e-9)
      given = judged("anomaly", flows(every(60, 51), sizes(99999, 51, 99)))
      assert.near(by, given[51].anomaly_by, 1e-9)
   end)

   it("teaches little of what is normal", function ()
      local given = judged("anomaly", flows(every(60, 52), sizes(99, 51, 99999)))
      -- Of the one that was far, three deviations count, one of 51: 0.75 / 51; the others are 0.
      assert.near(0.75 / 51 / 0.25, given[52].anomaly_by, 1e-9)
   end)

   it("is whom a device never met, where that is rare", function ()
      local given = judged("anomaly", flows(every(60, 101), {
         dest_ip = function (i) return i == 101 and "203.0.113.9" or "198.51.100.1" end,
      }))
      assert.equal("destination", given[101].anomaly_of)
      assert.near(math.sqrt(-2 * math.log(1 / 100)), given[101].anomaly_by, 1e-9)
      given = judged("anomaly", flows(every(60, 101), {
         dest_ip = function (i) return "198.51.100." .. i end,
      }))
      assert.equal(0, given[101].anomaly_by)             -- it always does
      given = judged("anomaly", flows(every(60, 101), {
         dest_port = function (i) return i == 101 and 4444 or 443 end,
      }))
      assert.equal("port", given[101].anomaly_of)
   end)

   it("is a minute with too many flows", function ()
      local times = every(60, 40)
      for i = 1, 12 do times[40 + i] = 40 * 60 + i end
      local given = judged("anomaly", flows(times))
      assert.same({ "rate", 11 }, { given[52].anomaly_of, given[52].anomaly_by })
      assert.near(121 / 130, given[52].anomaly, 1e-12)
   end)

   it("is of one device, by its address or its hardware", function ()
      local function rows(i) return i % 2 == 0 and "192.0.2.10" or "192.0.2.11" end
      local given = judged("anomaly", flows(every(60, 60), { src_ip = rows }))
      assert.same({}, given[60])                         -- each has had 30
      given = judged("anomaly", flows(every(60, 60), { src_ip = rows, src_mac = "02005e00530a" }),
         { device = "src_mac" })
      assert.equal(0, given[60].anomaly_by)
   end)

   it("does not depend on batches, and is sought in bounded memory", function ()
      local dice = try.random(3)
      local function number() return dice(1000) end
      local rows = {}
      for i = 1, 400 do
         rows[i] = { start = i * 7, src_ip = "192.0.2." .. dice(3), dest_ip = "x" .. dice(40),
            dest_port = dice(20), bytes_toserver = number(), bytes_toclient = number() }
      end
      local once = judged("anomaly", rows)
      for _, size in ipairs { 1, 7 } do assert.same(once, (judged("anomaly", rows, nil, size))) end
      local _, self = judged("anomaly", flows(every(1, 4000), {
         src_ip = function (i) return "10.0." .. i end,
      }), { devices = "50" })
      local count = 0
      for _ in pairs(self.devices.new) do count = count + 1 end
      for _ in pairs(self.devices.old) do count = count + 1 end
      assert(count <= 50)
   end)
end)

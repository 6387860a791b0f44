-- What scripts see of flows and ask of them: beginnings, the flow of a packet and its gaps,
-- memory for each flow, and to end one.

local ffi    = require "ffi"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"
local wire   = require "wire"

local udp, tcp = wire.udp, wire.tcp

local KINDS = {}
for _, kind in ipairs { "packet", "flow", "begin" } do
   KINDS[schema.number(kind)] = { name = kind, records = schema.of(kind).records }
end

-- Calls see(kind, record, capture) for what happens in a capture, in its order.
local function each(path, options, most, see)
   local how = setmetatable({ flows = true, begins = true }, { __index = options })
   local capture = assert(weir.open(path, how))
   for batch in function () return capture:read(most) end do
      for i = 0, batch.run_count - 1 do
         local run = batch.runs[i]
         local kind = KINDS[run.kind]
         for j = run.first, run.first + run.count - 1 do
            see(kind.name, batch[kind.records][j], capture)
         end
      end
   end
   capture:close()
end

-- The same as lines of text.
local function events(path, options, most, see)
   local list = {}
   each(path, options, most, function (kind, r, capture)
      if kind == "packet" then
         list[#list + 1] = ("packet %d gap %.9f %.9f reverse %d"):format(
            r.ordinal, r.gap, r.gap_same, r.reverse)
      elseif kind == "begin" then
         list[#list + 1] = ("begin %d %s:%d > %s:%d"):format(
            r.flow_id, r.src_ip, r.src_port, r.dest_ip, r.dest_port)
      else
         list[#list + 1] = ("flow %d %d %d %s"):format(
            r.flow_id, r.pkts_toserver, r.pkts_toclient, r.ended)
      end
      if see then see(kind, r, capture) end
   end)
   return list
end

-- Packets of few flows that come at all speeds.
local function crowd(seed, count)
   local dice, at, list = try.random(seed), 0, {}
   local steps = { 0, 0, 0, 0, 1, 2, 9, 10, 11, 130 }
   local flags = { "S", "SA", "A", "PA", "FA", "R" }
   for i = 1, count do
      at = at + steps[dice(#steps) + 1] * (dice(3) == 0 and 1 or 0)
      local o = { at = at, ns = dice(1000000000), back = dice(2) == 0, port = 1000 + dice(6),
         flags = flags[dice(#flags) + 1] }
      list[i] = dice(2) == 0 and udp(o) or tcp(o)
   end
   return list
end

-- Packets of many flows, 300 a second and then some seconds none.
local function bustle(seed, at)
   local dice, list = try.random(seed), {}
   local flags = { "S", "SA", "A", "PA", "FA", "R" }
   for i = 1, 3000 do
      if i % 300 == 0 then at = at + dice(12) end
      list[i] = tcp { at = at, ns = dice(1000000000), back = dice(2) == 0, port = 1 + dice(900),
         flags = flags[dice(#flags) + 1] }
   end
   return list
end

describe("a script sees", function ()
   it("the beginning of a flow before its packets, and the end behind them", function ()
      for _, path in ipairs(try.samples()) do
         local numbers = {}                             -- flow_id, by number
         each(path, {}, 7, function (kind, r)
            if kind == "begin" then
               assert.is_nil(numbers[r.flow])
               numbers[r.flow] = r.flow_id
            elseif kind == "packet" and r.flow > 0 then
               assert(numbers[r.flow], path)
            elseif kind == "flow" then
               assert.equal(r.flow_id, numbers[r.number])
               numbers[r.number] = nil
            end
         end)
         assert.is_nil(next(numbers), path)
      end
   end)

   it("when a flow began, and each of its seconds, as numbers", function ()
      local seen, options = {}, { flows = true, begins = true, seconds = true }
      wire.with({ udp {}, udp { at = 2, ns = 500000000 } }, function (path)
         local first
         for batch in assert(weir.open(path, options)):batches() do
            for i = 0, batch.begin_count - 1 do
               first = batch.begins[i].time
               assert.equal(first, assert(tonumber(batch.begins[i].timestamp)) / 1e9)
            end
            for i = 0, batch.second_count - 1 do
               seen[#seen + 1] = batch.seconds[i].time - math.floor(first)
            end
         end
      end)
      assert.same({ 0, 2 }, seen)
   end)

   it("who began a flow, also when SYN+ACK comes first", function ()
      wire.with({ tcp { flags = "SA", back = true }, tcp {} }, function (path)
         assert.same({
            "begin 1 192.0.2.10:40000 > 198.51.100.80:80",
            "packet 1 gap 0.000000000 0.000000000 reverse 1",
            "packet 2 gap 0.000000000 0.000000000 reverse 0",
            "flow 1 1 1 forced",
         }, events(path, {}, 1024))
      end)
   end)

   it("gaps since the flow's last packet, and since the last one its way", function ()
      local packets = {
         udp {}, udp { port = 2, ns = 5 }, udp { ns = 100 }, udp { ns = 350, back = true },
         udp { at = 2 }, udp { at = 1 }, udp { at = 3, back = true },
      }
      local gaps = {}
      wire.with(packets, function (path)
         each(path, {}, 1024, function (kind, r)
            if kind == "packet" then
               gaps[#gaps + 1] = ("%.9f %.9f"):format(r.gap, r.gap_same)
            end
         end)
      end)
      assert.same({
         "0.000000000 0.000000000", "0.000000000 0.000000000", "0.000000100 0.000000100",
         "0.000000250 0.000000000", "1.999999650 1.999999900",
         "0.000000000 0.000000000",                     -- time went back: it stands still
         "1.000000000 2.999999650",
      }, gaps)
   end)

   it("no flow for a packet of none", function ()
      each("samples/hostile.pcap", {}, 1024, function (kind, r)
         if kind == "packet" and not r.proto then
            assert.same({ 0, 0, 0, 0 }, { r.flow, r.reverse, r.gap, r.gap_same })
         end
      end)
      for packet in assert(weir.open "samples/web.pcap"):packets() do
         assert.equal(0, packet.flow)
      end
   end)

   it("the same in batches of 1, 7 and 1024, and read ahead", function ()
      for seed = 1, 3 do
         wire.with(crowd(seed, 600), function (path)
            local once = events(path, {}, 1024)
            for _, most in ipairs { 1, 7 } do assert.same(once, events(path, {}, most)) end
            assert.same(once, events(path, { ahead = true }, 100))
         end)
      end
   end)
end)

describe("memory for each flow", function ()
   it("is zero when a flow begins, and its own until it ends", function ()
      wire.with(crowd(7, 3000), function (path)
         local memory, other, checked = nil, nil, 0
         each(path, { idle = 5, linger = 1 }, 7, function (kind, r, capture)
            memory = memory or capture:memory "struct { double packets; char large[1000]; }"
            other = other or capture:memory "int"
            if kind == "begin" then
               assert.equal(0, memory[r.flow].packets)
               assert.equal(0, other[r.flow])
               assert.equal(("\0"):rep(1000), ffi.string(memory[r.flow].large, 1000))
               ffi.fill(memory[r.flow].large, 1000, 255)
               other[r.flow] = -1
            elseif kind == "packet" then
               memory[r.flow].packets = memory[r.flow].packets + 1
            else
               assert.equal(r.pkts_toserver + r.pkts_toclient, memory[r.number].packets)
               assert.equal(-1, other[r.number])
               checked = checked + 1
            end
         end)
         assert(checked > 100, checked)
      end)
   end)

   it("is refused when there are no flows, too large, or too often", function ()
      local packets = assert(weir.open "samples/web.pcap")
      assert.equal("no memory for flows: none are made", select(2, packets:memory "int"))
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      assert.truthy(select(2, capture:memory "char[100000]"):find "at most")
      for _ = 1, 64 do assert(capture:memory "char") end
      assert.truthy(select(2, capture:memory "char"):find "at most 64")
   end)

   it("keeps the capture from being collected", function ()
      local memory = assert(weir.open("samples/web.pcap", { flows = true })):memory "int"
      collectgarbage()
      collectgarbage()
      memory[1] = 7
      assert.equal(7, memory[1])
   end)

   it("is there as long as somebody has it, also when the capture is closed", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local memory = assert(capture:memory "int")
      for batch in capture:batches() do
         for i = 0, batch.flow_count - 1 do memory[batch.flows[i].number] = 7 + i end
      end
      capture:close()
      collectgarbage()
      local sum = 0
      for number = 1, 3 do sum = sum + memory[number] end
      assert.equal(7 + 8 + 9, sum)
   end)

   it("is of a C type by name; an error says where something else is", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      for _, bad in ipairs { "bogus", "void", "char[3]", 5, ffi.typeof "double" } do
         local ok, why = pcall(function () local m = capture:memory(bad) return m end)
         assert.is_false(ok)
         assert.truthy(why:find "script_spec.lua:%d+: memory of '.+': ", why)
      end
   end)
end)

describe("a flow that a script ends", function ()
   local function cut_at(ordinals)
      return function (kind, r, capture)
         if kind == "packet" and ordinals[r.ordinal] then capture:cut(r) end
      end
   end

   it("is forced; what comes soon after still belongs to it", function ()
      local packets = { udp {}, udp { at = 1 }, udp { at = 10 }, udp { at = 12 }, udp { at = 13 } }
      wire.with(packets, function (path)
         local list = {}
         for _, line in ipairs(events(path, { cuts = true }, 1024, cut_at { [2] = true })) do
            if line:find "^flow" then list[#list + 1] = line end
         end
         assert.same({ "flow 1 3 0 forced", "flow 2 2 0 forced" }, list)
      end)
   end)

   it("is the same one wherever batches are cut", function ()
      for seed = 1, 4 do
         wire.with(crowd(seed, 900), function (path)
            local function all(most, options)
               local ends = {}
               for i = seed, 900, 5 do ends[i] = true end
               options.cuts = true
               return events(path, options, most, cut_at(ends))
            end
            for _, options in ipairs {
               {}, { linger = 0.5 }, { linger = 3, idle = 4 }, { timeouts_only = true },
               { max_flows = 4 }, { linger = 1, max_flows = 3 },
            } do
               local once = all(1, options)
               assert.truthy(table.concat(once, "\n"):find "forced")
               for _, most in ipairs { 7, 64, 1024 } do
                  local again = all(most, options)
                  for i = 1, math.max(#once, #again) do assert.equal(once[i], again[i]) end
               end
            end
         end)
      end
   end)

   -- Compares batches of 7 and of 1024 packets, of which scripts end the flow of each seventh.
   local function same(paths, options)
      local ends, lists = {}, {}
      for i = 7, 3000, 7 do ends[i] = true end
      options.cuts = true
      for i, most in ipairs { 7, 1024 } do lists[i] = events(paths, options, most, cut_at(ends)) end
      for i = 1, math.max(#lists[1], #lists[2]) do assert.equal(lists[1][i], lists[2][i]) end
      for _, path in ipairs(paths) do os.remove(path) end
   end

   it("is the same one when TCP ends it, too, and the table is full", function ()
      for seed = 1, 4 do same({ wire.capture(bustle(seed, 0)) }, { max_flows = 400 }) end
   end)

   it("is the same one in a capture of another time", function ()
      for seed = 1, 4 do
         same({ wire.capture(bustle(seed, 4000)), wire.capture(bustle(seed, 0)) }, { linger = 0.5 })
      end
   end)

   it("is none when nobody may end flows, or the packet is of none", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local first = capture:read()
      assert.has_error(function () capture:cut(first.packets[first.packet_count - 1]) end,
         "cannot end flow 3: the option 'cuts' is not set")
      capture = assert(weir.open("samples/hostile.pcap", { flows = true, cuts = true }))
      for batch in capture:batches() do
         for i = 0, batch.packet_count - 1 do capture:cut(batch.packets[i]) end
      end
   end)

   it("does not cut batches short at the end of all time", function ()
      local list = {}
      for i = 1, 20 do
         list[i] = udp { port = i }
         list[i].seconds, list[i].nanoseconds = 9223372036, 854775000
      end
      wire.with(wire.pcapng(list), function (path)
         local capture = assert(weir.open(path, { flows = true, cuts = true }))
         assert.equal(20, capture:read().moved)
         capture:close()
      end)
   end)

   it("may be about to end, when a batch had no room for all that end at once", function ()
      local parts = {}
      for i, at in ipairs { 0, 4, 6, 20, 40 } do parts[i] = { udp { at = at }, 1, 3000 } end
      wire.with(wire.swarm(parts), function (path)
         local reasons = {}
         each(path, { cuts = true, active = 5 }, 1024, function (kind, r, capture)
            if kind == "packet" and r.time >= wire.START + 4 then capture:cut(r) end
            if kind == "flow" then reasons[r.ended] = (reasons[r.ended] or 0) + 1 end
         end)
         assert.same({ active = 9000, forced = 3000 }, reasons)
      end)
   end)

   it("may have ended already", function ()
      wire.with({ tcp { flags = "R" }, udp { at = 200 }, udp { at = 201 } }, function (path)
         local options = { flows = true, cuts = true, linger = 1000, idle = 5 }
         local capture = assert(weir.open(path, options))
         local packets = {}
         for batch in capture:batches() do
            for i = 0, batch.packet_count - 1 do packets[#packets + 1] = batch.packets[i] end
            for _, packet in ipairs(packets) do capture:cut(packet) end
         end
      end)
   end)
end)

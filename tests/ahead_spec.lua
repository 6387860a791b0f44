-- Reading ahead in a thread of its own changes nothing but the time that it takes.

local meter = require "weir.meter"
local try   = require "try"
local weir  = require "weir"
local wire  = require "wire"

local ALL = "--stats --seconds --splt 5 --tcp --offsets -T json"

-- What the program prints and says of these arguments, with one job and with two.
local function both(arguments)
   local results = {}
   for jobs = 1, 2 do
      local out, err, code = try.weir(("read -q -j %d %s"):format(jobs, arguments))
      results[jobs] = { out = out, err = err, code = code }
   end
   return results[1], results[2]
end

local function same(arguments)
   local one, two = both(arguments)
   assert.same(one, two, arguments)
   return one
end

describe("reading ahead", function ()
   for _, path in ipairs(try.samples()) do
      it("gives the same flows and packets of " .. path, function ()
         same(("-r %s %s"):format(path, ALL))
         same(("-r %s --only packet,flow,second -k all -T json"):format(path))
      end)
   end

   it("gives the same of several captures, of a folder, and of a filter", function ()
      assert.truthy(same("-r samples " .. ALL).out:find "flow_id")
      same("-r samples/web.pcap -r samples/dns.pcapng -r samples/web.pcap.gz 'udp' " .. ALL)
   end)

   it("writes the same captures, secrets and comments included", function ()
      for _, path in ipairs(try.samples()) do
         local copies = {}
         for jobs = 1, 2 do
            local to = try.path ".pcapng"
            try.weir(("read -q -j %d -r %s -w %s"):format(jobs, path, to))
            copies[jobs] = try.contents(to, true)
         end
         assert(copies[1] == copies[2], path)
      end
   end)

   it("says the same of damage, and ends with the same code", function ()
      local whole = try.contents "samples/web.pcap"
      local cut = try.file(whole:sub(1, #whole - 7), ".pcap")
      assert.truthy(same("-r " .. cut .. " " .. ALL).err:find "ends in the middle")
      assert.equal(3, same("-r " .. cut .. " --strict " .. ALL).code)
      local broken = try.file(whole:sub(1, 4000) .. ("\255"):rep(200), ".pcap")
      assert.truthy(same("-r " .. broken .. " -r samples/web.pcap " .. ALL).err:find "damaged")
      os.remove(cut)
      os.remove(broken)
   end)

   it("reads pipes", function ()
      for jobs = 1, 2 do
         local command = "cat samples/web.pcap.gz | %s read -j %d -q -r - -T json"
         local piped = try.run(command:format(try.program, jobs))
         assert.equal(try.weir "read -q -r samples/web.pcap.gz -T json", (piped:gsub(
            '"pcap_filename":"%-"', '"pcap_filename":"samples/web.pcap.gz"')))
      end
   end)

   it("ends at once when it is interrupted while a pipe is silent", function ()
      local script = [[mkfifo %s; (cat samples/web.pcap; exec sleep 20) >%s & silent=$!
         %s read -j 2 -r %s -T json & %s; wait $!; code=$?
         kill $silent; exit $code]]
      local began, pipe = os.time(), try.path()
      local out, err, code = try.run(script:format(pipe, pipe, try.program, pipe, try.interrupt))
      os.remove(pipe)
      assert.equal(130, code, err)
      assert.truthy(out:find '"reason":"forced"')
      assert(os.time() - began < 10)
   end)

   it("stops in the middle", function ()
      local path = wire.swarm { { wire.udp {}, 1, 60000 } }
      wire.with(path, function ()
         for round = 1, 20 do
            local capture = assert(weir.open(path, { ahead = true, flows = round % 2 == 0 }))
            local moved, reads = 0, 0
            while reads < round do                       -- none when they do not come in time
               local n = capture:read(100).moved
               moved, reads = moved + n, reads + (n > 0 and 1 or 0)
            end
            local read, seen = capture:counts()
            assert.equal(moved, seen.packets)
            assert(moved > round * 80 and read.packets >= moved and read.packets < 60000)
            capture:close()
         end
      end)
   end)

   it("stops before damage that it may have read already, and does not tell of it", function ()
      local path = wire.swarm { { wire.udp {}, 1, 60000 }, { wire.udp {}, 1, 60000 } }
      local file = assert(io.open(path, "ab"))
      file:write(("\255"):rep(200))
      file:close()
      wire.with(path, function ()
         for round = 1, 20 do
            local capture = assert(weir.open(path, { ahead = true }))
            for _ = 1, 8 * round do capture:read(700) end
            capture:enough()
            assert.is_nil(capture.damaged)
            capture:close()
         end
      end)
   end)

   it("goes over to another capture in the middle of one", function ()
      local paths = {
         wire.swarm { { wire.udp {}, 1, 5000 } }, wire.swarm { { wire.udp {}, 6000, 9000 } },
      }
      for round = 1, 4 do
         local pipe, ports = assert(meter.new { ahead = true, flows = round % 2 == 0 }), {}
         local one, two = assert(weir.open(paths[1])), assert(weir.open(paths[2]))
         ports[1] = pipe:read(one.handle, 100).packets[0].src_port
         if round > 2 then one:close() end
         ports[2] = pipe:read(two.handle, 100).packets[0].src_port
         assert.same({ 1, 6000 }, ports)
         pipe:close()
      end
      for _, path in ipairs(paths) do os.remove(path) end
   end)

   it("may be forgotten in the middle, and collected", function ()
      wire.with(wire.swarm { { wire.udp {}, 1, 60000 } }, function (path)
         for _ = 1, 10 do
            assert(weir.open(path, { ahead = true })):read()
            collectgarbage()
         end
      end)
   end)

   it("hands out packets, a few at a time, that stay as they are until the next few", function ()
      wire.with(wire.swarm { { wire.udp {}, 1, 60000 } }, function (path)
         local capture, count = assert(weir.open(path, { ahead = true })), 0
         for batch in function () return capture:read(7) end do
            for i = 0, batch.packet_count - 1 do
               count = count + 1
               assert.equal(count, batch.packets[i].src_port)
               assert.equal(count, batch.packets[i].ordinal)
               assert.equal(count, batch.packets[i].bytes:u16(34))
            end
         end
         assert.equal(60000, count)
      end)
   end)
end)

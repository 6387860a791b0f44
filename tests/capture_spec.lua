-- Captures: formats, damage, sources in a row, handles and records that are gone.

local host = require "weir.host"
local try  = require "try"
local weir = require "weir"

local function all(source, options)
   local list, capture = {}, assert(weir.open(source, options))
   for p in capture:packets() do
      list[#list + 1] = { p.ordinal, p.offset, p.ns, p.size, p.kept, p.source, p.bytes:string() }
   end
   return list, capture
end

describe("a capture", function ()
   it("reads the same packets from plain, gzip and zstd files", function ()
      local plain = all "samples/web.pcap"
      assert.equal(16, #plain)
      assert.same(plain, (all "samples/web.pcap.gz"))
      assert.same(plain, (all "samples/web.pcap.zst"))
   end)

   it("recognises compression by its first bytes, not by the name", function ()
      local path = try.file(try.contents "samples/web.pcap.gz")
      assert.equal(16, #all(path))
      os.remove(path)
   end)

   it("knows ordinal and file offset of each packet", function ()
      local file = try.contents "samples/web.pcap"
      for i, p in ipairs((all "samples/web.pcap")) do
         assert.equal(i, p[1])
         assert.equal(p[7], file:sub(p[2] + 17, p[2] + 16 + p[5]))
      end
   end)

   it("reads either byte order, and nanoseconds", function ()
      local list = all "samples/bigendian-ns.pcap"
      assert.equal(4, #list)
      assert(list[2][3] % 1000 ~= 0)
   end)

   it("reads pcapng: sections, links, clocks, every kind of packet, comments, secrets", function ()
      local capture = assert(weir.open "samples/many.pcapng")
      local names, links, comments, times, secrets = {}, {}, 0, {}, nil
      for p in capture:packets() do
         names[#names + 1], links[p.link_type], times[#times + 1] = p.in_iface, true, p.ns
         if p.comment then comments = comments + 1 end
         secrets = capture:secrets()                           -- known while the file is open
      end
      assert.same({ "eth0", "tun0", "eth1", "eth0", "eth0", "tun1", "eth2", "eth2" }, names)
      assert(links[1] and links[101])
      assert.equal(1, comments)
      assert.equal(1, #secrets)
      assert.equal(1767225600001953125LL, times[3])            -- a clock of 2^-20 seconds
      assert.equal(0LL, times[4])                              -- a simple packet has no time
      assert.equal(5, capture:counts().skipped_blocks)
   end)

   it("gives what is there of a truncated file, and says where it ends", function ()
      local list, capture = all "samples/truncated.pcap"
      assert.equal(6, #list)
      assert.truthy(capture.problems[1].damage)
      local why = capture.problems[1].text
      assert.truthy(why:find "offset %d+: the file ends in the middle of a packet", why)
   end)

   it("says which part of a pcapng file is not whole, read or passed over", function ()
      local file = try.contents "samples/many.pcapng"
      for size, what in pairs { [40] = "a block", [63] = "a block's header", [80] = "a block" } do
         local path = try.file(file:sub(1, size))
         local why = select(2, all(path)).problems[1].text
         assert.equal("the file ends in the middle of " .. what, why:match ": (.*)$")
         os.remove(path)
      end
   end)

   it("reads no section of a version that it does not know", function ()
      local file = try.contents "samples/many.pcapng"
      local packets = #all "samples/many.pcapng"
      for _, version in ipairs { "\2\0", "\0\0" } do
         local path = try.file(file .. file:sub(1, 12) .. version .. file:sub(15))
         local list, capture = all(path)
         assert.equal(packets, #list)
         assert.truthy(capture.problems[1].text:find "a section is of version %d, which is unknown")
         os.remove(path)
      end
   end)

   it("gives what is there of a truncated gzip file", function ()
      local path = try.file(try.contents "samples/web.pcap.gz":sub(1, 500))
      local list, capture = all(path)
      assert(#list > 0 and #list < 16)
      assert.truthy(capture.problems[1].text:find "gzip: ends in the middle")
      os.remove(path)
   end)

   it("says why a file is no capture", function ()
      for text, reason in pairs {
         [""]                                 = "is empty",
         ["hello, this is no capture at all"] = "not a capture",
      } do
         local path = try.file(text)
         local capture, why = weir.open(path)
         assert.is_nil(capture)
         assert.truthy(why:find(reason, 1, true), why)
         os.remove(path)
      end
      assert.truthy(select(2, weir.open "/nonexistent"):find "No such file")
   end)

   it("does not believe a packet or block of 4 GiB", function ()
      local file = try.contents "samples/web.pcap":sub(1, 32)
      local path = try.file(file .. "\255\255\255\255" .. ("\0"):rep(64))
      local list, capture = all(path)
      assert.equal(0, #list)
      assert.truthy(capture.problems[1].text:find "4294967295 bytes")
      os.remove(path)
      local section = try.contents "samples/many.pcapng":sub(1, 28)
      path = try.file(section .. "\7\0\0\0\252\255\255\255" .. ("\0"):rep(64))
      list, capture = all(path)
      assert.equal(0, #list)
      assert.truthy(capture.problems[1].damage)
      os.remove(path)
   end)

   it("keeps times of 1970 and 2106, and time that runs backwards", function ()
      local list = all "samples/years.pcap"
      assert.equal(0LL, list[1][3])
      assert.equal(4294967295, tonumber(list[4][3] / 1000000000))
      assert(list[5][3] < list[4][3])
   end)

   it("reads a folder in name order, and only the captures in it", function ()
      local _, capture = all "samples"
      assert(#capture.paths > 20)
      local sorted = { unpack(capture.paths) }
      table.sort(sorted)
      assert.same(sorted, capture.paths)
      for _, path in ipairs(capture.paths) do assert(not path:find "%.lua$") end
   end)

   it("reads several sources in a row, and says of each packet which one it is from", function ()
      local list = all { "samples/web.pcap", "samples/icmp.pcap" }
      assert.equal(22, #list)
      assert.equal(0, list[1][6])
      assert.equal(1, list[22][6])
      assert.equal(1, list[17][1])
   end)

   it("goes on when one of several sources cannot be read", function ()
      local list, capture = all { "/nonexistent", "samples/icmp.pcap" }
      assert.equal(6, #list)
      assert.truthy(capture.problems[1].text:find "/nonexistent")
   end)

   it("applies a BPF filter, and refuses a wrong one", function ()
      local list, capture = all("samples/web.pcap", { filter = "udp port 53" })
      assert.equal(2, #list)
      assert.equal(14, capture:counts().filtered)
      local none, why = weir.open("samples/web.pcap", { filter = "udp prot 53" })
      assert.is_nil(none)
      assert.truthy(why:find "filter 'udp prot 53'")
   end)

   it("applies a filter to each link type of a file", function ()
      assert.equal(1, #all("samples/many.pcapng", { filter = "ip6" }))
   end)

   it("shortens packets to a snap length", function ()
      for _, p in ipairs((all("samples/web.pcap", { snaplen = 20 }))) do
         assert(p[5] <= 20 and p[4] >= 42)
      end
   end)

   it("waits for a file that grows", function ()
      local file = try.contents "samples/web.pcap"
      local path = try.file(file:sub(1, 100))
      local capture = assert(weir.open(path, { follow = true }))
      local _, n = capture:read()
      assert.equal(1, n)
      local more = assert(io.open(path, "ab"))
      more:write(file:sub(101))
      more:close()
      local total = n
      for _ = 1, 20 do
         _, n = capture:read()
         total = total + n
         if total == 16 then break end
      end
      assert.equal(16, total)
      capture:close()
      os.remove(path)
   end)

   it("waits no longer than 25 ms for a file to grow", function ()
      local capture = assert(weir.open("samples/web.pcap", { follow = true }))
      local shortest = math.huge
      assert.equal(16, select(2, capture:read()))
      for _ = 1, 5 do
         local before = host.clock()
         assert.equal(0, select(2, capture:read()))
         shortest = math.min(shortest, host.clock() - before)
      end
      assert(shortest > 0.02 and shortest < 0.05, shortest)
      capture:close()
   end)

   it("gives the same packets in batches of 1, 7 and 1024", function ()
      local paths = { "samples/fragments.pcap", "samples/tunnels.pcap", "samples/many.pcapng" }
      local function read(most)
         local found, capture = {}, assert(weir.open(paths))
         for batch, n in function () return capture:read(most) end do
            for i = 0, n - 1 do
               local p = batch.packets[i]
               found[#found + 1] = tostring(p) .. p.trouble .. p.payload:hex() .. #p.tunnel ..
                  (p.in_iface or "")
            end
         end
         return found
      end
      local one = read(1)
      assert.same(one, read(7))
      assert.same(one, read(1024))
   end)

   it("says beside a batch how many packets and records came", function ()
      local function sums(options)
         local total, moved, packets = 0, 0, 0
         for batch, n in assert(weir.open("samples/web.pcap", options)):batches() do
            total, moved = total + n, moved + batch.moved
            packets = packets + batch.packet_count
         end
         return { total, moved, packets }
      end
      assert.same({ 16, 16, 16 }, sums {})
      assert.same({ 16 + 3 + 3, 16, 16 }, sums { flows = true, seconds = true })
      assert.same({ 16 + 3 + 3, 16, 0 }, sums { flows = true, seconds = true, packets = false })
   end)
end)

describe("handles and records", function ()
   it("raise when the capture is closed", function ()
      local capture = assert(weir.open "samples/web.pcap")
      capture:close()
      capture:close()
      local ok, why = pcall(capture:packets())
      assert(not ok and why:find "closed")
   end)

   -- The records of a capture that is closed and forgotten.
   local function orphans(path)
      local list, capture = {}, assert(weir.open(path))
      for p in capture:packets() do list[#list + 1] = p end
      capture:close()
      return list
   end

   it("do not crash when a record is older than its batch or its capture", function ()
      local old = orphans "samples/tunnels.pcap"
      collectgarbage()
      for p in assert(weir.open "samples/hostile.pcap"):packets() do assert(p.size > 0) end
      assert.equal(14, #old)
      for _, p in ipairs(old) do
         local bytes = p.bytes:string() .. p.payload:hex() .. p.header:hex()
         assert(bytes .. tostring(p) .. #p.tunnel .. #p.vlan .. (p.comment or ""))
      end
   end)

   it("do not crash when a flow is older than its batch, or its meter", function ()
      local flows, seconds, capture = {}, {}, assert(weir.open("samples", {
         flows = true, seconds = true, stats = true, splt = 3, offsets = true,
      }))
      for batch in capture:batches() do
         for i = 0, batch.flow_count - 1 do flows[#flows + 1] = batch.flows[i] end
         for i = 0, batch.second_count - 1 do seconds[#seconds + 1] = batch.seconds[i] end
      end
      capture:close()
      capture.meter:close()
      collectgarbage()
      all("samples/hostile.pcap", { flows = true })
      assert(#flows > 30 and #seconds > 30)
      for _, f in ipairs(flows) do
         local stats = f.stats
         assert(tostring(f) .. #f.tunnel .. #f.vlan .. f.community_id)
         assert(not stats or stats.bidirectional_mean_ps)
      end
      for _, s in ipairs(seconds) do assert((s.src_ip or "") .. (s.proto or "") .. s.flow_id) end
   end)

   it("cannot be written to", function ()
      local p = weir.open "samples/web.pcap":packets()()
      assert.has_error(function () p.kept = 1e9 end)
      assert.has_error(function () return p.data[0] end)
   end)

   it("name the nearest field for one that does not exist", function ()
      local p = weir.open "samples/web.pcap":packets()()
      local ok, why = pcall(function () return p.src_pi end)
      assert(not ok and why:find "did you mean 'src_ip'")
   end)

   it("say what is wrong with an option or a source", function ()
      for why, call in pairs {
         ["no option 'flow': did you mean 'flows'"] = { "x", { flow = true } },
         ["no option '1'"]                          = { "x", { "flows" } },
         ["options are a table"]                    = { "x", "flows" },
         ["'flows' is a boolean, not 0"]            = { "x", { flows = 0 } },
         ["'filter' is a string, not 53"]           = { "x", { filter = 53 } },
         ["'idle' is a number from 0 to inf, not ten"] = { "x", { idle = "ten" } },
         ["'idle' is a number from 0 to inf, not %-1"] = { "x", { idle = -1 } },
         ["'active' is a number"]                   = { "x", { active = 0 / 0 } },
         ["'splt' is a number from 0 to 65535"]     = { "x", { splt = 70000 } },
         ["a source is a path, not a number"]       = { { "samples/web.pcap", 5 } },
      } do
         local ok, said = pcall(function ()
            local opened = weir.open(unpack(call))
            return opened
         end)
         assert.is_false(ok)
         assert.truthy(said:find("capture_spec.lua:%d+: .*" .. why), said)
      end
      assert.truthy(weir.open("samples/web.pcap", { splt = false, flows = true, idle = 1 }))
   end)

   it("hold no more memory after a thousand captures", function ()
      local function resident()
         return tonumber(try.contents "/proc/self/statm":match "%d+ (%d+)")
      end
      local function open_many(n, options)
         for _ = 1, n do
            local capture = assert(weir.open("samples/fragments.pcap", options))
            capture:read()
            capture:close()
            capture.meter:close()
         end
         collectgarbage()
      end
      open_many(100)
      local before = resident()
      open_many(1000)
      assert(resident() - before < 1024, "grew by " .. (resident() - before) .. " pages")
      local flows = { flows = true, stats = true, splt = 5, offsets = true, max_flows = 1000 }
      open_many(20, flows)
      before = resident()
      open_many(200, flows)
      assert(resident() - before < 1024, "grew by " .. (resident() - before) .. " pages")
   end)
end)

-- What is inside the parts of a flow, and along it, is asked of the flow by its own name.

local cjson  = require "cjson"
local try    = require "try"
local wanted = require "weir.cli.wanted"
local weir   = require "weir"

-- Calls `see` with each flow of a sample.
local function each(options, see)
   options.flows = true
   for batch in assert(weir.open("samples/web.pcap", options)):batches() do
      for i = 0, batch.flow_count - 1 do see(batch.flows[i]) end
   end
end

describe("a flow in Lua", function ()
   it("has its statistics and facts as its own fields", function ()
      local count = 0
      each({ stats = true, tcp = true }, function (f)
         assert.equal(f.stats.bidirectional_mean_ps, f.bidirectional_mean_ps)
         assert.equal(f.pkts_toserver + f.pkts_toclient, f.bidirectional_packets)
         assert.equal(64, f.min_ttl_ts)
         assert.equal(f.proto == "TCP" and 0 or nil, f.retransmissions_ts)
         assert.equal(f.proto == "TCP" and 1460 or nil, f.mss_ts)
         count = count + 1
      end)
      assert.equal(3, count)
   end)

   it("has none of them when nobody measured", function ()
      each({}, function (f)
         for _, name in ipairs {
            "stats", "facts", "offsets", "bidirectional_mean_ps", "retransmissions_ts", "splt_ps",
         } do
            assert.is_nil(f[name], name)
         end
      end)
      each({ stats = true }, function (f) assert.is_nil(f.splt_ps) end)
   end)

   it("has what NFStream counts by the cheap name also without statistics", function ()
      each({}, function (f)
         assert.equal(f.pkts_toserver, f.src2dst_packets)
         assert.equal(f.bytes_toclient, f.dst2src_bytes)
      end)
   end)

   it("has the offsets and the first of its packets as arrays", function ()
      local seen = {}
      each({ offsets = true, stats = true, splt = 4 }, function (f)
         seen[f.flow_id] = { f.offsets, f.splt_direction, f.splt_ps, f.splt_piat_ms }
      end)
      assert.same({ { 158, 249 }, { 0, 1, -1, -1 }, { 75, 91, -1, -1 }, { 0, 1, -1, -1 } }, seen[1])
      assert.same({ 0, 1, 0, 0 }, seen[2][2])
      assert.equal(8, #seen[2][1])
   end)

   it("has its first packets without asking for statistics, too", function ()
      local seen = {}
      each({ splt = 2 }, function (f) seen[f.flow_id] = f.splt_direction end)
      assert.same({ 0, 1 }, seen[1])
   end)

   it("shows no arrays once it is gone, and does not crash", function ()
      local kept
      each({ offsets = true, stats = true, splt = 4 }, function (f) kept = f end)
      assert.is_nil(kept.offsets or kept.splt_ps)
      collectgarbage()
      collectgarbage()
      assert.is_nil(kept.offsets or kept.splt_ps or kept.bidirectional_mean_ps)
      each({ offsets = true, stats = true, splt = 1 }, function ()       -- in the same memory
         return kept.offsets, kept.splt_ps
      end)
   end)

   it("names what was probably meant, and where to ask for what a part does not have", function ()
      each({ stats = true, splt = 1 }, function (f)
         local function asking(record, name)
            local ok, why = pcall(function () return record[name] end)
            assert(not ok)
            return why
         end
         assert.truthy(asking(f, "bidirectional_mena_ps"):find "mean 'bidirectional_mean_ps'")
         assert.truthy(asking(f.stats, "bidirectional_mena_ps"):find "mean 'bidirectional_mean_ps'")
         assert.truthy(asking(f.stats, "splt_ps"):find "'splt_ps' is asked of the flow itself")
      end)
   end)
end)

-- The lines of a command's output.
local function lines(arguments)
   local out, err, code = try.weir("read -q -r samples/web.pcap " .. arguments)
   assert.equal(0, code, err)
   return try.lines(out)
end

describe("weir read -e", function ()
   it("measures what a name inside a flow's parts needs", function ()
      assert.same({ "192.0.2.10\t83\t", "192.0.2.10\t101.375\t0", "192.0.2.10\t68.5\t0" },
         lines "-T fields -e src_ip -e bidirectional_mean_ps -e retransmissions_ts")
   end)

   it("takes parts and plain fields in any order, as often as named", function ()
      assert.same({ "53,1,0.001000000,83,,1", "80,1,0.007000000,101.375,0.001,5" },
         { unpack(lines("-T fields -E separator=, -e dest_port -e bidirectional_mean_piat_ms "
            .. "-e duration -e bidirectional_mean_ps -e rtt_server -e pkts_toserver"), 1, 2) })
   end)

   it("writes them in JSON beside the others", function ()
      local web = cjson.decode(lines("-T json -e src_ip -e bidirectional_mean_ps -e mss_tc "
         .. "-e splt_ps --splt 3")[2])
      assert.same({
         src_ip = "192.0.2.10", bidirectional_mean_ps = 101.375, mss_tc = 1460,
         splt_ps = { 74, 74, 66 },
      }, web)
      assert.same({}, cjson.decode(lines("-T json -e mss_tc")[1]))
   end)

   it("keeps so many first packets as --splt says, else 20", function ()
      assert.equal("75,91", lines("-T fields -e splt_ps --splt 2")[1])
      assert.equal("75,91" .. (",-1"):rep(18), lines("-T fields -e splt_ps")[1])
   end)

   it("measures nothing for what NFStream counts by a cheap name", function ()
      local want = assert(wanted.of { field = { "src2dst_packets", "dst2src_bytes" } })
      assert(not (want.measures.stats or want.measures.tcp or want.measures.splt))
      assert.same({ "1\t91", "5\t379", "2\t134" },
         lines "-T fields -e src2dst_packets -e dst2src_bytes")
   end)

   it("shows them in a table", function ()
      local list = lines "-T table -e src_ip -e bidirectional_stddev_ps -e splt_ps -e offsets"
      assert.truthy(list[2]:find "^192.0.2.10 +11.3137 +75,91,.* +158,249$")
   end)

   it("is told which names there are, below what measures them, and by completion", function ()
      local list = try.weir "read --list-fields"
      for option, name in pairs {
         offsets = "offsets", stats = "bidirectional_mean_ps", splt = "splt_ps", tcp = "mss_tc",
      } do
         local heading = "by --" .. option .. ", or by naming one with -e\n"
         local below = list:match(heading:gsub("%-", "%%-") .. "(.-)\n\n") or list:match("--tcp.*")
         assert.truthy(below:find("\nflow +" .. name .. " +%l"), name)
      end
      assert(not list:find "\nflow +src2dst_packets")               -- it takes no statistics
      local words = "\n" .. try.weir "completion --words fields"
      for _, name in ipairs { "src_ip", "stats", "bidirectional_mean_ps", "splt_ps", "mss_tc" } do
         assert.truthy(words:find("\n" .. name .. "\n", 1, true), name)
      end
   end)

   it("names the one that was probably meant", function ()
      local _, err, code = try.weir "read -r samples/web.pcap -T fields -e retransmision_ts"
      assert.equal(2, code)
      assert.truthy(err:find "did you mean 'retransmissions_ts'")
   end)
end)

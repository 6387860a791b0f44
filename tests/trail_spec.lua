-- From facts back to their packets: what `why --pcap` writes, packet by packet.

local ask       = require "weir.kb.ask"
local knowledge = require "knowledge"
local schema    = require "weir.schema"
local trail     = require "weir.trail"
local try       = require "try"
local weir      = require "weir"
local wire      = require "wire"
local why       = require "weir.kb.why"

-- The bytes of each packet of a capture, in order: "time bytes"; and how often each is there.
local function packets_of(path)
   local capture, list = assert(weir.open(path, { flows = false })), {}
   for packet in capture:packets() do
      list[#list + 1] = ("%.6f "):format(packet.time) .. packet.bytes:string()
   end
   capture:close()
   return list
end

-- The packets of the records that a kind has in a capture, by their flow's id: as the core tells.
local function of_records(paths, kind)
   local all, sets = {}, {}
   for i, path in ipairs(paths) do all[i - 1] = packets_of(path) end
   local capture = assert(weir.open(paths, { packets = true, flows = true, offsets = true,
      protocols = kind ~= "flow" and { kind } or nil }))
   local numbers = {}
   for batch in capture:batches() do
      for i = 0, batch.packet_count - 1 do
         local p = batch.packets[i]
         numbers[p.source .. ":" .. p.offset] = all[p.source][p.ordinal]
      end
      for r = 0, batch.run_count - 1 do
         local run = batch.runs[r]
         local is_one = run.kind == schema.number(kind)
         for i = run.first, is_one and run.first + run.count - 1 or -1 do
            local record = batch[schema.of(kind).records][i]
            for k = record.offsets_at, record.offsets_at + record.offset_count - 1 do
               sets[numbers[batch.offset_sources[k] .. ":" .. batch.offsets[k]]] = true
            end
         end
      end
   end
   capture:close()
   return sets
end

local function sorted(set)
   local list = {}
   for packet in pairs(set) do list[#list + 1] = packet end
   table.sort(list)
   return list
end

-- What an extractor tells one fact of, for each record of a kind: the packets of its trail.
local function trail_of(paths, kind, before)
   local path, out = knowledge.path(), try.path ".pcapng"
   local base = knowledge.open(path)
   local digest = require "weir.digest"
   for i, one in ipairs(paths) do
      assert(base:source { path = one, hash = digest.file(one), index = i - 1 })
   end
   local book = base:handle("x", kind)
   local capture = assert(weir.open(paths, base:measures { packets = kind == "packet", flows = true,
      begins = kind == "begin", seconds = kind == "second",
      protocols = schema.number(kind) >= schema.number "stream" and { kind } or nil }))
   for batch in capture:batches() do
      for r = 0, batch.run_count - 1 do
         local run = batch.runs[r]
         local is_one = run.kind == schema.number(kind)
         for i = run.first, is_one and run.first + run.count - 1 or -1 do
            book.row, book.proof = batch[schema.of(kind).records][i], nil
            book:entity("t", tostring(kind == "packet" and book.row.ordinal or book.row.flow_id))
         end
      end
   end
   capture:close()
   assert(base:commit())
   local found = {}
   for row in base.db:rows "SELECT id FROM entities" do
      local claims = assert(why.claims(base, row.id))
      if before then before(claims) end
      assert(trail.write(claims, out))
      for _, packet in ipairs(packets_of(out)) do found[packet] = true end
   end
   base:close()
   knowledge.remove(path)
   os.remove(out)
   return found
end

describe("the trail of a fact", function ()
   it("is exactly the packets of its records", function ()
      for _, case in ipairs {
         { "samples/dns.pcap", "dns" }, { "samples/tls.pcap", "tls" },
         { "samples/http.pcap", "http" }, { "samples/neighbours.pcap", "arp" },
         { "samples/fragments.pcap", "flow" },
         { "samples/dtls.pcap", "tls" }, { "samples/http2.pcap", "exchange" },
         { "samples/web.pcap", "flow" }, { "samples/web.pcap.gz", "flow" },
         { "samples/many.pcapng", "flow" }, { "samples/quic.pcap", "quic" },
      } do
         local expected = sorted(of_records({ case[1] }, case[2]))
         assert.truthy(#expected > 0, case[1])
         assert.same(expected, sorted(trail_of({ case[1] }, case[2])), case[1])
      end
   end)

   it("of a flow of many packets is found again, in all files that it goes through", function ()
      local frames = {}
      for i = 1, 100 do frames[i] = wire.udp { data = "number " .. i }[1] end
      local first = try.file(try.pcap { unpack(frames, 1, 60) }, ".pcap")
      local second = try.file(try.pcap { unpack(frames, 61) }, ".pcap")
      assert.equal(100, #sorted(trail_of({ first, second }, "flow")))
      assert.equal(60, #sorted(trail_of({ first }, "flow", function (claims)
         assert.equal(32, #claims[1].proofs[1].places)
         assert.equal(60, claims[1].proofs[1].packets)
      end)))
      os.remove(first)
      os.remove(second)
   end)

   it("is one packet, a flow's first, or those of a second, for such records", function ()
      local all = packets_of "samples/dns.pcap"
      assert.equal(#all, #sorted(trail_of({ "samples/dns.pcap" }, "packet")))
      local begun = sorted(trail_of({ "samples/dns.pcap" }, "begin"))
      local seconds = sorted(trail_of({ "samples/dns.pcap" }, "second"))
      assert.truthy(#begun > 1 and #begun < #seconds)
      assert.same(sorted(of_records({ "samples/dns.pcap" }, "flow")), seconds)
   end)

   it("goes through all that was told, as far as it is kept: the first and the last", function ()
      local path = knowledge.path()
      local base = knowledge.open(path)
      for i = 1, 2 do
         knowledge.take(base, ({ "samples/web.pcap", "samples/dns.pcap" })[i], { most = 1 })
      end
      local most = 0
      for row in base.db:rows "SELECT id FROM entities UNION ALL SELECT id FROM relationships" do
         for _, claim in ipairs(assert(why.claims(base, row.id))) do
            most = math.max(most, #claim.proofs)
            assert.truthy(#claim.proofs > 0 and #claim.proofs <= 8)
            assert.truthy(#claim.proofs == 8 or claim.left_out == 0)
            for k = 2, #claim.proofs do
               assert.truthy(claim.proofs[k].time >= claim.proofs[k - 1].time - 1)
            end
         end
      end
      assert.truthy(most > 3)
      base:close()
      knowledge.remove(path)
   end)

   it("says what is missing when a capture is not there", function ()
      local path, copy = knowledge.path(), try.file(try.contents "samples/dns.pcap", ".pcap")
      local base = knowledge.open(path)
      knowledge.take(base, copy)
      local fact = assert(ask.word(base, "www.example.org"))
      local claims, out = assert(why.claims(base, fact.id)), try.path ".pcap"
      assert.truthy(trail.write(claims, out).packets > 0)
      local file = assert(io.open(copy, "ab"))
      file:write "more"
      file:close()
      local done, reason = trail.write(claims, out)
      assert.is_nil(done)
      assert.truthy(reason:find("is not there, or is another now", 1, true))
      assert.truthy(trail.write(claims, out, { "samples/dns.pcap" }).packets > 0)
      base:close()
      knowledge.remove(path, copy, out)
   end)

   it("is not written over the capture that it is of", function ()
      local path, copy = knowledge.path(), try.file(try.contents "samples/dns.pcap", ".pcap")
      local base = knowledge.open(path)
      knowledge.take(base, copy)
      local fact = assert(ask.word(base, "www.example.org"))
      local done, reason = trail.write(assert(why.claims(base, fact.id)), copy)
      assert.is_nil(done)
      assert.truthy(reason:find("would be written over: it is read", 1, true))
      assert.equal(try.contents "samples/dns.pcap", try.contents(copy))
      base:close()
      knowledge.remove(path, copy)
   end)

   it("of what was only said is none", function ()
      local path = knowledge.path()
      local base = knowledge.open(path)
      local entity = base:person "anna":entity("device", "x", { name = "Hall" })
      assert(base:commit())
      local done, reason = trail.write(assert(why.claims(base, entity.id)), try.path ".pcap")
      assert.is_nil(done)
      assert.truthy(reason:find "somebody only said so")
      base:close()
      knowledge.remove(path)
   end)
end)

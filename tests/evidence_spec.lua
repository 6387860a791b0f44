-- Evidence: which records and packets, packed; what is kept of many, and what damage does.

local evidence = require "weir.kb.evidence"
local weir     = require "weir"

-- What proves each record of DNS in a sample; two that one packet completed are one.
local function proofs()
   local list = {}
   local capture = assert(weir.open("samples/dns.pcap",
      { packets = false, offsets = true, protocols = { "dns" } }))
   for batch in capture:batches() do
      for i = 0, batch.dns_count - 1 do
         local proof = evidence.pack(batch.dns[i], "dns", 7)
         if proof ~= list[#list] then list[#list + 1] = proof end
      end
   end
   capture:close()
   return list
end

local function ordinals(bytes)
   local list, left_out = assert(evidence.read(bytes))
   for i, proof in ipairs(list) do list[i] = proof.ordinal end
   return list, left_out
end

describe("evidence", function ()
   it("says which record, and where its packets are", function ()
      local list, left_out = evidence.read(evidence.one(proofs()[7]))
      assert.equal(0, left_out)
      assert.equal(1, #list)
      local proof = list[1]
      assert.same({ "dns", 2, 11, 7, 5 },
         { proof.kind, proof.flow_id, proof.ordinal, proof.input, proof.packets })
      assert.equal(5, #proof.places)
      for i, place in ipairs(proof.places) do
         assert.equal(7, place.input)
         assert.truthy(i == 1 or place.offset > proof.places[i - 1].offset)
      end
   end)

   it("keeps the first and the last, and counts the others, told at once or bit by bit", function ()
      local all = proofs()
      for n = 1, #all do
         local list, expected = evidence.list(all[1]), { 1 }
         for i = 2, n do evidence.add(list, all[i]) end
         local whole = evidence.text(list)
         for cut = 1, n - 1 do
            local first, second = evidence.list(all[1]), evidence.list(all[cut + 1])
            for i = 2, cut do evidence.add(first, all[i]) end
            for i = cut + 2, n do evidence.add(second, all[i]) end
            assert.equal(whole, evidence.join(evidence.text(first), evidence.text(second)))
         end
         local kept, left_out = ordinals(whole)
         assert.equal(n, #kept + left_out)
         assert.truthy(#kept <= 8)
         assert.same(expected, { kept[1] })
      end
   end)

   it("that is damaged is read as far as it makes sense, or not at all", function ()
      local all = proofs()
      local list = evidence.list(all[1])
      for i = 2, #all do evidence.add(list, all[i]) end
      local whole, bad = evidence.text(list), 0
      math.randomseed(3)
      for _ = 1, 20000 do
         local at = math.random(#whole)
         local bytes = whole:sub(1, at - 1) .. string.char(math.random(0, 255)) .. whole:sub(at + 1)
         if math.random(4) == 1 then bytes = bytes:sub(1, math.random(0, #bytes)) end
         local read, why = evidence.read(bytes)
         if not read then
            assert.equal("evidence is damaged", why)
            bad = bad + 1
         end
         evidence.join(bytes, whole)
      end
      assert.truthy(bad > 1000)
      assert.same({}, (evidence.read ""))
   end)
end)

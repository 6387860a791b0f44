-- Community IDs: the vectors that its authors publish.

local abi   = require "weir.abi"
local cjson = require "cjson"
local ffi   = require "ffi"
local try   = require "try"
local wire  = require "wire"

local C = abi.C
local ICMP, ICMP6 = 1, 58

-- The ID of a flow that has nothing but what the ID is made of.
local function id(v, seed)
   local flow, out = ffi.new "struct weir_flow", ffi.new "char[32]"
   local from, to = wire.address(v.saddr), wire.address(v.daddr)
   ffi.copy(flow.src_addr, from, #from)
   ffi.copy(flow.dest_addr, to, #to)
   flow.ip_version, flow.protocol = #from == 4 and 4 or 6, v.proto
   if v.proto == ICMP or v.proto == ICMP6 then
      flow.icmp_type, flow.icmp_code = v.sport, v.dport
   elseif v.sport then
      flow.src_port, flow.dest_port = v.sport, v.dport
   end
   local size = C.weir_community_text(flow.src_addr, seed, out)
   assert.equal(size, #ffi.string(out))
   return ffi.string(out)
end

-- The bytes behind "1:" in hexadecimal digits.
local function in_hex(text)
   local digits, bits, count, out = {}, 0, 0, {}
   local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
   for i = 1, 64 do digits[alphabet:sub(i, i)] = i - 1 end
   for letter in text:sub(3):gsub("=", ""):gmatch "." do
      bits, count = bits % 2 ^ 16 * 64 + digits[letter], count + 6
      if count >= 8 then
         count = count - 8
         out[#out + 1] = ("%02x"):format(math.floor(bits / 2 ^ count) % 256)
      end
   end
   return text:sub(1, 2) .. table.concat(out)
end

local function vector(proto, saddr, sport, daddr, dport)
   return { proto = proto, saddr = saddr, sport = sport, daddr = daddr, dport = dport }
end

local corpus = os.getenv "WEIR_CORPUS"

-- The vectors of one of the published files; nil and why when there are none.
local function published(name)
   if not corpus then return nil, "corpus not present: WEIR_CORPUS is not set" end
   return cjson.decode(try.contents(("%s/community-id/baseline_%s.json"):format(corpus, name)))
end

describe("a Community ID", function ()
   it("is that of the specification", function ()
      local web = vector(6, "128.232.110.120", 34855, "66.35.250.204", 80)
      assert.equal("1:LQU9qZlK+B5F3KDmev6m5PMibrg=", id(web, 0))
      assert.equal("1:3V71V58M3Ksw/yuFALMcW0LAHvc=", id(web, 1))
      assert.equal("1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
         id(vector(17, "192.168.1.52", 54585, "8.8.8.8", 53), 0))
      assert.equal("1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
         id(vector(1, "192.168.0.1", 0, "192.168.0.89", 8), 0))         -- an echo's reply
      assert.equal("1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
         id(vector(58, "fe80::200:86ff:fe05:80da", 135, "fe80::260:97ff:fe07:69ea", 0), 0))
   end)

   it("is the same for both directions, and another for another seed", function ()
      local there = vector(6, "2001:db8::1", 1, "2001:db8::2", 2)
      local back = vector(6, "2001:db8::2", 2, "2001:db8::1", 1)
      assert.equal(id(there, 7), id(back, 7))
      assert.are_not.equal(id(there, 7), id(there, 8))
   end)

   for seed, name in pairs { [0] = "deflt", "seed1" } do
      it("is that of all vectors with seed " .. seed, function ()
         local vectors, why = published(name)
         if not vectors then return pending(why) end
         assert.equal(23, #vectors)
         for _, v in ipairs(vectors) do
            for key, value in pairs(v) do if value == cjson.null then v[key] = nil end end
            assert.equal(v.communityid, id(v, seed))
         end
      end)
   end

   it("is that of all vectors in hexadecimal digits", function ()
      local vectors, why = published "nob64"
      if not vectors then return pending(why) end
      assert.equal(23, #vectors)
      for _, v in ipairs(vectors) do
         for key, value in pairs(v) do if value == cjson.null then v[key] = nil end end
         assert.equal(v.communityid, in_hex(id(v, 0)))
      end
   end)

   -- The set of IDs that weir read gives to the flows of the captures the vectors are from.
   local function read(options)
      local ids, count = {}, 0
      local command = "read -q -T fields -e community_id -r %s/community-id/combined.pcap.gz %s"
      for _, line in ipairs(try.lines((try.weir(command:format(corpus, options))))) do
         if not ids[line] then ids[line], count = true, count + 1 end
      end
      return ids, count
   end

   it("is that of the vectors' captures, with the seed that was asked for", function ()
      if not corpus then return pending(select(2, published())) end
      for name, options in pairs { deflt = "", seed1 = "--community-seed 1" } do
         local ids, count = read(options)
         local known = {}
         for _, v in ipairs(published(name)) do
            if not known[v.communityid] then count = count - 1 end
            known[v.communityid] = true
            assert(ids[v.communityid], v.communityid .. " is missing")
         end
         assert.equal(0, count)
      end
   end)

   it("takes its seed from the command line", function ()
      local function first(options)
         return (try.weir("read -q -r samples/sctp.pcap -T fields -e community_id " .. options))
      end
      assert.equal("1:fA6SbTQVLpUKlpK5R61RaQqgriA=\n", first "")
      assert.equal(first "", first "--community-seed 0")
      assert.are_not.equal(first "", first "--community-seed 1")
   end)
end)

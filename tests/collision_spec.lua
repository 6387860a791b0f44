-- Flows whose hashes are all equal, which make a table a list: those who know the seed of the hash
-- can send them, nobody else can.

local bit  = require "bit"
local ffi  = require "ffi"
local host = require "weir.host"
local measured = require "measured"
local try  = require "try"
local weir = require "weir"
require "wire"                                           -- makes the next two known
local file, frame = require "file", require "frame"

-- key_hash (core/flow/key.c) begins with a product: one factor is the first half of the lower of
-- a flow's IPv6 addresses, the other that of the higher one, each xor such a constant and xor the
-- seed in some form.  Where one factor is zero, the product does not depend on the other.
local LOWER, HIGHER = 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL

local SEED, OTHERS = 0x0123456789abcdefULL, { 1, 0xffffffffULL, 0x9e3779b97f4a7c15ULL }
local FLOWS = 10000
local FROM, TO, HALF = 16 + 14 + 8, 16 + 14 + 24, 8      -- where the addresses of a record are

-- A number as the core loads it from an address.
local function half(n) return ffi.string(ffi.new("uint64_t[1]", n), HALF) end

-- A capture of FLOWS packets of as many flows; halves(i) gives the first halves of the lower and
-- the higher address of the i-th.
local function capture(halves)
   local carried = frame.ip6(frame.client, frame.server, frame.udp(7, 7, "x"))
   local text = file.pcap { frame.ethernet(frame.client, frame.server, carried) }
   local record, list = text:sub(25), { text:sub(1, 24) }
   local before, between = record:sub(1, FROM), record:sub(FROM + HALF + 1, TO)
   local behind = record:sub(TO + HALF + 1)
   for i = 1, FLOWS do
      local lower, higher = halves(i)
      list[i + 1] = before .. half(lower) .. between .. half(higher) .. behind
   end
   return try.file(table.concat(list), ".pcap")
end

-- Halves whose hashes are equal for those who read with this seed.
local function made_for(seed)
   return function (i) return bit.bxor(LOWER, seed), 0xff00000000000000ULL + i end
end

-- Halves whose hashes were equal with any seed, as long as one of the factors had none.
local function made_for_all(i) return 0x100010001ULL * i, HIGHER end

-- Halves as they come.
local function ordinary(i) return 0x20010db8ULL, 0xff00000000000000ULL + i end

-- CPU seconds to read a capture; without a seed with whichever there is then.
local function seconds(path, seed)
   local before, flows = host.cpu(), 0
   local source = assert(weir.open(path, { flows = true, seed = seed }))
   for batch in source:batches() do flows = flows + batch.flow_count end
   source.meter:close()
   assert.equal(FLOWS, flows)
   return host.cpu() - before
end

-- The quickest of three: what else the machine does only adds to it.
local function quickest(path, seed)
   return math.min(seconds(path, seed), seconds(path, seed), seconds(path, seed))
end

describe("flows with one hash", function ()
   local known, usual = capture(made_for(SEED)), capture(ordinary)
   teardown(function () os.remove(known) os.remove(usual) end)

   -- Crafted flows may take five times as long as ordinary ones; if they all met they would take
   -- a hundred times as long.
   local function assert_harmless(path, seed)
      local crafted, limit = quickest(path, seed), 5 * quickest(usual, seed) + 0.01
      assert(crafted < limit, ("%.3f s, more than %.3f s"):format(crafted, limit))
   end

   it("are slow to read with the seed they were made for, and with no other", function ()
      local slow = seconds(known, SEED)
      for _, seed in ipairs(OTHERS) do
         local other = quickest(known, seed)
         assert(slow > 5 * other, ("%.3f s and %.3f s"):format(slow, other))
         assert_harmless(known, seed)
      end
   end)

   it("give the same records with any seed", function ()
      local records = measured.json(known, { seed = SEED })
      assert.equal(2 * FLOWS, #try.lines(records))             -- of flows and of their seconds
      for _, seed in ipairs(OTHERS) do
         assert(records == measured.json(known, { seed = seed }))
      end
   end)

   it("cannot be made without the seed", function ()
      local path = capture(made_for_all)
      for _, seed in ipairs { SEED, unpack(OTHERS) } do assert_harmless(path, seed) end
      os.remove(path)
   end)

   it("cannot be made for the seed that is there when nobody names one", function ()
      local path = capture(made_for(0))
      assert_harmless(path)
      local out = try.weir("read -q -T json --seconds -r " .. path)
      assert.equal(2 * FLOWS, #try.lines(out))
      for _ = 1, 3 do assert(out == try.weir("read -q -T json --seconds -r " .. path)) end
      os.remove(path)
   end)
end)

-- Filters made by chance: the compiled ones hold where plain ones do.

local filter = require "weir.filter"
local slow   = require "slow"
local try    = require "try"
local weir   = require "weir"

local FILTERS = 150                       -- of each kind of record

local how = {
   flows = true, seconds = true, begins = true, stats = true, tcp = true, splt = 8, offsets = true,
}

-- Calls see(kind, record) with each record of the samples.
local function each(see)
   for _, path in ipairs(try.samples()) do
      for batch in weir.open(path, how):batches() do
         for i = 0, batch.packet_count - 1 do see("packet", batch.packets[i]) end
         for i = 0, batch.flow_count - 1 do see("flow", batch.flows[i]) end
         for i = 0, batch.second_count - 1 do see("second", batch.seconds[i]) end
         for i = 0, batch.begin_count - 1 do see("begin", batch.begins[i]) end
      end
   end
end

describe("filters made by chance", function ()
   it("hold for the records for which they do when they are looked at slowly", function ()
      local pool, random, made = {}, try.random(20), {}
      each(function (kind, record) slow.gather(pool, kind, record) end)
      for kind in pairs(slow.fields) do
         made[kind] = {}
         for i = 1, FILTERS do
            local one = slow.filter(random, kind, pool)
            local compiled, why, place = filter.new(one.text)
            assert(compiled, one.text .. ": " .. tostring(why) .. "\n" .. tostring(place))
            one.test = assert(compiled:of(kind), one.text).test
            made[kind][i] = one
         end
      end
      local held, asked = 0, 0
      each(function (kind, record)
         for _, one in ipairs(made[kind]) do
            local expected = one.holds(record)
            assert(one.test(record) == expected, ("%s of %s: expected %s"):format(one.text,
               tostring(record), tostring(expected)))
            held, asked = held + (expected and 1 or 0), asked + 1
         end
      end)
      assert(asked > 30000 and held > asked / 20 and held < asked * 0.9, held .. " of " .. asked)
   end)
end)

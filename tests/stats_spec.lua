-- What is known of numbers that come one by one.

local stats = require "weir.stats"
local try   = require "try"

-- What adding these numbers leads to.
local function of(numbers)
   local all = stats.running()
   for _, x in ipairs(numbers) do all:add(x) end
   return all
end

-- The same from all the numbers at once, the long way.
local function described(numbers)
   local sum, squares = 0, 0
   for _, x in ipairs(numbers) do sum = sum + x end
   local mean = sum / #numbers
   for _, x in ipairs(numbers) do squares = squares + (x - mean) ^ 2 end
   return sum, mean, math.sqrt(squares / (#numbers - 1))
end

describe("a median", function ()
   it("is the middle, with the middle of how far the others are", function ()
      assert.same({ 3, 0 }, { stats.median { 3 } })
      assert.same({ 2.5, 1 }, { stats.median { 4, 1, 3, 2 } })
      assert.same({ 60, 2 }, { stats.median { 60, 58, 62, 60, 6000 } })
      assert.is_nil(stats.median {})
   end)

   it("leaves the numbers as they are", function ()
      local numbers = { 3, 1, 2 }
      stats.median(numbers)
      assert.same({ 3, 1, 2 }, numbers)
   end)
end)

describe("running statistics", function ()
   it("are 0 where there is nothing", function ()
      local none = stats.running()
      assert.same({ 0, 0, 0, 0, 0, 0 },
         { none.n, none.sum, none.min, none.max, none.mean, none:deviation() })
   end)

   it("know one number, which does not deviate", function ()
      local one = of { -3 }
      assert.same({ 1, -3, -3, -3, -3, 0 },
         { one.n, one.sum, one.min, one.max, one.mean, one:deviation() })
   end)

   it("have the deviation of a sample", function ()
      local four = of { 1, 1, 1, 9 }
      assert.same({ 4, 12, 1, 9, 3, 4 },
         { four.n, four.sum, four.min, four.max, four.mean, four:deviation() })
   end)

   it("keep numbers of different objects apart", function ()
      local low, high = of { 1 }, of { 100, 102 }
      low:add(3)
      assert.same({ 2, 101 }, { low.mean, high.mean })
   end)

   it("do not lose what large numbers differ by", function ()
      local all = of { 1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16 }
      assert.same({ 1e9 + 10, math.sqrt(30) }, { all.mean, all:deviation() })
   end)

   it("agree with sums over all numbers", function ()
      local dice, numbers = try.random(7), {}
      for i = 1, 5000 do numbers[i] = dice(1000000) / 1000 - 300 end
      local all, sum, mean, deviation = of(numbers), described(numbers)
      assert.equal(sum, all.sum)
      assert.near(mean, all.mean, 1e-9)
      assert.near(deviation, all:deviation(), 1e-9)
      assert.same({ math.min(unpack(numbers)), math.max(unpack(numbers)) }, { all.min, all.max })
   end)
end)

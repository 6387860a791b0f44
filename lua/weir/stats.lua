-- Numbers that come one by one, and what they are like as a whole, without keeping them.
--
--    local gaps = stats.running()
--    gaps:add(0.2)
--    print(gaps.n, gaps.min, gaps.max, gaps.mean, gaps:deviation())

local stats, running = {}, {}
running.__index = running

-- What is known of numbers that are yet to come: fields are 0 while there is nothing.
function stats.running()
   return setmetatable({ n = 0, sum = 0, min = 0, max = 0, mean = 0, squares = 0 }, running)
end

-- Welford's way: sums of squares of large numbers would lose the digits that the deviation needs.
function running:add(x)
   local n, step = self.n + 1, x - self.mean
   local mean = self.mean + step / n
   self.n, self.sum, self.mean = n, self.sum + x, mean
   self.squares = self.squares + step * (x - mean)
   if n == 1 or x < self.min then self.min = x end
   if n == 1 or x > self.max then self.max = x end
end

-- The deviation of a sample: 0 for fewer than two numbers.
function running:deviation()
   if self.n < 2 then return 0 end
   return math.sqrt(self.squares / (self.n - 1))
end

return stats

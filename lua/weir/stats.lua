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

-- The middle of sorted numbers.
local function middle(sorted)
   local n = #sorted
   if n % 2 == 1 then return sorted[(n + 1) / 2] end
   return (sorted[n / 2] + sorted[n / 2 + 1]) / 2
end

-- The median of numbers, and the median of how far they are from it: both hardly move for a few
-- that are far away.  Nil when there are none.
function stats.median(numbers)
   if #numbers == 0 then return nil end
   local sorted, far = {}, {}
   for i = 1, #numbers do sorted[i] = numbers[i] end
   table.sort(sorted)
   local median = middle(sorted)
   for i = 1, #sorted do far[i] = math.abs(sorted[i] - median) end
   table.sort(far)
   return median, middle(far)
end

return stats

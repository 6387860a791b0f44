-- Scores that are sums of weighted numbers, as those of a logistic regression.

local linear = {}
linear.__index = linear

-- `weights`: for each output one for each feature; `starts`: for each output what it begins with.
function linear.new(weights, starts)
   return setmetatable({ weights = weights, starts = starts }, linear)
end

-- Adds them, of `count` rows, to as many rows of sums.
function linear:score(rows, count, sums)
   local outputs, features = #self.weights, #self.weights[1]
   for output, weights in ipairs(self.weights) do
      local start = self.starts[output]
      for i = 0, count - 1 do
         local at, sum = i * features - 1, 0
         for f = 1, features do sum = sum + weights[f] * rows[at + f] end
         at = i * outputs + output - 1
         sums[at] = sums[at] + sum + start
      end
   end
end

return linear

-- How much there was when: a bounded number of spans of time beside each other, which become wider
-- as there is more of it.
--
--    local traffic = span.new()
--    traffic:add(flow.start, flow["end"], bytes)
--    for _, point in ipairs(traffic:points()) do print(point[1], point[2]) end

local span = {}
span.__index = span

local MOST = 240                          -- spans

function span.new()
   return setmetatable({ width = 1, sums = {} }, span)
end

-- Makes spans twice as wide until all from `low` to `high` fit.
local function widen(self, low, high)
   while math.floor(high / self.width) - math.floor(low / self.width) >= MOST do
      local sums = {}
      for at, sum in pairs(self.sums) do
         local wide = math.floor(at / 2)
         sums[wide] = (sums[wide] or 0) + sum
      end
      self.width, self.sums = self.width * 2, sums
   end
end

-- Adds an amount that came evenly from one time (seconds since 1970) to another.
function span:add(from, to, amount)
   if not (from and to and to >= from and amount > 0) then return end
   self.low, self.high = math.min(self.low or from, from), math.max(self.high or to, to)
   widen(self, self.low, self.high)
   local width, sums = self.width, self.sums
   local first, last = math.floor(from / width), math.floor(to / width)
   for at = first, last do
      local part = first == last and 1
         or (math.min(to, (at + 1) * width) - math.max(from, at * width)) / (to - from)
      sums[at] = (sums[at] or 0) + amount * part
   end
end

-- The amount a second of each span: { time, amount, place }, without a gap.
function span:points()
   local points = {}
   if not self.low then return points end
   for at = math.floor(self.low / self.width), math.floor(self.high / self.width) do
      points[#points + 1] = { at * self.width, (self.sums[at] or 0) / self.width, #points + 1 }
   end
   return points
end

return span

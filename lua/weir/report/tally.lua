-- What there is most of, in bounded memory: sums by key.  When there are too many keys, the half
-- with least is forgotten: what comes of such a key later begins anew.
--
--    local talkers = tally.new()
--    talkers:add("192.0.2.10", bytes)
--    for _, one in ipairs(talkers:top(10)) do print(one.key, one.sum, one.count) end

local tally = {}
tally.__index = tally

local MOST = 20000                        -- keys

-- most: keys that are told apart.
function tally.new(most)
   return setmetatable({ most = most or MOST, keys = {}, list = {}, count = 0, sum = 0 }, tally)
end

local function by_sum(a, b)
   if a.sum ~= b.sum then return a.sum > b.sum end
   return a.key < b.key
end

-- Forgets the half with least; of those with the same sum the ones that came last.
local function shorten(self)
   local sums, kept, half = {}, {}, math.floor(self.most / 2)
   for i, one in ipairs(self.list) do sums[i] = one.sum end
   table.sort(sums)
   local least = sums[#sums - half + 1]
   local room = half
   for _, one in ipairs(self.list) do room = room - (one.sum > least and 1 or 0) end
   for _, one in ipairs(self.list) do
      local stays = one.sum > least or one.sum == least and room > 0
      if one.sum == least then room = room - 1 end
      if stays then kept[#kept + 1] = one else self.keys[one.key] = nil end
   end
   self.list, self.count, self.is_cut = kept, #kept, true
end

-- Adds to the sum of a key, whose entry it returns: { key, sum, count }, for what else is kept of
-- it.  A key that is nil is nobody's.
function tally:add(key, amount)
   if key == nil then return nil end
   local one = self.keys[key]
   if not one then
      if self.count >= self.most then shorten(self) end
      one = { key = key, sum = 0, count = 0 }
      self.count = self.count + 1
      self.keys[key], self.list[self.count] = one, one
   end
   one.sum, one.count = one.sum + amount, one.count + 1
   self.sum = self.sum + amount
   return one
end

-- The `n` entries with most, and how many keys there are besides (at least, when is_cut).
function tally:top(n)
   local list = {}
   for i, one in ipairs(self.list) do list[i] = one end
   table.sort(list, by_sum)
   local more = #list - n
   for i = #list, n + 1, -1 do list[i] = nil end
   return list, math.max(0, more)
end

return tally

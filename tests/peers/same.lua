-- When what two tools say is the same.

local same = {}

-- Counts by name.
function same.set(one, other)
   local n = 0
   for k, v in pairs(one) do
      if (other[k] or 0) ~= v then return false end
      n = n + v
   end
   for _, v in pairs(other) do n = n - v end
   return n == 0
end

-- Arrays, whatever their order.
function same.list(one, other)
   table.sort(one)
   table.sort(other)
   return table.concat(one, " ") == table.concat(other, " ")
end

-- A statistic of NFStream's and Weir's.
function same.value(theirs, ours)
   if type(ours) == "string" then             -- [1.0  2.0], a comma was where the blanks are
      return theirs:gsub("[%[%]]", ""):gsub(" +", " "):gsub("%.0", "") == ours
   end
   return math.abs(ours - theirs) <= 1e-9 * math.max(1, math.abs(theirs))
end

-- The first statistic in which two rows differ.
function same.unlike(theirs, ours)
   for name, value in pairs(ours) do
      if not same.value(theirs[name], value) then return name end
   end
end

return same

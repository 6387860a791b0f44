-- Round numbers for axes, and how numbers look beside them.
--
--    local axis = scale.new(0, 1900, { class = "number", name = "bytes" }, 5)
--    axis.ticks            --> { { value = 0, label = "0" }, { value = 500, label = "500 B" }, … }
--    axis:place(950)       --> 0.475, of the way from axis.low to axis.high

local sheet = require "weir.sheet"

local scale = {}
scale.__index = scale

local ROUND = { 1, 2, 5, 10 }

-- Steps of times and spans beyond a second, in seconds.
local STEPS = {
   1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
   172800, 604800, 1209600, 2592000, 7776000, 31536000,
}

-- The least round step that is not below `least`.
local function round_step(least, is_time)
   if is_time and least > 0.5 then
      for _, step in ipairs(STEPS) do
         if step >= least then return step end
      end
   end
   local power = 10 ^ math.floor(math.log10(least))
   for _, part in ipairs(ROUND) do
      if part * power >= least * 0.9999999 then return part * power end
   end
   return 10 * power
end

-- ---- words -------------------------------------------------------------------------------------

-- What a column is measured in: "time", "seconds", "bytes" or nothing.
function scale.unit(column)
   if column.class == "time" then return "time" end
   if column.class == "span" or column.class == "seconds" then return "seconds" end
   if column.name:find "bytes" or column.name:find "size$" then return "bytes" end
end

-- A number without a unit: three digits of it, or the whole number.
local function plain(value)
   local size = math.abs(value)
   if value == 0 then return "0" end
   if size >= 1e4 then return (sheet.size(size):gsub("B$", "")) end
   if value % 1 == 0 then return ("%d"):format(value) end
   return ("%.3g"):format(value)
end

local function by_unit(unit, value)
   if value == 0 then return "0" end
   local sign, size = value < 0 and "-" or "", math.abs(value)
   if unit == "bytes" then return sign .. sheet.size(size) end
   if unit == "seconds" then return sign .. sheet.duration(size) end
   return sign .. plain(size)
end

-- A time, as precise as its neighbours `step` seconds away need.
local function moment(value, step)
   if step >= 86400 then return os.date("!%Y-%m-%d", value) end
   if step >= 60 then return os.date("!%H:%M", value) end
   if step >= 1 then return os.date("!%H:%M:%S", value) end
   local digits = math.min(6, math.ceil(-math.log10(step) - 1e-9))
   local whole = math.floor(value + 10 ^ -digits / 2)
   return os.date("!%H:%M:%S", whole) .. ("%." .. digits .. "f"):format(
      math.max(0, value - whole)):sub(2)
end

-- A value of a column in words.
function scale.said(column, value)
   local unit = scale.unit(column)
   if unit == "time" then return moment(value, 1) end
   return by_unit(unit, value)
end

-- ---- axes --------------------------------------------------------------------------------------

-- An axis from the least to the largest value with about so many ticks; of numbers it begins at 0
-- unless that is far away.
function scale.new(low, high, column, count)
   local unit = scale.unit(column)
   local is_time = unit == "time"
   if not is_time and low > 0 and (low < high / 2 or low == high) then low = 0 end
   if high <= low then low, high = math.min(low, is_time and low or 0), low + 1 end
   local step = round_step((high - low) / count, is_time or unit == "seconds")
   local self = setmetatable({ low = low, high = high, unit = unit, ticks = {} }, scale)
   if not is_time then
      self.low, self.high = math.floor(low / step) * step, math.ceil(high / step) * step
   end
   local first = math.ceil(self.low / step - 1e-9)
   for i = first, first + 100 do
      local value = i * step
      if value > self.high + step * 1e-6 then break end
      self.ticks[#self.ticks + 1] = {
         value = value, label = is_time and moment(value, step) or by_unit(unit, value),
      }
   end
   if is_time then self.day = os.date("!%Y-%m-%d", self.low) end
   return self
end

function scale:place(value) return (value - self.low) / (self.high - self.low) end

-- Round borders of about `count` bins between two values.
function scale.bins(low, high, count)
   if high <= low then return { low, low + 1 } end
   local step = round_step((high - low) / count, false)
   local borders, first = {}, math.floor(low / step)
   for i = first, first + 10 * count do
      borders[#borders + 1] = i * step
      if i * step > high then break end
   end
   return borders
end

-- How far the points of all lines reach: from and to of both axes.
function scale.extents(lines)
   local x, y = { math.huge, -math.huge }, { math.huge, -math.huge }
   for _, line in ipairs(lines) do
      for _, point in ipairs(line.points) do
         x[1], x[2] = math.min(x[1], point[1]), math.max(x[2], point[1])
         y[1], y[2] = math.min(y[1], point[2]), math.max(y[2], point[2])
      end
   end
   return x, y
end

return scale

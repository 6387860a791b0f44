-- What is done to features before a model sees them: what stands for absent values, and scales.
--
-- Each step is a function (rows, count) that changes rows of numbers in place.

local prepare = {}

-- Puts a number for each feature in place of NaN.
local function impute(values)
   local features = #values
   return function (rows, count)
      for f = 1, features do
         local value = values[f]
         for at = f - 1, count * features - 1, features do
            if rows[at] ~= rows[at] then rows[at] = value end
         end
      end
   end
end

-- (x - mean) / scale, of each feature.
local function standard(means, scales)
   local features = #means
   return function (rows, count)
      for f = 1, features do
         local mean, scale = means[f], scales[f]
         for at = f - 1, count * features - 1, features do rows[at] = (rows[at] - mean) / scale end
      end
   end
end

-- x * scale + least, of each feature.
local function min_max(scales, leasts)
   local features = #scales
   return function (rows, count)
      for f = 1, features do
         local scale, least = scales[f], leasts[f]
         for at = f - 1, count * features - 1, features do rows[at] = rows[at] * scale + least end
      end
   end
end

local KINDS = {}

function KINDS.impute(step, features) return impute(step:numbers("values", features)) end

KINDS["min-max"] = function (step, features)
   return min_max(step:numbers("scale", features), step:numbers("min", features))
end

function KINDS.standard(step, features)
   local scales = step:numbers("scale", features)
   for i, scale in ipairs(scales) do
      if scale == 0 then step:fail("scale", "entry %d is 0", i - 1) end
   end
   return standard(step:numbers("mean", features), scales)
end

-- The steps of a document's list `prepare`, in order; and whether they leave no value absent.
function prepare.read(doc, features)
   local steps, is_whole = {}, false
   if not doc:has "prepare" then return steps, false end
   local list, count = doc:list "prepare"
   for i = 1, math.min(count, 16) do
      local step = list:object(i)
      local kind = step:text "kind"
      if not KINDS[kind] then
         step:fail("kind", "'%s' is none: it can be impute, min-max, standard", kind:sub(1, 40))
      end
      steps[i] = KINDS[kind](step, features)
      is_whole = is_whole or kind == "impute"
   end
   if count > #steps then doc:fail("prepare", "it has more than %d steps", #steps) end
   return steps, is_whole
end

return prepare

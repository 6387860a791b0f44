-- Values laid over values: what has names is merged name by name, all else is replaced.  To what
-- has names, nothing at all changes nothing.

local function is_map(value) return type(value) == "table" and #value == 0 end

local function copy(value)
   if type(value) ~= "table" then return value end
   local new = {}
   for name, item in pairs(value) do new[name] = copy(item) end
   return new
end

local function merge(under, over)
   if over == nil then return copy(under) end
   if not is_map(under) or not is_map(over) or next(under) == nil then return copy(over) end
   local new = copy(under)
   for name, value in pairs(over) do new[name] = merge(under[name], value) end
   return new
end

return merge

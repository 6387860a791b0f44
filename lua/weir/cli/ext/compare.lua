-- What differs between lines of JSON that are expected of an extension, and those that it made.

local json   = require "weir.json"
local sorted = require "weir.sorted"

local function is_same(a, b)
   if type(a) == "number" and type(b) == "number" then
      return a == b or math.abs(a - b) <= 1e-9 * math.max(math.abs(a), math.abs(b))
   elseif type(a) ~= "table" or type(b) ~= "table" then
      return a == b
   end
   for k, v in pairs(a) do
      if not is_same(v, b[k]) then return false end
   end
   for k in pairs(b) do
      if a[k] == nil then return false end
   end
   return true
end

-- Adds what differs between two values, field by field: { path, expected, got }.
local function differences(a, b, path, list)
   if type(a) == "table" and type(b) == "table" and #a == 0 and #b == 0 then
      local names = {}
      for k in pairs(a) do names[k] = true end
      for k in pairs(b) do names[k] = true end
      for _, k in ipairs(sorted(names)) do
         differences(a[k], b[k], path == "" and k or path .. "." .. k, list)
      end
   elseif not is_same(a, b) then
      list[#list + 1] = { path = path, expected = a, got = b }
   end
end

-- What differs between expected and made lines: { line, path, expected, got }, where a line that
-- is missing or too much has no path.  Or nil and why that cannot be told.
return function (expected, made)
   local list = {}
   for i = 1, math.max(#expected, #made) do
      local a, b, why = nil, nil, nil
      if expected[i] then a, why = json.decode(expected[i]) end
      if expected[i] and a == nil then return nil, ("line %d: %s"):format(i, why) end
      if made[i] then b = assert(json.decode(made[i])) end
      local found = {}
      if a ~= nil and b ~= nil then
         differences(a, b, "", found)
      else
         found[1] = { expected = a, got = b }
      end
      for _, difference in ipairs(found) do
         difference.line = i
         list[#list + 1] = difference
      end
   end
   return list
end

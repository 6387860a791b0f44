-- What a file takes from the environment: messages name it, and never show it.
--
--    local known = secrets.new()
--    known:add("TOKEN", "s3cret")
--    known:hide "cannot open 's3cret'"      --> "cannot open '${TOKEN}'"

local secrets = {}
secrets.__index = secrets

function secrets.new() return setmetatable({ list = {}, seen = {} }, secrets) end

-- The longest come first: one may be a part of another.
function secrets:add(name, value)
   if value == "" or self.seen[value] then return end
   self.seen[value] = true
   self.list[#self.list + 1] = { name = name, value = value }
   table.sort(self.list, function (a, b) return #a.value > #b.value end)
end

-- A text with the names in place of the values.
function secrets:hide(text)
   for _, one in ipairs(self.list) do
      text = text:gsub(one.value:gsub("%p", "%%%0"), function () return "${" .. one.name .. "}" end)
   end
   return text
end

return secrets

-- What a file takes from the environment: messages name it, and never show it.
--
--    local known = secrets.new()
--    known:add("TOKEN", "s3cret")
--    known:hide "cannot open 's3cret'"      --> "cannot open '${TOKEN}'"
--
-- What a run says later is of extensions, which may say anything: secrets.hidden(text) hides what
-- any file of this process took.

local secrets = {}
secrets.__index = secrets

local SHORTEST = 4                        -- bytes of what is hidden then: less is in any word

function secrets.new() return setmetatable({ list = {}, seen = {} }, secrets) end

local all = secrets.new()

-- The longest come first: one may be a part of another.
function secrets:add(name, value)
   if value == "" or self.seen[value] then return end
   if self ~= all and #value >= SHORTEST then all:add(name, value) end
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

-- A text without what was taken from the environment in this process.
function secrets.hidden(text) return all:hide(text) end

return secrets

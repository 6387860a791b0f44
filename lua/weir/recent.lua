-- A table of bounded size: what nobody has asked for longest is forgotten.  It is two tables: what
-- is asked for moves into the newer one, and when that is full the older one goes.
--
--    local devices = recent.new(4096)
--    local device = devices:get "192.0.2.1" or devices:put("192.0.2.1", {})

local recent = {}
recent.__index = recent

-- `most`: how many values there are at most.
function recent.new(most)
   return setmetatable({ new = {}, old = {}, count = 0, half = math.max(1, math.floor(most / 2)) },
      recent)
end

-- Keeps a value, which is not nil, and returns it.
function recent:put(key, value)
   if self.new[key] == nil then
      if self.count >= self.half then self.new, self.old, self.count = {}, self.new, 0 end
      self.count = self.count + 1
   end
   self.new[key], self.old[key] = value, nil
   return value
end

-- The value of a key; nil when it was never put, or is forgotten.
function recent:get(key)
   local value = self.new[key]
   if value ~= nil then return value end
   value = self.old[key]
   if value == nil then return nil end
   return self:put(key, value)
end

return recent

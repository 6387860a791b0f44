-- A JSON document that somebody else wrote: what is not as it should be is an error with its place.
--
--    local learner = document.of(value):object "learner"
--    local count = learner:whole("num_class", 0, 1000)
--    --> learner.num_class: it is no whole number from 0 to 1000

local document, part = {}, {}
part.__index = part

local WHOLE = 2 ^ 31 - 1

-- Raises the reason as a table, which weir.model returns.
function document.fail(format, ...) error({ reason = format:format(...) }, 0) end

-- A value with the path to it.
function document.of(value, place)
   if type(value) ~= "table" then
      document.fail("%s: it is no object", place or "the document")
   end
   return setmetatable({ value = value, place = place }, part)
end

function part:path(key)
   if type(key) == "number" then return ("%s[%d]"):format(self.place or "", key - 1) end
   return self.place and self.place .. "." .. key or key
end

function part:fail(key, format, ...)
   document.fail("%s: %s", self:path(key), format:format(...))
end

-- Whether there is something, which is not null.
function part:has(key)
   local value = self.value[key]
   return value ~= nil and type(value) ~= "userdata"
end

function part:object(key)
   if not self:has(key) then self:fail(key, "it is missing") end
   return document.of(self.value[key], self:path(key))
end

function part:text(key)
   local value = self.value[key]
   if type(value) ~= "string" then self:fail(key, "it is no text") end
   return value
end

function part:number(key)
   local value = self.value[key]
   if type(value) ~= "number" or value - value ~= 0 then
      self:fail(key, "it is no finite number")
   end
   return value
end

-- A whole number from `low` to `high`.
function part:whole(key, low, high)
   local value = self.value[key]
   low, high = low or 0, high or WHOLE
   if type(value) ~= "number" or value % 1 ~= 0 or value < low or value > high then
      self:fail(key, "it is no whole number from %d to %d", low, high)
   end
   return value
end

-- The same of one that is written as a text.
function part:digits(key, low, high)
   local value = tonumber((self:text(key)))
   return document.of({ [key] = value }, self.place):whole(key, low, high)
end

-- An array; of `count` entries where that is told.
function part:list(key, count)
   local list = self:object(key)
   local size = #list.value
   if count and size ~= count then
      self:fail(key, "it has %d entries, not %d", size, count)
   end
   return list, size
end

-- An array of finite numbers, as it is.
function part:numbers(key, count)
   local list, size = self:list(key, count)
   for i = 1, size do list:number(i) end
   return list.value
end

function part:wholes(key, count, low, high)
   local list, size = self:list(key, count)
   for i = 1, size do list:whole(i, low, high) end
   return list.value
end

function part:texts(key, count)
   local list, size = self:list(key, count)
   for i = 1, size do list:text(i) end
   return list.value
end

return document

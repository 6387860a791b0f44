-- The members of a JSON object, and the elements of an array, as the texts they are: nothing is
-- lost of numbers, and what is in them need not be understood.
--
--    parts.object '{"a": 1.0, "b": [2]}'              --> { { "a", "1.0" }, { "b", "[2]" } }

local json = require "weir.json"

local parts = {}

local CLOSES = { ["{"] = "}", ["["] = "]" }
local DEEP = 64                           -- objects and arrays inside each other

local function blank(text, at) return text:find("[^ \t\r\n]", at) or #text + 1 end

-- Behind the string that begins at `at`; nil when it does not end.
local function after_string(text, at)
   at = at + 1
   while true do
      at = text:find('["\\]', at)
      if not at then return nil end
      if text:sub(at, at) == '"' then return at + 1 end
      at = at + 2
   end
end

-- Behind the object or array that begins at `at`; nil when it does not end.
local function after_nested(text, at)
   local open = {}
   while at do
      at = text:find('["%[%]{}]', at)
      local c = at and text:sub(at, at)
      if not c then return nil end
      if c == '"' then
         at = after_string(text, at)
      else
         if CLOSES[c] then
            open[#open + 1] = CLOSES[c]
            if #open > DEEP then return nil end
         elseif table.remove(open) ~= c then
            return nil
         end
         at = at + 1
         if #open == 0 then return at end
      end
   end
end

-- Behind the value that begins at `at`.
local function after_value(text, at)
   local c = text:sub(at, at)
   if c == '"' then return after_string(text, at) end
   if CLOSES[c] then return after_nested(text, at) end
   local _, last = text:find("^[%w+.-]+", at)
   return last and last + 1
end

-- The value at `at`, and where what follows it is.
local function value_at(text, at)
   local behind = after_value(text, at)
   if not behind then return nil end
   return text:sub(at, behind - 1), blank(text, behind)
end

-- A name as the string it stands for, and where its value is.
local function name_at(text, at)
   local quoted, behind = value_at(text, at)
   if not quoted or quoted:sub(1, 1) ~= '"' or text:sub(behind, behind) ~= ":" then return nil end
   local read = json.decode("[" .. quoted .. "]")
   return read and read[1], blank(text, behind + 1)
end

-- What a list is closed by stands at `at`, and nothing behind it.
local function is_end(text, at, close)
   return text:sub(at, at) == close and blank(text, at + 1) > #text
end

-- Reads items up to the end: `item(at)` yields one and where what follows it is.
local function list_of(text, open, item)
   local at, list = blank(text, 1), {}
   if text:sub(at, at) ~= open then return nil end
   at = blank(text, at + 1)
   if is_end(text, at, CLOSES[open]) then return list end
   while true do
      local value
      value, at = item(at)
      if not value then return nil end
      list[#list + 1] = value
      if is_end(text, at, CLOSES[open]) then return list end
      if text:sub(at, at) ~= "," then return nil end
      at = blank(text, at + 1)
   end
end

-- The members as { name, text } pairs, in their order; nil when the text is no object.
function parts.object(text)
   return list_of(text, "{", function (at)
      local name, value_begin = name_at(text, at)
      if not name then return nil end
      local value, behind = value_at(text, value_begin)
      return value and { name, value }, behind
   end)
end

-- The elements, as texts; nil when the text is no array.
function parts.array(text)
   return list_of(text, "[", function (at) return value_at(text, at) end)
end

return parts

-- How what several say of one thing becomes one value: policies, by the type of the thing.
--
--    stored wins   what was told first stays (as in Stratosphere)
--    new wins      what was told last counts
--    skip nulls    what was told first and is not null
--    union         all that was told, each once
--    a function    of the older and the newer value
--
-- A person's word counts before all of these, and of persons' words the last one.

local json  = require "weir.json"
local parts = require "weir.kb.parts"

local policy = {}

policy.default = "stored wins"
policy.names = { "stored wins", "new wins", "skip nulls", "union" }

function policy.is(value)
   if type(value) == "function" then return true end
   for _, name in ipairs(policy.names) do
      if name == value then return true end
   end
   return false
end

-- ---- values of Lua, as they are told --------------------------------------------------------

local function is_null(value) return type(value) == "userdata" end

-- Adds what is not there to a list of values.
local function add_each(list, value)
   for _, one in ipairs(type(value) == "table" and value or { value }) do
      local text, is_there = json.encode(one), false
      for _, other in ipairs(list) do is_there = is_there or json.encode(other) == text end
      if not is_there then list[#list + 1] = one end
   end
   return list
end

-- The value that stays when `new` is told after `old`, which may be nil.
function policy.tell(how, old, new)
   if old == nil or how == "new wins" then return new end
   if how == "union" then return add_each(add_each({}, old), new) end
   if type(how) == "function" then return how(old, new) end
   if how == "skip nulls" and is_null(old) then return new end
   return old
end

-- ---- texts of JSON, from several ------------------------------------------------------------

local folds = {}

folds["stored wins"] = function (said) return said[1].text end
folds["new wins"] = function (said) return said[#said].text end

folds["skip nulls"] = function (said)
   for _, one in ipairs(said) do
      if one.text ~= "null" then return one.text end
   end
   return "null"
end

function folds.union(said)
   local list, seen, is_list = {}, {}, false
   for _, one in ipairs(said) do
      local elements = parts.array(one.text)
      is_list = is_list or elements ~= nil
      for _, text in ipairs(elements or { one.text }) do
         if not seen[text] and text ~= "null" then list[#list + 1], seen[text] = text, true end
      end
   end
   if #list == 1 and not is_list then return list[1] end
   return "[" .. table.concat(list, ",") .. "]"
end

-- Through a function of Lua's values.
local function by_function(how, said)
   local value = (json.decode("[" .. said[1].text .. "]") or {})[1]
   for i = 2, #said do
      local newer = (json.decode("[" .. said[i].text .. "]") or {})[1]
      value = how(value, newer)
   end
   return json.encode(value)
end

-- In the order of being told; of what was told at once, of the names of those who say it.
local function is_before(a, b)
   if a.stamp ~= b.stamp then return a.stamp < b.stamp end
   if a.tie ~= b.tie then return a.tie < b.tie end
   return a.text < b.text
end

-- The text of what { stamp, text, tie, person } say: it does not depend on their order.
function policy.fold(how, said)
   local persons = {}
   for _, one in ipairs(said) do persons[#persons + 1] = one.person and one or nil end
   if #persons > 0 then
      table.sort(persons, is_before)
      return persons[#persons].text
   end
   if #said == 1 then return said[1].text end
   table.sort(said, is_before)
   if type(how) == "function" then return by_function(how, said) end
   return folds[how](said)
end

return policy

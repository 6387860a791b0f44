-- Values as bytes, for a channel to a process that is not trusted: what is read there allocates no
-- more than it has bytes for, and can be nothing but plain values.
--
--    pack.read(pack.write { id = "x", bytes = "\255", rate = 0 / 0 })
--
-- A value is a letter, a word and a colon: n1.5:  s3:abc  T:  F:  N: (nil)  a2: (an array, and its
-- values)  t2: (a table: keys and values).  A key is k3:abc the first time, r1: afterwards.

local pack = {}

local DEEP = 32                           -- tables inside each other
local MOST = 2000000                      -- values that are read of one text
local EXACT = 1e14                        -- whole numbers below are what tostring says

local find, sub = string.find, string.sub

-- ---- writing ------------------------------------------------------------------------------

local put

local function put_number(out, value)
   local is_plain = value % 1 == 0 and value > -EXACT and value < EXACT
   out[#out + 1] = is_plain and "n" .. value .. ":" or ("n%.17g:"):format(value)
end

local function put_key(out, key, keys)
   if type(key) ~= "string" then return put(out, key, keys, 1) end
   local known = keys[key]
   if known then
      out[#out + 1] = known
      return
   end
   keys.count = keys.count + 1
   keys[key] = "r" .. keys.count .. ":"
   out[#out + 1] = "k" .. #key .. ":"
   out[#out + 1] = key
end

local function put_table(out, value, keys, depth)
   if depth > DEEP then error(("more than %d tables are inside each other"):format(DEEP), 0) end
   local size, count = #value, 0
   for _ in pairs(value) do count = count + 1 end
   if size == count then
      out[#out + 1] = "a" .. size .. ":"
      for i = 1, size do put(out, value[i], keys, depth + 1) end
      return
   end
   out[#out + 1] = "t" .. count .. ":"
   for key, item in pairs(value) do
      put_key(out, key, keys)
      put(out, item, keys, depth + 1)
   end
end

function put(out, value, keys, depth)
   local kind = type(value)
   if kind == "string" then
      out[#out + 1] = "s" .. #value .. ":"
      out[#out + 1] = value
   elseif kind == "number" then
      put_number(out, value)
   elseif kind == "boolean" then
      out[#out + 1] = value and "T:" or "F:"
   elseif kind == "nil" then
      out[#out + 1] = "N:"
   elseif kind == "table" then
      put_table(out, value, keys, depth)
   elseif kind == "cdata" then
      error(("a value of C (%s) cannot be sent: make it a number, or a text"):format(
         tostring(value)), 0)
   else
      error(("a %s cannot be sent to another process"):format(kind), 0)
   end
end

-- The values as bytes.  Raises an error, without a place, when one of them cannot be sent.
function pack.write(...)
   local out, keys = {}, { count = 0 }
   for i = 1, select("#", ...) do put(out, (select(i, ...)), keys, 1) end
   return table.concat(out)
end

-- ---- reading ------------------------------------------------------------------------------

local get

-- A number of items that may be there: each has two bytes at least.
local function count_of(said, from)
   local count = tonumber(said)
   if not count or count < 0 or count % 1 ~= 0 or count > #from.text / 2 then
      error("it has not as many values as it says", 0)
   end
   return count
end

-- `said` bytes from a place on, and the place behind them.
local function bytes_at(said, from, at)
   local size = tonumber(said)
   if not size or size < 0 or size % 1 ~= 0 or at + size - 1 > #from.text then
      error("it ends early", 0)
   end
   return sub(from.text, at, at + size - 1), at + size
end

local readers = {
   n = function (said, _, at)
      return tonumber(said) or error("a number in it is none", 0), at
   end,
   s = bytes_at,
   T = function (_, _, at) return true, at end,
   F = function (_, _, at) return false, at end,
   N = function (_, _, at) return nil, at end,
   a = function (said, from, at, depth)
      local list = {}
      for i = 1, count_of(said, from) do
         list[i], at = get(from, at, depth + 1)
      end
      return list, at
   end,
   t = function (said, from, at, depth)
      local made = {}
      for _ = 1, count_of(said, from) do
         local key, behind = get(from, at, depth + 1)
         if key == nil or key ~= key then error("a table in it has no key", 0) end
         made[key], at = get(from, behind, depth + 1)
      end
      return made, at
   end,
   k = function (said, from, at)
      local key, behind = bytes_at(said, from, at)
      from.keys[#from.keys + 1] = key
      return key, behind
   end,
   r = function (said, from, at)
      return from.keys[tonumber(said) or 0] or error("a key in it was never told", 0), at
   end,
}

function get(from, at, depth)
   if depth > DEEP + 1 then error(("more than %d tables are inside each other"):format(DEEP), 0) end
   local _, behind, letter, said = find(from.text, "^(%a)([%w.+-]*):", at)
   local reader = readers[letter]
   if not reader then error("it makes no sense", 0) end
   from.count = from.count + 1
   if from.count > MOST then error(("it has more than %d values"):format(MOST), 0) end
   return reader(said, from, behind + 1, depth)
end

local function read_all(text)
   local from, at, values, n = { text = text, keys = {}, count = 0 }, 1, {}, 0
   while at <= #text do
      n = n + 1
      values[n], at = get(from, at, 1)
   end
   values.n = n
   return values
end

-- An array of the values, with their count as n; or nil and the reason.
function pack.read(text)
   local ok, values = pcall(read_all, text)
   if ok then return values end
   return nil, type(values) == "string" and values or "it makes no sense"
end

return pack

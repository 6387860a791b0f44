-- JSON: what free-form values look like, with their keys in order; and reading it.
--
--    json.encode { key = "x", list = { 1, 2 } }           --> {"key":"x","list":[1,2]}

local text = require "weir.text"

local json = {}

local EXACT = 2 ^ 53                      -- whole numbers below are exact
local DEEP = 32                           -- tables inside each other
local MOST = 10000                        -- values in one; those beyond are null

local short = {
   ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}
local function escape(c) return short[c] or ("\\u%04x"):format(c:byte()) end

local function quoted(s)
   if not s:find '[%c"\\\128-\255]' then return '"' .. s .. '"' end          -- most are plain
   if not text.is_utf8(s) then s = text.safe(s) end
   return '"' .. s:gsub('[%c"\\]', escape) .. '"'
end

local encode
local left                                -- tables that may still come

local function array(list, depth)
   local parts = {}
   for i, value in ipairs(list) do parts[i] = encode(value, depth) end
   return "[" .. table.concat(parts, ",") .. "]"
end

local function object(map, depth)
   local names, parts = {}, {}
   for name in pairs(map) do names[#names + 1] = tostring(name) end
   table.sort(names)
   for i, name in ipairs(names) do
      local value = map[name]
      if value == nil then value = map[tonumber(name)] end
      parts[i] = quoted(name) .. ":" .. encode(value, depth)
   end
   return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value, depth)
   local kind = type(value)
   if kind == "string" then return quoted(value) end
   if kind == "boolean" then return tostring(value) end
   if kind == "number" and value - value == 0 then
      local is_whole = value % 1 == 0 and value > -EXACT and value < EXACT
      return (is_whole and "%.0f" or "%.14g"):format(value)
   end
   left = left - 1
   if kind ~= "table" or depth > DEEP or left < 0 then return "null" end
   if #value > 0 then return array(value, depth + 1) end
   return object(value, depth + 1)
end

-- A value as JSON: tables with something at 1 are arrays; what JSON has not is null.
function json.encode(value)
   left = MOST
   return encode(value, 1)
end

-- An object of { name, value } pairs, in that order, without those that are nil.
function json.record(pairs_in_order)
   local parts = {}
   for _, pair in ipairs(pairs_in_order) do
      if pair[2] ~= nil then parts[#parts + 1] = quoted(pair[1]) .. ":" .. json.encode(pair[2]) end
   end
   return "{" .. table.concat(parts, ",") .. "}"
end

-- The value of a JSON text; or nil and the reason.
function json.decode(source)
   local ok, cjson = pcall(require, "cjson")
   if not ok then return nil, "reading JSON needs lua-cjson: sudo apt-get install lua-cjson" end
   local read, value = pcall(cjson.decode, source)
   if read then return value end
   return nil, value
end

return json

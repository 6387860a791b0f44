-- JSON: what free-form values look like, with their keys in order; reading it, also what the web
-- sends for it; and finding a value in what was read.
--
--    json.encode { key = "x", list = { 1, 2 } }           --> {"key":"x","list":[1,2]}
--    json.at(json.read(body), "user.names[0].text")       --> "Ada", or nil

local ffi  = require "ffi"
local abi  = require "weir.abi"
local text = require "weir.text"

local C = abi.C

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

local form                                -- of numbers with something behind the point; or nil

-- A finite number.  Sixteen digits tell a time to its microsecond, and what is behind them is how
-- it was reckoned; of numbers that fifteen make as they are, a sixteenth would be noise as well.
local function number(value)
   if value % 1 == 0 and value > -EXACT and value < EXACT then return ("%.0f"):format(value) end
   if form then return form:format(value) end
   local few = ("%.15g"):format(value)
   return tonumber(few) == value and few or ("%.16g"):format(value)
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
   if kind == "number" and value - value == 0 then return number(value) end
   left = left - 1
   if kind ~= "table" or depth > DEEP or left < 0 then return "null" end
   if #value > 0 then return array(value, depth + 1) end
   return object(value, depth + 1)
end

-- A value as JSON: tables with something at 1 are arrays; what JSON has not is null.  `digits`: how
-- many a number has at most, where it is no whole one.
function json.encode(value, digits)
   left, form = MOST, digits and ("%%.%dg"):format(digits)
   return encode(value, 1)
end

-- An object of { name, value } pairs, in that order, without those that are nil.
function json.record(pairs_in_order, digits)
   local parts = {}
   for _, pair in ipairs(pairs_in_order) do
      local name, value = pair[1], pair[2]
      if value ~= nil then parts[#parts + 1] = quoted(name) .. ":" .. json.encode(value, digits) end
   end
   return "{" .. table.concat(parts, ",") .. "}"
end

local function cjson()
   local ok, library = pcall(require, "cjson")
   if ok then return library end
   return nil, "reading JSON needs lua-cjson: sudo apt-get install lua-cjson"
end

-- The value of a JSON text; or nil and the reason.
function json.decode(source)
   local library, why = cjson()
   if not library then return nil, why end
   local read, value = pcall(library.decode, source)
   if read then return value end
   return nil, value
end

-- ---- what the web sends ----------------------------------------------------------------

local LARGEST = 16777216                  -- bytes of a text
local INSIDE = 100                        -- values inside each other
local VALUES = 1000000                    -- in one text

local limits = ffi.new "struct weir_json_limits"

-- The value that a text of a stranger begins with: what guards it against being a script, comments,
-- commas before a bracket and escapes of JavaScript are passed over, and so is what follows it.
-- `options`: bytes, depth, values that are too much.  nil and the reason when it is no JSON.
function json.read(source, options)
   if type(source) ~= "string" then error("read takes a text, not a " .. type(source), 2) end
   options = options or {}
   local most = options.bytes or LARGEST
   if #source > most then return nil, ("it has more than %d bytes"):format(most) end
   limits.depth, limits.values = options.depth or INSIDE, options.values or VALUES
   local out = ffi.new("char[?]", 2 * #source + 1)
   local size = C.weir_json_tidy(source, #source, limits, out)
   if size < 0 then return nil, abi.reason() end
   return json.decode(ffi.string(out, size))
end

-- The keys of a path, numbers for places in an array; nil when it is none.
local function keys_of(path)
   local keys, rest = {}, path:find "^%[" and path or "." .. path
   while rest ~= "" do
      local name, behind = rest:match "^%.([^.%[%]]+)(.*)$"
      if not name then
         name, behind = rest:match '^%["([^"]*)"%](.*)$'
      end
      if not name then
         name, behind = rest:match "^%[(%-?%d+)%](.*)$"
         name = tonumber(name)
      end
      if not name then return nil end
      keys[#keys + 1], rest = name, behind
   end
   return keys
end

local paths = setmetatable({}, { __mode = "v" })

-- What a value has at a path such as "a.b[0].c": places count from 0, from the end below it; a key
-- with dots is ["a.b"].  nil when there is nothing, or null.
function json.at(value, path)
   local keys = paths[path] or type(path) == "string" and keys_of(path)
   if not keys then error(("'%s' is no path, such as a.b[0].c"):format(tostring(path)), 2) end
   paths[path] = keys
   for _, key in ipairs(keys) do
      if type(value) ~= "table" then return nil end
      if type(key) == "number" then
         value = value[key >= 0 and key + 1 or #value + 1 + key]
      else
         value = value[key]
      end
   end
   if type(value) == "userdata" then return nil end      -- null, as cjson has it
   return value
end

return json

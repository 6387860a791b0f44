-- Rows as texts of JSON, which give back the same row: numbers exactly, texts of any bytes.
--
--    local text = assert(wire.write { id = "1", name = "caf\xE9" })  --> {"id":"1","name_b64":"Y2Fm6Q=="}
--    local row = assert(wire.read(text))
--
-- A text that is not UTF-8 is base64 under NAME_b64, in a list { "b64": … }; so is a text whose own
-- name ends like that, and nothing is taken for what it is not.

local json = require "weir.json"
local text = require "weir.text"

local wire = {}

local DEEP = 32                           -- tables inside each other
local LARGEST = 16 * 1024 * 1024          -- bytes of a row
local NAMES = 1000                        -- that are remembered
local EXACT = 2 ^ 53

local has_cjson, cjson = pcall(require, "cjson")
local null = has_cjson and cjson.null

-- Reads no number that JSON has not, and nothing that is too deep.
if has_cjson then
   cjson = cjson.new()
   cjson.decode_invalid_numbers(false)
   cjson.decode_max_depth(DEEP + 2)
end

-- ---- writing ---------------------------------------------------------------------------

local labels, label_count = {}, 0

-- A name as JSON has it; nil when it is not UTF-8.
local function label_of(name)
   if not text.is_utf8(name) then return nil end
   local label = json.encode(name) .. ":"
   if label_count >= NAMES then labels, label_count = {}, 0 end
   labels[name], label_count = label, label_count + 1
   return label
end

local function is_reserved(name) return name == "b64" or name:sub(-4) == "_b64" end

local function number(n)
   if n - n ~= 0 then return nil, "is not a finite number" end
   if n % 1 == 0 and n > -EXACT and n < EXACT then return ("%.0f"):format(n) end
   return ("%.17g"):format(n)
end

local put_table

-- Adds a value that is no text to `out`; returns why it cannot travel.
local function put(out, value, depth)
   local kind, why = type(value), nil
   if kind == "number" then
      value, why = number(value)
      out[#out + 1] = value
      return why
   elseif kind == "boolean" then
      out[#out + 1] = value and "true" or "false"
   elseif kind == "table" then
      if depth > DEEP then return "has too many tables inside each other" end
      return put_table(out, value, depth)
   elseif kind == "userdata" and null and value == null then
      out[#out + 1] = "null"
   else
      return "is a " .. kind
   end
end

local function put_member(out, name, value, depth)
   if type(name) ~= "string" then return "has keys that are neither 1, 2, 3 … nor texts" end
   local label = labels[name] or label_of(name)
   if not label then return "has a key that is not UTF-8" end
   if type(value) ~= "string" then
      out[#out + 1] = label
      return put(out, value, depth)
   end
   if not value:find '[%c"\\\128-\255]' and not name:find("b64", -3, true) then
      out[#out + 1] = label .. '"' .. value .. '"'
   elseif text.is_utf8(value) and not is_reserved(name) then
      out[#out + 1] = label .. json.encode(value)
   else
      out[#out + 1] = label:sub(1, -3) .. '_b64":"' .. text.to_base64(value) .. '"'
   end
end

local function put_item(out, value, depth)
   if type(value) ~= "string" then return put(out, value, depth) end
   local is_text = text.is_utf8(value)
   out[#out + 1] = is_text and json.encode(value) or '{"b64":"' .. text.to_base64(value) .. '"}'
end

local function put_list(out, list, depth)
   local count = #list
   for key in pairs(list) do
      if type(key) ~= "number" or key % 1 ~= 0 or key < 1 or key > count then
         return "has keys that are neither 1, 2, 3 … nor texts"
      end
   end
   for i = 1, count do
      out[#out + 1] = i == 1 and "[" or ","
      local why = put_item(out, list[i], depth + 1)
      if why then return why end
   end
   out[#out + 1] = "]"
end

function put_table(out, value, depth)
   if value[1] ~= nil then return put_list(out, value, depth) end
   local before = "{"
   for name, member in pairs(value) do
      out[#out + 1], before = before, ","
      local why = put_member(out, name, member, depth + 1)
      if why then return why end
   end
   out[#out + 1] = before == "{" and "{}" or "}"
end

-- The row as a text; or nil and why it cannot travel, which names the field.
function wire.write(row)
   local out, before = {}, "{"
   for name, value in pairs(row) do
      out[#out + 1], before = before, ","
      local why = put_member(out, name, value, 1)
      if why then return nil, ("field %s %s"):format(tostring(name), why) end
   end
   out[#out + 1] = "}"
   local made = table.concat(out)
   if #made > LARGEST then return nil, ("the row has more than %d bytes"):format(LARGEST) end
   return made
end

-- ---- reading ---------------------------------------------------------------------------

-- Texts under NAME_b64 back to NAME.  Returns nil when what stands there is no base64.
local function restore(value)
   local found
   for name, member in pairs(value) do
      if type(member) == "table" then
         local only = member.b64
         if type(name) == "number" and type(only) == "string" and next(member, next(member)) == nil then
            member = text.base64(only)
         elseif not restore(member) then
            return nil
         end
         if not member then return nil end
         value[name] = member
      elseif type(member) == "string" and type(name) == "string" and name:sub(-4) == "_b64" then
         found = found or {}
         found[name] = text.base64(member)
         if not found[name] then return nil end
      end
   end
   for name, bytes in pairs(found or {}) do
      value[name] = nil
      value[name:sub(1, -5)] = bytes
   end
   return value
end

-- The row that a text is; or nil and why it is none.
function wire.read(source)
   if not has_cjson then
      return nil, "reading JSON needs lua-cjson: sudo apt-get install lua-cjson"
   end
   if #source > LARGEST then return nil, ("more than %d bytes"):format(LARGEST) end
   local is_json, row = pcall(cjson.decode, source)
   if not is_json then return nil, row end
   if type(row) ~= "table" then return nil, "not an object" end
   if source:find('b64"', 1, true) and not restore(row) then return nil, "wrong base64" end
   if type(row.id) ~= "string" then return nil, "it has no id" end
   return row
end

return wire

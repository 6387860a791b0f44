-- Rows as texts of JSON, which give back the same row: numbers exactly, texts of any bytes.
--
--    wire.write { row_id = "1", name = "caf\xE9" }   --> '{"row_id":"1","name_b64":"Y2Fm6Q=="}'
--    wire.read '{"row_id":"1","name_b64":"Y2Fm6Q=="}'  --> { row_id = "1", name = "caf\xE9" }
--
-- A text that is not UTF-8 is base64 under NAME_b64, in a list { "b64": … }; so is a text whose
-- own name ends like that, and nothing is taken for what it is not.  What proves a row travels with
-- it, under a name that no field should have: row_evidence.

local json   = require "weir.json"
local packed = require "weir.packed"
local proof  = require "weir.proof"
local text   = require "weir.text"

local wire = {}

local DEEP = 32                           -- tables inside each other
local LARGEST = 16 * 1024 * 1024          -- bytes of a row
local NAMES = 1000                        -- that are remembered
local EXACT = 2 ^ 53
local EVIDENCE = "row_evidence"

local has_cjson, cjson = pcall(require, "cjson")
local null = has_cjson and cjson.null

-- Reads no number that JSON has not, and nothing that is too deep.
if has_cjson then
   cjson = cjson.new()
   cjson.decode_invalid_numbers(false)
   cjson.decode_max_depth(DEEP + 2)
end

-- ---- writing ---------------------------------------------------------------------------

local labels, label_count = {}, 0         -- names as JSON has them, with what stands before a text

-- Those of a name: with and without the quote that begins a text; nil when it is not UTF-8.
local function label_of(name)
   if not text.is_utf8(name) then return nil end
   local label = json.encode(name) .. ":"
   if label_count >= NAMES then labels, label_count = {}, 0 end
   local is_reserved = name == "b64" or name:sub(-4) == "_b64"
   label = { before = label, text = label .. '"', bytes = label:sub(1, -3) .. '_b64":"',
      is_reserved = is_reserved }
   labels[name], label_count = label, label_count + 1
   return label
end

local pieces, count = {}, 0               -- of the text that is made

local function add(piece)
   count = count + 1
   pieces[count] = piece
end

local function number(n)
   if n - n ~= 0 then return nil, "is not a finite number" end
   if n % 1 == 0 and n > -EXACT and n < EXACT then return ("%d"):format(n) end
   return ("%.17g"):format(n)
end

local put_table

-- Adds a value that is no text; returns why it cannot travel.
local function put(value, depth)
   local kind = type(value)
   if kind == "number" then
      local digits, why = number(value)
      add(digits)
      return why
   elseif kind == "boolean" then
      add(value and "true" or "false")
   elseif kind == "table" then
      if depth > DEEP then return "has too many tables inside each other" end
      return put_table(value, depth)
   elseif kind == "userdata" and null and value == null then
      add "null"
   else
      return "is a " .. kind
   end
end

local function put_member(name, value, depth)
   if type(name) ~= "string" then return "has keys that are neither 1, 2, 3 … nor texts" end
   local label = labels[name] or label_of(name)
   if not label then return "has a key that is not UTF-8" end
   if type(value) ~= "string" then
      add(label.before)
      return put(value, depth)
   end
   if not label.is_reserved and not value:find '[%c"\\\128-\255]' then
      add(label.text)
      add(value)
      add '"'
   elseif not label.is_reserved and text.is_utf8(value) then
      add(label.before)
      add(json.encode(value))
   else
      add(label.bytes)
      add(text.to_base64(value))
      add '"'
   end
end

local function put_item(value, depth)
   if type(value) ~= "string" then return put(value, depth) end
   local is_text = text.is_utf8(value)
   add(is_text and json.encode(value) or '{"b64":"' .. text.to_base64(value) .. '"}')
end

local function put_list(list, depth)
   local size = #list
   for key in pairs(list) do
      if type(key) ~= "number" or key % 1 ~= 0 or key < 1 or key > size then
         return "has keys that are neither 1, 2, 3 … nor texts"
      end
   end
   for i = 1, size do
      add(i == 1 and "[" or ",")
      local why = put_item(list[i], depth + 1)
      if why then return why end
   end
   add "]"
end

function put_table(value, depth)
   if value[1] ~= nil then return put_list(value, depth) end
   local before = "{"
   for name, member in pairs(value) do
      add(before)
      before = ","
      local why = put_member(name, member, depth + 1)
      if why then return why end
   end
   add(before == "{" and "{}" or "}")
end

-- The row as a text; or nil and why it cannot travel, which names the field.
function wire.write(row)
   local before = "{"
   count = 0
   for name, value in pairs(row) do
      add(before)
      before = ","
      local why = put_member(name, value, 1)
      if why then return nil, ("field %s %s"):format(tostring(name), why) end
   end
   local of = proof.of(row)
   if of then
      add(before)
      put_member(EVIDENCE, { source = of.source, bytes = of.bytes }, 1)
   end
   add "}"
   local made = table.concat(pieces, "", 1, count)
   if #made > LARGEST then return nil, ("the row has more than %d bytes"):format(LARGEST) end
   return made
end

-- ---- reading ---------------------------------------------------------------------------

-- The row that a text is; or nil and why it is none.
function wire.read(source)
   if not has_cjson then
      return nil, "reading JSON needs lua-cjson: sudo apt-get install lua-cjson"
   end
   if #source > LARGEST then return nil, ("more than %d bytes"):format(LARGEST) end
   local is_json, row = pcall(cjson.decode, source)
   if not is_json then return nil, row end
   if type(row) ~= "table" then return nil, "not an object" end
   if source:find('b64"', 1, true) and not packed.restore(row) then return nil, "wrong base64" end
   if type(row.row_id) ~= "string" then return nil, "it has no row_id" end
   local of = row[EVIDENCE] and proof.from(row[EVIDENCE])
   if of then
      row[EVIDENCE] = nil
      proof.note(row, of)
   end
   return row
end

return wire

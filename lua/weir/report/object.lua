-- A plain row as an object of JSON.  Of a record of the core the keys are in the order of its
-- schema, others behind them; those of other rows are sorted.
--
--    local text_of = object.writer { nested = true }
--    print(text_of(row))               -- {"timestamp":"2026-…Z","flow_id":"1", …

local bit    = require "bit"
local json   = require "weir.json"
local plan   = require "weir.plan"
local schema = require "weir.schema"
local text   = require "weir.text"
local values = require "weir.report.values"
local words  = require "weir.view.words"

local band, rshift = bit.band, bit.rshift
local object = {}

local PLAIN = {}                          -- a field of which nothing is known

-- ---- values ------------------------------------------------------------------------------------

local value_of

-- The rows of a list, each with its keys in order.
local function list_of(rows, fields)
   local items = {}
   for i, row in ipairs(rows) do
      local members = {}
      for _, field in ipairs(fields) do
         local value = type(row) == "table" and row[field.name]
         if value ~= nil and value ~= false then
            members[#members + 1] = ('"%s":%s'):format(field.name, value_of(field, value))
         end
      end
      items[i] = type(row) == "table" and "{" .. table.concat(members, ",") .. "}"
         or json.encode(row)
   end
   return "[" .. table.concat(items, ",") .. "]"
end

-- The letters of the flags that are set.
local function letters(value, field)
   local list = {}
   for i, name in pairs(field.names) do
      if band(rshift(value, i), 1) == 1 then list[#list + 1] = { i, name:sub(1, 1) } end
   end
   table.sort(list, function (a, b) return a[1] < b[1] end)
   for i, one in ipairs(list) do list[i] = one[2] end
   return table.concat(list)
end

function value_of(field, value)
   local kind = type(value)
   if kind == "number" and field.as == "flags" then return '"' .. letters(value, field) .. '"' end
   if kind == "table" and field.as == "table" and #value > 0 then
      return list_of(value, field.rows)
   elseif kind == "table" and next(value) == nil then
      return "[]"
   end
   return json.encode(value)
end

-- "name":value; a text that is not UTF-8 is there in base64, under a name that says so.
local function member(name, field, value)
   if type(value) == "string" and not text.is_utf8(value) then
      return words.member({ name = name, class = "text" }, value)
   end
   return json.encode(name) .. ":" .. value_of(field, values.words(field.name or name, value))
end

-- ---- keys --------------------------------------------------------------------------------------

local ANYTHING = setmetatable({}, { __index = function () return true end })

-- The fields of a kind of record in order, with objects opened and closed where they are nested;
-- and the names that are known.
local function shape_of(kind, nested)
   local fields = plan.fields(kind, { shape = "separated", asked = ANYTHING })
   local known = { time = true, row_id = true, stats = true, facts = true }
   for _, field in ipairs(fields) do known[field.name] = true end
   local inner = {}
   for _, field in ipairs(fields) do inner[#inner + 1] = not field.part and field or nil end
   return { fields = nested and plan.nested(schema.of(kind), inner) or fields, known = known }
end

local function value_for(row, name)
   if name == "timestamp" then return row.time end
   return row[name]
end

-- Adds the members that a shape has; an object is opened with the first that is in it.
local function add_known(parts, shape, row)
   local open, waiting = {}, {}       -- of objects: their names, outermost first
   for _, field in ipairs(shape.fields) do
      if field.as == "open" then
         waiting[#waiting + 1] = field.name
      elseif field.as == "close" then
         if #waiting > 0 then
            table.remove(waiting)
         else
            parts[#parts], open[#open] = parts[#parts] .. "}", nil
         end
      else
         local value = value_for(row, field.name)
         if value ~= nil and not (field.skip_zero and value == 0) then
            local prefix = ""
            for _, name in ipairs(waiting) do
               prefix, open[#open + 1] = prefix .. ('"%s":{'):format(name), name
            end
            waiting = {}
            parts[#parts + 1] = prefix .. member(field.label or field.name, field, value)
         end
      end
   end
end

-- The names of a row that its shape does not know, sorted.
local function others(row, known)
   local names = {}
   for name in pairs(row) do
      if not known[name] and type(name) == "string" then names[#names + 1] = name end
   end
   table.sort(names)
   return names
end

local NONE = { fields = {}, known = {} }

local function members_of(row, names)
   local parts = {}
   for i, name in ipairs(names) do parts[i] = member(name, PLAIN, row[name]) end
   return parts
end

-- The function that makes an object of a row.  `nested`: as `weir read -T json` has it.
function object.writer(options)
   local shapes, nested = {}, options.nested
   return function (row)
      local kind, parts = row.event_type, {}
      local shape = NONE
      if schema.is_kind(kind) then
         shape = shapes[kind] or shape_of(kind, nested)
         shapes[kind] = shape
      end
      add_known(parts, shape, row)
      if row.row_id ~= nil and shape ~= NONE then
         parts[#parts + 1] = member("row_id", PLAIN, row.row_id)
      end
      local more = members_of(row, others(row, shape.known))
      if nested and shape ~= NONE then
         if more[1] then parts[#parts + 1] = '"ext":{' .. table.concat(more, ",") .. "}" end
      else
         for _, one in ipairs(more) do parts[#parts + 1] = one end
      end
      return "{" .. table.concat(parts, ",") .. "}"
   end
end

return object

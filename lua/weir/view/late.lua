-- Texts that are read when somebody wants to see them: until then a column has the numbers that a
-- database's dictionary knows them by.  A group of a million addresses of which ten are shown is
-- made of numbers, and ten texts are read.
--
-- In place of `words` (weir.columns) such a column has an object of this module; the frames of
-- groups alone have them, and only what sorts these or takes their head lets them be.

local columns = require "weir.columns"
local frame   = require "weir.view.frame"

local late = {}
late.__index = late

local FEW = 1000                          -- texts that are asked for one by one
local CHUNK = 250                         -- in one query

-- Words of a dictionary with ids up to `most`; `text` is its SELECT of { id, value }, which
-- read(text, columns) makes a frame of.
function late.new(text, most, read)
   return setmetatable({ text = text, most = most, read = read }, late)
end

function late:count() return self.most end

local function is_late(column) return getmetatable(column.words) == late end

-- ---- which rows matter -------------------------------------------------------------------------

-- The keys of an order before the first that is late.
local function known_keys(order)
   local keys = {}
   for i, key in ipairs(order) do
      if is_late(key[1]) then return keys, true end
      keys[i] = key
   end
   return keys, false
end

local function are_equal(keys, a, b)
   for _, key in ipairs(keys) do
      local values = key[1].values
      local x, y = values[a], values[b]
      if x ~= y and (x == x or y == y) then return false end
   end
   return true
end

-- The rows that can be among the first `most`, once texts decide between those that are equal.
local function first_rows(f, most)
   local keys, has_late = known_keys(f.order)
   if not has_late then return frame.head(f, most, 0) end
   if #keys == 0 or most >= f.n then return f end
   local sorted = frame.ordered(frame.new(f.columns, f.count, f.rows, f.n, keys))
   local n = math.max(most, 1)
   while n < f.n and are_equal(keys, sorted.rows[n - 1], sorted.rows[n]) do n = n + 1 end
   return frame.new(f.columns, f.count, sorted.rows, n, f.order)
end

-- ---- reading them ------------------------------------------------------------------------------

local SCOPE = { { name = "id", class = "number" }, { name = "value", class = "text" } }

-- The ids of a column in the rows of a frame, each once; nil when they are many.
local function few_ids(f, column)
   if f.n > FEW then return nil end
   local list, known = {}, {}
   for k = 0, f.n - 1 do
      local id = column.values[f.rows and f.rows[k] or k]
      if id ~= 0 and not known[id] then
         list[#list + 1], known[id] = ("%d"):format(id), true
      end
   end
   return list
end

-- Calls take(frame) with frames of the dictionary, which all have the same words.
local function each_part(words, ids, take)
   if not ids then return take(words.read(words.text, SCOPE)) end
   for at = 1, math.max(1, #ids), CHUNK do
      take(words.read(("%s WHERE id IN (%s)"):format(words.text, table.concat(ids, ",", at,
         math.min(#ids, at + CHUNK - 1))), SCOPE))
   end
end

-- The column with its texts, in the rows of the frame.
local function read_texts(f, column)
   local words, by_id = columns.dictionary(), columns.array("id", column.words.most + 1)
   each_part(column.words, few_ids(f, column), function (part)
      local ids, value = part.columns.id.values, part.columns.value
      for i = 0, part.count - 1 do
         local text = value.words:text(value.values[i])
         if text and ids[i] <= column.words.most then by_id[ids[i]] = words:add(text) end
      end
   end)
   local values = columns.array("id", f.count)
   for k = 0, f.n - 1 do
      local i = f.rows and f.rows[k] or k
      values[i] = by_id[column.values[i]]
   end
   return frame.column(column.name, column.class, 0, values, words, column.field)
end

-- A frame with the texts of what is late in it.  With `most` of so many rows at least, the first.
function late.settled(f, most)
   local names = {}
   for name, column in pairs(f.columns) do
      if is_late(column) then names[#names + 1] = name end
   end
   if not names[1] then return f end
   if most then f = first_rows(f, most) end
   local by_name, made, order = {}, {}, {}
   for name, column in pairs(f.columns) do by_name[name] = column end
   for _, name in ipairs(names) do
      local column = f.columns[name]
      made[column] = made[column] or read_texts(f, column)
      by_name[name] = made[column]
   end
   for i, key in ipairs(f.order) do order[i] = { made[key[1]] or key[1], key[2] } end
   return frame.new(by_name, f.count, f.rows, f.n, order)
end

return late

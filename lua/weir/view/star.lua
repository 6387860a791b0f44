-- Rows of a database whose columns stand in dictionaries, read without SQL's joins: these look each
-- row's entry up, here each dictionary is read once, in order, and columns are picked from it.
--
-- A source has a `star`: { key, path(name) }.  key: the column of rows that leads to the first
-- dictionary; path: of a column the SELECTs of { id, value } that lead to it, of which each has the
-- ids of the next; nil where the column is of the row itself.

local columns = require "weir.columns"
local fields  = require "weir.view.fields"
local frame   = require "weir.view.frame"
local late    = require "weir.view.late"

local star = {}

local MOST = 5e7                          -- ids of a dictionary; with more SQL joins

-- Whether the rows of a view are those of its source, perhaps not all of them.
local function is_plain(view)
   while view.step do
      if view.step.op ~= "where" then return false end
      view = view.parent
   end
   return true
end

-- The names that stand in the dictionary, and those that do not, with the key; nil where there is
-- nothing to gain.
function star.split(view, names)
   local of = view.source.star
   if not of or not is_plain(view) then return nil end
   local facts, own = {}, { of.key }
   for _, name in ipairs(names) do
      local into = of.path(name) and facts or own
      into[#into + 1] = name
   end
   return facts[1] and facts or nil, own
end

-- An array of a column of `f`, whose rows are { id, value }, by id.
local function by_id(f, store)
   local ids, values, most = f.columns.id.values, f.columns.value.values, 0
   for i = 0, f.count - 1 do most = math.max(most, ids[i]) end
   if most > MOST then return nil end
   local found, none = columns.array(store, most + 1), columns.none[store]
   if none ~= 0 then
      for id = 0, most do found[id] = none end
   end
   for i = 0, f.count - 1 do found[ids[i]] = values[i] end
   return found, most
end

-- The values that rows have by their keys.
local function picked(keys, count, found, most, store)
   local values, none = columns.array(store, count), columns.none[store]
   for i = 0, count - 1 do
      local key = keys[i]
      values[i] = key <= most and found[key] or none
   end
   return values
end

-- Dictionaries that have each text once, so that its id stands for it.
local UNIQUE = { ip = true, mac = true, name = true }

-- The column of the ids in the last dictionary of a path, whose texts are read later.
local function late_column(keys, count, text, column, read)
   local ids, most = columns.array("id", count), 0
   for i = 0, count - 1 do
      local key = keys[i]
      if key == key then                                 -- else there is none
         ids[i] = key
         most = math.max(most, key)
      end
   end
   return frame.column(column.name, column.class, 0, ids, late.new(text, most, read), column.field)
end

-- A column that a path leads to from keys; nil where that cannot be.
local function followed(keys, count, path, column, read, may_be_late)
   local words
   for i, text in ipairs(path) do
      local class = i < #path and "number" or column.class
      local is_text = fields.store[class] == "id"
      if may_be_late and is_text and UNIQUE[text:match " FROM (%w+)$"] then
         return late_column(keys, count, text, column, read)
      end
      local dictionary = read(text,
         { { name = "id", class = "number" }, { name = "value", class = class } })
      local store = fields.store[class]
      local found, most = by_id(dictionary, store)
      if not found then return nil end
      keys, words = picked(keys, count, found, most, store), dictionary.columns.value.words
   end
   return frame.column(column.name, column.class, 0, keys, words, column.field)
end

-- Adds to the frame of the others the columns of those names; read(text, columns) makes a frame of
-- a query; of names in `may_be_late`, texts need not be read yet (weir.view.late).  Returns false
-- where that cannot be.
function star.add(view, f, facts, read, may_be_late)
   local of = view.source.star
   local keys = f.columns[of.key].values
   for _, name in ipairs(facts) do
      f.columns[name] = followed(keys, f.count, of.path(name), view.scope[name], read,
         may_be_late[name])
      if not f.columns[name] then return false end
   end
   f.columns[of.key] = nil
   return true
end

return star

-- What specs of views share: a view's rows in a table of a database, and rows as lines of text.

local columns = require "weir.columns"
local db      = require "weir.db"
local run     = require "weir.view.run"
local view    = require "weir.view"

local viewing = {}

local TYPES = { number = "", time = "INTEGER", id = "TEXT" }

-- A database with a table of these columns { name, class, field } and rows { values in order }.
function viewing.base(tables)
   local base = assert(db.open(":memory:", { mode = "create" }))
   for name, of in pairs(tables) do viewing.fill(base, name, of.columns, of.rows) end
   return base
end

function viewing.fill(base, name, list, rows)
   local declared, marks = {}, {}
   for i, column in ipairs(list) do
      local store = require "weir.view.fields".store[column.class]
      declared[i], marks[i] = ('"%s" %s'):format(column.name, TYPES[store]), "?"
   end
   assert(base:run(('CREATE TABLE "%s" (%s)'):format(name, table.concat(declared, ", "))))
   local add = assert(base:query(('INSERT INTO "%s" VALUES (%s)'):format(name,
      table.concat(marks, ", "))))
   assert(base:begin())
   for _, row in ipairs(rows) do assert(add:run(unpack(row, 1, #list))) end
   assert(base:commit())
end

-- All rows of a view as they are kept.
function viewing.rows(of)
   local list = {}
   for row in run.rows(of) do list[#list + 1] = row end
   return list
end

-- A source of views in memory with these columns and rows.
function viewing.memory(list, rows, kind)
   local frame = require "weir.view.frame"
   local by_name = {}
   for i, column in ipairs(list) do
      local made = frame.column(column.name, column.class, #rows, nil, nil, column.field)
      made.words = made.store == "id" and columns.dictionary() or nil
      for k, row in ipairs(rows) do
         local value = row[i]
         if value == nil then
            made.values[k - 1] = columns.none[made.store]
         else
            made.values[k - 1] = made.words and made.words:add(value) or value
         end
      end
      by_name[column.name] = made
   end
   return view.of_columns(by_name, list, #rows, kind)
end

-- A value as a text that tells all values apart; numbers are told as far as they are exact.
local function told(value)
   if type(value) == "number" then
      return value % 1 == 0 and math.abs(value) < 2 ^ 53 and ("%.0f"):format(value + 0)
         or ("%.17g"):format(value)
   end
   return value == nil and "-" or type(value) == "string" and ("%q"):format(value)
      or tostring(value)
end

-- The rows of a view as lines.
function viewing.lines(of)
   local lines, width = {}, #of.scope
   for row in run.rows(of) do
      local parts = {}
      for i = 1, width do parts[i] = told(row[i]) end
      lines[#lines + 1] = table.concat(parts, " ")
   end
   return lines
end

-- The same rows, in the same order, whichever does the work.
function viewing.same(a, b, what)
   local left, right = viewing.lines(a), viewing.lines(b)
   for i = 1, math.max(#left, #right) do
      if left[i] ~= right[i] then
         error(("%s\nrow %d of %d and %d\nmemory: %s\nSQL:    %s\n%s"):format(what, i, #left,
            #right, tostring(left[i]), tostring(right[i]), b:plan()), 2)
      end
   end
   return #left
end

return viewing

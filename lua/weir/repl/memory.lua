-- Rows of Lua as a view, so that what extensions and scripts gather is asked like all else.
--
--    memory.view({ { "name", "text" }, { "bytes", "number" } }, { { "a", 1 }, { "b", 2 } })

local columns = require "weir.columns"
local frame   = require "weir.view.frame"
local view    = require "weir.view"

local memory = {}

-- What a value is in a column; absent ones are what the store has for them.
local put = {}

function put.number(column, i, value) column.values[i] = value end
function put.flag(column, i, value) column.values[i] = value and 1 or 0 end
function put.time(column, i, value) column.values[i] = value end
function put.text(column, i, value) column.values[i] = column.words:add(tostring(value)) end

local STORE = { number = "number", flag = "number", time = "time", text = "id" }

-- A view of rows, which are arrays of values in the order of the columns { name, class }: "number",
-- "flag", "text", or "time", which is int64_t nanoseconds.
function memory.view(list, rows)
   local by_name, scope, count = {}, {}, #rows
   for k, one in ipairs(list) do
      local name, class = one[1], one[2]
      local words = STORE[class] == "id" and columns.dictionary() or nil
      local column = frame.column(name, class, count, nil, words)
      for i, row in ipairs(rows) do
         if row[k] == nil then
            column.values[i - 1] = columns.none[STORE[class]]
         else
            put[class](column, i - 1, row[k])
         end
      end
      by_name[name], scope[k] = column, { name = name, class = class }
   end
   return view.of_columns(by_name, scope, count)
end

return memory

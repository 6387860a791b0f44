-- Rows in memory: columns, which rows of them there are, and in which order.
--
-- A frame: { columns (by name), count (of what is in the columns), rows (an array of places in
-- them; nil: all), n (how many), order }.  order: columns to sort by, { column, down }, once it
-- matters; rows that are equal stay as they are.  A column: { name, class, store, values, words }.

local bit        = require "bit"
local columns    = require "weir.columns"
local expression = require "weir.view.expression"
local fields     = require "weir.view.fields"
local host       = require "weir.host"

local frame = {}

local NEVER = columns.NEVER

-- Asked for each row of a loop that calls functions, or makes more rows than there were: ends it
-- when somebody wants that.
function frame.go_on(k)
   if k % 4096 == 0 and host.stopped() then error({ reason = "interrupted" }, 0) end
end

-- A frame of columns; by default of all their rows.
function frame.new(by_name, count, rows, n, order)
   return {
      columns = by_name, count = count, rows = rows, n = rows and n or count, order = order or {},
   }
end

-- The same rows of other columns.
function frame.of(f, by_name) return frame.new(by_name, f.count, f.rows, f.n, f.order) end

-- A new column for a frame of so many rows.
function frame.column(name, class, count, values, words, field)
   local store = fields.store[class]
   return {
      name = name, class = class, store = store, field = field, words = words,
      values = values or columns.array(store, count),
   }
end

-- The same column under another name.
function frame.renamed(column, name)
   local made = frame.column(name, column.class, 0, column.values, column.words, column.field)
   made.decoded = column.decoded
   return made
end

-- ---- code --------------------------------------------------------------------------------------

-- What generated code calls things, and the values that it is given: arrays, in order.
local writer = {}
writer.__index = writer

function frame.writer(by_name)
   return setmetatable({ by_name = by_name, given = {}, known = {} }, writer)
end

-- What the code calls a value.
function writer:give(value)
   if not self.known[value] then
      self.given[#self.given + 1] = value
      self.known[value] = ("g[%d]"):format(#self.given)
   end
   return self.known[value]
end

-- The values of a column in the row at hand, `i`; as a double; and as a text.
function writer:at(column)
   return ("%s[i]"):format(self:give(self.by_name[column.name].values))
end

function writer:number(column)
   local at = self:at(column)
   if column.store ~= "time" then return at end
   return ("seconds(%s)"):format(at)
end

function writer:text(column)
   return ("%s:text(%s)"):format(self:give(self.by_name[column.name].words), self:at(column))
end

-- The code of an expression.
function writer:expression(tree)
   return expression.code(tree, function (name, as_kept)
      local column = self.by_name[name]
      return as_kept and self:at(column) or self:number(column)
   end)
end

local env = {
   NEVER = NEVER, NAN = 0 / 0, band = bit.band, tonumber = tonumber,
   seconds = function (ns) return ns == NEVER and 0 / 0 or tonumber(ns) / 1e9 end,
}
for name, f in pairs(expression.env) do env[name] = f end

-- What all of this code may use stands in locals, too.
local HEAD = "local g, env = ...\n"
for name in pairs(env) do HEAD = ("%slocal %s = env.%s\n"):format(HEAD, name, name) end

-- Compiles a text, a function with what it was given around it: in locals, as far as there is
-- room for them.
function writer:compile(text, name)
   local locals = {}
   for i = 1, math.min(#self.given, 100) do
      locals[i] = ("local g%d = g[%d]"):format(i, i)
      text = text:gsub(("g%%[%d%%]"):format(i), "g" .. i)
   end
   local code = HEAD .. table.concat(locals, "\n") .. "\n" .. text
   return assert(loadstring(code, "=" .. name))(self.given, env)
end

-- ---- order -------------------------------------------------------------------------------------

-- All places from 0 on.
local function places(count)
   local rows = columns.array("id", count)
   for i = 0, count - 1 do rows[i] = i end
   return rows
end

-- By texts a column is ordered by the ranks of its ids.
local function key_of(column, down, rows, n)
   if column.store ~= "id" then return { column.values, column.store, down } end
   local ranks, ids, most = column.words:ranks(), column.values, -1
   for k = 0, n - 1 do most = math.max(most, rows[k]) end
   local by_row = columns.array("id", most + 1)
   for k = 0, n - 1 do by_row[rows[k]] = ranks[ids[rows[k]]] end
   return { by_row, "id", down }
end

-- The frame with its rows in the order that it is to have.
function frame.ordered(f)
   if #f.order == 0 then return f end
   local rows, keys = columns.array("id", f.n), {}
   for k = 0, f.n - 1 do rows[k] = f.rows and f.rows[k] or k end
   for i, key in ipairs(f.order) do keys[i] = key_of(key[1], key[2], rows, f.n) end
   columns.sort(rows, f.n, keys)
   return frame.new(f.columns, f.count, rows, f.n)
end

function frame.sort(f, keys)
   local order = {}
   for i, key in ipairs(keys) do order[i] = { f.columns[key.name], key.down } end
   for _, key in ipairs(f.order) do order[#order + 1] = key end
   return frame.new(f.columns, f.count, f.rows, f.n, order)
end

-- `count` of its rows, behind the first `from`.
function frame.head(f, count, from)
   f = frame.ordered(f)
   from = math.min(from, f.n)
   local n = math.min(count, f.n - from)
   if from == 0 then return frame.new(f.columns, f.count, f.rows or places(f.count), n) end
   local rows = columns.array("id", n)
   for k = 0, n - 1 do rows[k] = f.rows and f.rows[from + k] or from + k end
   return frame.new(f.columns, f.count, rows, n)
end

-- A new frame of some of its columns, with their values in these rows.
function frame.gather(f, names, rows, n)
   local by_name = {}
   for _, name in ipairs(names) do
      local column = f.columns[name]
      by_name[name] = frame.column(name, column.class, n,
         columns.gather(column.values, column.store, rows, n), column.words, column.field)
   end
   return by_name
end

-- ---- values ------------------------------------------------------------------------------------

local packed = require "weir.packed"

-- What stands in a column, as Lua has it: times and spans are seconds.
local function value_of(column, i)
   local value = column.values[i]
   if column.store == "number" then
      if value ~= value then return nil end
      if column.class == "flag" then return value ~= 0 end
      return value
   elseif column.store == "time" then
      return value ~= NEVER and tonumber(value) / 1e9 or nil
   elseif value == 0 then
      return nil
   end
   local text = column.words:text(value)
   if column.class ~= "list" then return text end
   column.decoded = column.decoded or {}
   if column.decoded[value] == nil then column.decoded[value] = packed.read(text) or text end
   return column.decoded[value]
end
frame.value = value_of

-- What stands there as it is kept: int64 of times, the text of lists; nil where it is absent.
function frame.raw(column, i)
   local value = column.values[i]
   if column.store == "id" then return column.words:text(value) end
   if column.store == "time" then return value ~= NEVER and value or nil end
   return value == value and value or nil
end

-- A row as a table.
function frame.row(f, names, k)
   local row, i = {}, f.rows and f.rows[k] or k
   for _, name in ipairs(names) do row[name] = value_of(f.columns[name], i) end
   return row
end

return frame

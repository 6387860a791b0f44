-- The loops over columns that views in memory are made of: each is written as Lua for its columns,
-- and LuaJIT compiles it.

local columns = require "weir.columns"
local frame   = require "weir.view.frame"

local loops = {}

-- ---- where -------------------------------------------------------------------------------------

-- For each id of a dictionary whether a test holds of its text: an array of 0 and 1.
local function marks_of(column, node)
   local words = column.words
   local count = words:count()
   local marks = columns.array("id", count + 1)
   if node.exacts then
      for _, exact in ipairs(node.exacts) do marks[words:find(exact)] = 1 end
      marks[0] = 0
      return marks
   end
   local packed = column.class == "list" and require "weir.packed"
   for id = 1, count do
      local value = words:text(id)
      if packed then value = packed.read(value) end
      if value ~= nil and node.test(value) then marks[id] = 1 end
   end
   return marks
end

local code = {}

local function code_of(w, node) return code[node.op](w, node) end

local function chained(w, node)
   local list = {}
   for i, inner in ipairs(node) do list[i] = code_of(w, inner) end
   if #list == 0 then return node.op == "and" and "true" or "false" end
   return "(" .. table.concat(list, " " .. node.op .. " ") .. ")"
end
code["and"], code["or"] = chained, chained
code["not"] = function (w, node) return "not " .. code_of(w, node[1]) end
function code.always() return "true" end

local function there(w, column)
   local at = w:at(column)
   if column.store == "number" then return ("%s == %s"):format(at, at) end
   return ("%s ~= %s"):format(at, column.store == "time" and "NEVER" or "0")
end

function code.has(w, node) return "(" .. there(w, node.column) .. ")" end

function code.leaf(w, node)
   local column = w.by_name[node.column.name]
   if node.code then
      return "(" .. node.code(w:at(column), function (value) return w:give(value) end) .. ")"
   end
   return ("(%s[%s] == 1)"):format(w:give(marks_of(column, node)), w:at(column))
end

function code.both(w, node)
   local a, b = node.column, node.other
   local is_text = a.store == "id"
   return ("(%s and %s and %s %s %s)"):format(there(w, a), there(w, b),
      is_text and w:text(a) or w:at(a), node.relation, is_text and w:text(b) or w:at(b))
end

local WHERE = [[
return function (rows, n, out)
   local found = 0
   for k = 0, n - 1 do
      local i = %s
      if %s then
         out[found] = i
         found = found + 1
      end
   end
   return found
end
]]

-- What `rows` are: places in the columns, or all of these.
local function place(f) return f.rows and "rows[k]" or "k" end

-- The rows for which tests (weir.view.where) hold.
function loops.where(f, node)
   local w = frame.writer(f.columns)
   local test = code_of(w, node)
   local scan = w:compile(WHERE:format(place(f), test), "where")
   local out = columns.array("id", f.n)
   local n = scan(f.rows, f.n, out)
   return frame.new(f.columns, f.count, out, n, f.order)
end

-- The rows for which a function of them, as tables, returns true.
function loops.where_function(f, names, holds)
   f = frame.ordered(f)
   local out, n = columns.array("id", f.n), 0
   for k = 0, f.n - 1 do
      frame.go_on(k)
      if holds(frame.row(f, names, k)) then
         out[n] = f.rows and f.rows[k] or k
         n = n + 1
      end
   end
   return frame.new(f.columns, f.count, out, n)
end

-- ---- columns that are computed -----------------------------------------------------------------

local WITH = [[
return function (rows, n, out)
   for k = 0, n - 1 do
      local i = %s
      out[i] = %s
   end
end
]]

-- The code of one computed column (weir.view.scopes): of its tree, or of a bucket.
local function computed(w, f, made)
   if made.tree then
      return w:expression(made.tree)
   end
   local column = f.columns[made.of]
   local at = w:at(column)
   if column.store == "time" then
      return ("%s == NEVER and NEVER or %s - %s %% %sLL"):format(at, at, at, made.step)
   end
   return ("floor(%s / %.17g) * %.17g"):format(at, made.step, made.step)
end

local function copy(f)
   local by_name = {}
   for name, column in pairs(f.columns) do by_name[name] = column end
   return by_name
end

-- The frame with one more column.
function loops.with(f, made)
   local by_name = copy(f)
   if made.is then                                       -- another name for it
      by_name[made.name] = frame.renamed(f.columns[made.is], made.name)
      return frame.of(f, by_name)
   end
   local w = frame.writer(f.columns)
   local fill = w:compile(WITH:format(place(f), computed(w, f, made)), "with")
   local column = frame.column(made.name, made.class, f.count)
   fill(f.rows, f.n, column.values)
   by_name[made.name] = column
   return frame.of(f, by_name)
end

local RETURNS = { number = "number", text = "string", flag = "boolean" }

-- The frame with a column of what a function of its rows returns.
function loops.with_function(f, step)
   f = frame.ordered(f)
   local column, wanted = frame.column(step.name, step.class, f.count), RETURNS[step.class]
   local none, values = columns.none[column.store], column.values
   column.words = column.store == "id" and columns.dictionary() or nil
   for k = 0, f.n - 1 do
      frame.go_on(k)
      local value, i = step.of(frame.row(f, step.names, k)), f.rows and f.rows[k] or k
      if value == nil then
         values[i] = none
      elseif type(value) ~= wanted then
         error({ misuse = ("with: '%s' is to be a %s, and the function gave a %s"):format(step.name,
            step.class, type(value)) }, 0)
      elseif wanted == "boolean" then
         values[i] = value and 1 or 0
      else
         values[i] = column.words and column.words:add(value) or value
      end
   end
   local by_name = copy(f)
   by_name[step.name] = column
   return frame.of(f, by_name)
end

loops.place = place
return loops

-- What the methods of a view mean: each takes the columns of the view before it (its scope) and
-- what was given, and makes a step and the scope behind it.
--
-- A scope: columns { name, class, store, field } in order and by name; `kind`, as long as rows are
-- records.  What makes no sense is thrown as a text that begins with the method's name.

local columns    = require "weir.columns"
local expression = require "weir.view.expression"
local fields     = require "weir.view.fields"
local literal    = require "weir.filter.literal"
local nearest    = require "weir.nearest"
local shown      = require "weir.filter.shown"
local where      = require "weir.view.where"

local steps = {}

local function fail(message, ...) error({ misuse = message:format(...) }, 0) end

-- ---- scopes ------------------------------------------------------------------------------------

-- A scope of these columns.  Of those that are `quiet` nobody hears who does not name them.
function steps.scope(list, kind, quiet)
   local scope = { kind = kind, quiet = quiet or {} }
   for _, column in ipairs(list) do
      column.store = fields.store[column.class]
      scope[column.name] = column
      local among = column.quiet and not quiet and scope.quiet or scope
      among[#among + 1] = column
   end
   for _, column in ipairs(scope.quiet) do
      scope[column.name] = scope[column.name] or column
   end
   return scope
end

-- The names of all columns, those that are quiet last.
function steps.names(scope)
   local names = {}
   for _, column in ipairs(scope) do names[#names + 1] = column.name end
   for _, column in ipairs(scope.quiet) do names[#names + 1] = column.name end
   return names
end

local function renamed(column, name)
   return { name = name, class = column.class, field = column.field }
end

-- The column of a name, which can be an alias of its field.
local function column_of(scope, name)
   if type(name) ~= "string" then fail("a field is a name, not a %s", type(name)) end
   if scope[name] then return scope[name] end
   local schema = scope.kind and require "weir.schema".of(scope.kind)
   local field = schema and schema.names[name]
   local column = field and scope[field.name]
   if column and column.field == field then return column end
   local names = steps.names(scope)
   local near = nearest(name, names)
   fail("no field '%s'%s%s", name, scope.kind and " in a " .. scope.kind or " here",
      near and (": did you mean '%s'?"):format(near)
      or #names <= 12 and (": there %s %s"):format(#names == 1 and "is" or "are",
         table.concat(names, ", ")) or "; view:columns() lists them")
end

-- What a class is called in words.
local function called(class)
   local name = class == "id" and "number" or class == "mac" and "Ethernet address" or class
   return (name:find "^[aeiouE]" and "an " or "a ") .. name
end

-- ---- what is computed --------------------------------------------------------------------------

local DOUBLE = { number = true, id = true, flag = true, seconds = true, time = true, span = true }

-- A text as { name, class } with `is` (a column) or `tree` (an expression of some).
local function made_of(scope, text)
   if type(text) ~= "string" then
      fail("a field or an expression is a text, not a %s", type(text))
   end
   if scope[text] then return { name = text, class = scope[text].class, is = text } end
   local made, problem = expression.parse(text)
   if not made then fail("%s\n%s", shown(text, problem)) end
   local tree = made.tree
   if tree.op == "field" then
      local column = column_of(scope, tree.name)
      return { name = made.name or column.name, class = column.class, is = column.name,
         field = column.field, is_named = made.name ~= nil }
   end
   expression.each_field(tree, function (node)
      local column = column_of(scope, node.name)
      node.name = column.name
      if not DOUBLE[column.class] then
         fail("'%s' is no number: it is %s", node.name, called(column.class))
      end
   end)
   local is_span = expression.is_span(tree, function (name)
      local class = scope[name].class
      return class == "seconds" and "span" or class
   end)
   return { name = made.name or text:gsub("%s+", ""), class = is_span and "seconds" or "number",
      tree = tree,
      is_named = made.name ~= nil }
end

-- The columns that something computed is made of.
function steps.uses(made, see)
   if made.is then see(made.is) end
   if made.of then see(made.of) end
   if made.tree then expression.each_field(made.tree, function (node) see(node.name) end) end
end

local function column_for(scope, made)
   if made.is then return renamed(scope[made.is], made.name) end
   return { name = made.name, class = made.class }
end

-- The columns of a scope with this one, in place of one that has its name.
local function with_column(scope, column)
   local list, is_there = {}, false
   for i, known in ipairs(scope) do
      list[i] = known.name == column.name and column or known
      is_there = is_there or known.name == column.name
   end
   if not is_there then list[#list + 1] = column end
   return steps.scope(list, scope.kind, scope.quiet)
end

-- ---- the steps ---------------------------------------------------------------------------------

-- Arguments that are texts, also as one array.
local function texts(first, ...)
   if type(first) == "table" then return first end
   return { first, ... }
end

local function names_of(scope, list)
   local names = {}
   for i, name in ipairs(list) do names[i] = column_of(scope, name).name end
   return names
end

local function all_names(scope)
   local names = {}
   for i, column in ipairs(scope) do names[i] = column.name end
   return names
end

function steps.where(scope, test, ...)
   if type(test) == "function" then
      local list = texts(...)
      return { op = "where", holds = test,
         names = list[1] and names_of(scope, list) or all_names(scope) }, scope
   end
   if type(test) ~= "string" then
      fail("a filter, or a function of rows, is needed, not a %s", type(test))
   end
   local node, why, place = where.parse(test, scope)
   if not node then fail("%s\n%s", why, place) end
   return { op = "where", node = node, text = test }, scope
end

function steps.select(scope, ...)
   local list, made, seen = texts(...), {}, {}
   if #list == 0 then fail "no fields" end
   local behind = {}
   for i, text in ipairs(list) do
      made[i] = made_of(scope, text)
      if seen[made[i].name] then fail("two fields called '%s'", made[i].name) end
      seen[made[i].name], behind[i] = true, column_for(scope, made[i])
   end
   return { op = "select", made = made }, steps.scope(behind, scope.kind)
end

local OPEN = { number = true, text = true, flag = true }

-- A name and a function of rows; the class of what it returns, and the names of what it reads.
local function with_function(scope, name, of, class, ...)
   if not name:find "^[%a_][%w_]*$" then fail("'%s' is no name", name) end
   class = class or "number"
   if not OPEN[class] then fail("a function gives number, text or flag, not '%s'", class) end
   local list = texts(...)
   return { op = "with", of = of, name = name, class = class,
      names = list[1] and names_of(scope, list) or all_names(scope) },
      with_column(scope, { name = name, class = class })
end

-- "new = expression", …; or a name and a function.
function steps.with(scope, first, second, ...)
   if type(second) == "function" then return with_function(scope, first, second, ...) end
   local made = {}
   for i, text in ipairs(texts(first, second, ...)) do
      made[i] = made_of(scope, text)
      if not made[i].is_named then fail("'%s' has no name: say name = …", text) end
      scope = with_column(scope, column_for(scope, made[i]))
   end
   return { op = "with", made = made }, scope
end

function steps.rename(scope, ...)
   local made, new = {}, {}
   for _, text in ipairs(texts(...)) do
      local one = made_of(scope, text)
      if not one.is or not one.is_named then fail("'%s' is no new = old", text) end
      new[one.is] = one.name
   end
   local behind, seen = {}, {}
   for i, column in ipairs(scope) do
      local name = new[column.name] or column.name
      if seen[name] then fail("two fields called '%s'", name) end
      seen[name] = true
      made[i] = { name = name, class = column.class, is = column.name }
      behind[i] = renamed(column, name)
   end
   return { op = "select", made = made }, steps.scope(behind, scope.kind)
end

-- How long a bucket is: a number, or a span of time such as "1m".
local function step_of(column, size)
   if column.store == "time" then
      local digits = literal.span_ns(tostring(size))
      local ns = digits and columns.int64(digits)
      if not ns or ns <= 0 then fail("'%s' is no span of time, such as 1m", tostring(size)) end
      return ns
   end
   local step = type(size) == "number" and size or literal.span(tostring(size))
   if not step or step <= 0 then fail("'%s' is no size of a bucket", tostring(size)) end
   return step
end

function steps.bucket(scope, text, size)
   local made = made_of(scope, text)
   if not made.is or not DOUBLE[made.class] then
      fail("'%s' is no field of numbers or times", text)
   end
   local column = scope[made.is]
   local step = step_of(column, size)
   local one = { name = made.name, class = made.class, of = made.is,
      step = column.store == "time" and tostring(step):gsub("LL$", "") or step }
   return { op = "with", made = { one } },
      with_column(scope, { name = made.name, class = made.class })
end

function steps.sort(scope, ...)
   local keys = {}
   for i, text in ipairs(texts(...)) do
      if type(text) ~= "string" then fail("a field is a name, not a %s", type(text)) end
      local sign, name = text:match "^%s*([+-]?)%s*(.-)%s*$"
      keys[i] = { name = column_of(scope, name).name, down = sign == "-" }
   end
   if #keys == 0 then fail "no fields" end
   return { op = "sort", keys = keys }, scope
end

local function whole(value, otherwise, what)
   if value == nil then return otherwise end
   if type(value) ~= "number" or value < 0 or value % 1 ~= 0 or value >= 2 ^ 32 then
      fail("%s is a whole number, not %s", what, tostring(value))
   end
   return value
end

function steps.head(scope, count, from)
   return { op = "head", count = whole(count, 10, "how many rows"),
      from = whole(from, 0, "how many rows before") }, scope
end

function steps.distinct(scope, ...)
   local list = texts(...)
   local names = list[1] and names_of(scope, list) or all_names(scope)
   local behind, made = {}, {}
   for i, name in ipairs(names) do
      behind[i], made[i] = scope[name], { name = name, is = name, class = scope[name].class }
   end
   return { op = "group", keys = names, sums = {}, made = made }, steps.scope(behind, scope.kind)
end

-- ---- groups ------------------------------------------------------------------------------------

function steps.group(scope, ...)
   local behind, keys, made = {}, {}, {}
   for i, text in ipairs(texts(...)) do
      local one = made_of(scope, text)
      if keys[one.name] then fail("two fields called '%s'", one.name) end
      made[i], keys[i], keys[one.name], behind[i] = one, one.name, true, column_for(scope, one)
   end
   return { op = "group", keys = keys, sums = {}, made = made, is_group = true },
      steps.scope(behind)
end

local NUMBERS = { sum = true, mean = true, quantile = true }
local SCALED = { sum = true, mean = true }

-- What a sum is of, and the class of what comes of it.
local function sum_class(fn, made)
   if fn == "count" or fn == "distinct" then return "number" end
   if fn == "min" or fn == "max" then return made.class end
   if made.class == "span" or made.class == "seconds" then return "seconds" end
   return fn == "quantile" and made.class == "time" and "time" or "number"
end

-- One more sum of a group: of `before`, the scope that is grouped.  `q` is of quantiles.
function steps.sum(fn, before, behind, text, q)
   local made = { name = "count", class = "number" }
   if text ~= nil or fn ~= "count" then made = made_of(before, text) end
   local class = before[made.is] and before[made.is].class or made.class
   if NUMBERS[fn] and not DOUBLE[class] then
      fail("'%s' is no number: it is %s", made.name, called(class))
   elseif SCALED[fn] and class == "time" then
      fail("a %s of times means nothing: min, max and quantile do", fn)
   end
   local name = made.name
   if not made.is_named then
      if fn == "count" or fn == "distinct" then name = fn end
      if behind[name] and text ~= nil then name = fn .. "_" .. made.name end
   end
   if behind[name] then fail("two fields called '%s': say name = …", name) end
   made.class = class
   local sum = { fn = fn, name = name, class = sum_class(fn, made), is = made.is, tree = made.tree,
      q = q, scale = SCALED[fn] and class == "span" and 1e9 or nil,
      seconds = fn == "quantile" and class == "span" or nil }
   local column = { name = name, class = sum.class,
      field = (fn == "min" or fn == "max") and before[made.is] and before[made.is].field or nil }
   return sum, with_column(behind, column)
end

-- ---- two views ---------------------------------------------------------------------------------

-- on: names, or "here = there".
function steps.join(scope, other, on, how)
   local pairs_of, is_key = {}, {}
   for i, text in ipairs(type(on) == "table" and on or { on }) do
      local here, there = text:match "^%s*([%w_.]+)%s*=%s*([%w_.]+)%s*$"
      local a, b = column_of(scope, here or text), column_of(other.scope, there or text)
      if a.store ~= b.store then
         fail("'%s', %s, is never equal to '%s', %s", a.name, called(a.class), b.name,
            called(b.class))
      end
      pairs_of[i], is_key[b.name] = { a.name, b.name }, true
   end
   if #pairs_of == 0 then fail "no fields to join by" end
   if how ~= nil and how ~= "left" and how ~= "inner" then fail "'left' or 'inner' is needed" end
   local list, taken, prefix = { unpack(scope) }, {}, (other.scope.kind or "other") .. "_"
   for _, column in ipairs(other.scope) do
      if not is_key[column.name] then
         local name = column.name
         if scope[name] then name = prefix .. name end
         if scope[name] then fail("two fields called '%s': rename one before", name) end
         taken[#taken + 1] = { column.name, name }
         list[#list + 1] = renamed(column, name)
      end
   end
   return { op = "join", other = other, on = pairs_of, taken = taken, is_left = how == "left" },
      steps.scope(list)
end

return steps

-- What the methods of a view mean: each takes the columns of the view before it (its scope) and
-- what was given, and makes a step and the scope behind it.
--
-- What makes no sense is thrown as { misuse = text }.

local columns = require "weir.columns"
local literal = require "weir.filter.literal"
local scopes  = require "weir.view.scopes"
local where   = require "weir.view.where"

local steps = {}

-- ---- the steps ---------------------------------------------------------------------------------

-- Arguments that are texts, also as one array.
local function texts(first, ...)
   if type(first) == "table" then return first end
   return { first, ... }
end

local function names_of(scope, list)
   local names = {}
   for i, name in ipairs(list) do names[i] = scopes.find(scope, name).name end
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
      scopes.fail("a filter, or a function of rows, is needed, not a %s", type(test))
   end
   local node, why, place = where.parse(test, scope)
   if not node then scopes.fail("%s\n%s", why, place) end
   return { op = "where", node = node, text = test }, scope
end

-- Only these fields, in this order: names, or "new = expression".
function steps.select(scope, ...)
   local list, made, seen = texts(...), {}, {}
   if #list == 0 then scopes.fail "no fields" end
   local behind = {}
   for i, text in ipairs(list) do
      made[i] = scopes.made(scope, text)
      if seen[made[i].name] then scopes.fail("two fields called '%s'", made[i].name) end
      seen[made[i].name], behind[i] = true, scopes.column_for(scope, made[i])
   end
   return { op = "select", made = made }, scopes.new(behind, scope.kind)
end

local OPEN = { number = true, text = true, flag = true }

-- A name and a function of rows; the class of what it returns, and the names of what it reads.
local function with_function(scope, name, of, class, ...)
   if not name:find "^[%a_][%w_]*$" then scopes.fail("'%s' is no name", name) end
   class = class or "number"
   if not OPEN[class] then scopes.fail("a function gives number, text or flag, not '%s'", class) end
   local list = texts(...)
   return { op = "with", of = of, name = name, class = class,
      names = list[1] and names_of(scope, list) or all_names(scope) },
      scopes.with(scope, { name = name, class = class })
end

-- More fields: "new = expression", …, or a name and a function of rows.
function steps.with(scope, first, second, ...)
   if type(second) == "function" then return with_function(scope, first, second, ...) end
   local made = {}
   for i, text in ipairs(texts(first, second, ...)) do
      made[i] = scopes.made(scope, text)
      if not made[i].is_named then scopes.fail("'%s' has no name: say name = …", text) end
      scope = scopes.with(scope, scopes.column_for(scope, made[i]))
   end
   return { op = "with", made = made }, scope
end

-- Other names for fields: "new = old".
function steps.rename(scope, ...)
   local made, new = {}, {}
   for _, text in ipairs(texts(...)) do
      local one = scopes.made(scope, text)
      if not one.is or not one.is_named then scopes.fail("'%s' is no new = old", text) end
      new[one.is] = one.name
   end
   local behind, seen = {}, {}
   for i, column in ipairs(scope) do
      local name = new[column.name] or column.name
      if seen[name] then scopes.fail("two fields called '%s'", name) end
      seen[name] = true
      made[i] = { name = name, class = column.class, is = column.name }
      behind[i] = scopes.renamed(column, name)
   end
   return { op = "select", made = made }, scopes.new(behind, scope.kind)
end

-- How long a bucket is: a number, or a span of time such as "1m".
local function step_of(column, size)
   if column.store == "time" then
      local digits = literal.span_ns(tostring(size))
      local ns = digits and columns.int64(digits)
      if not ns or ns <= 0 then
         scopes.fail("'%s' is no span of time, such as 1m", tostring(size))
      end
      return ns
   end
   local step = type(size) == "number" and size or literal.span(tostring(size))
   if not step or step <= 0 then scopes.fail("'%s' is no size of a bucket", tostring(size)) end
   return step
end

-- Times or numbers rounded down to steps of a size, such as "1m" or 100.
function steps.bucket(scope, text, size)
   local made = scopes.made(scope, text)
   if not made.is or not scopes.DOUBLE[made.class] then
      scopes.fail("'%s' is no field of numbers or times", text)
   end
   local column = scope[made.is]
   local step = step_of(column, size)
   local one = { name = made.name, class = made.class, of = made.is,
      step = column.store == "time" and tostring(step):gsub("LL$", "") or step }
   return { op = "with", made = { one } },
      scopes.with(scope, { name = made.name, class = made.class })
end

-- In the order of fields, of which "-bytes" has the greatest first.
function steps.sort(scope, ...)
   local keys = {}
   for i, text in ipairs(texts(...)) do
      if type(text) ~= "string" then scopes.fail("a field is a name, not a %s", type(text)) end
      local sign, name = text:match "^%s*([+-]?)%s*(.-)%s*$"
      keys[i] = { name = scopes.find(scope, name).name, down = sign == "-" }
   end
   if #keys == 0 then scopes.fail "no fields" end
   return { op = "sort", keys = keys }, scope
end

local function whole(value, otherwise, what)
   if value == nil then return otherwise end
   if type(value) ~= "number" or value < 0 or value % 1 ~= 0 or value >= 2 ^ 32 then
      scopes.fail("%s is a whole number, not %s", what, tostring(value))
   end
   return value
end

-- The first rows: `count` of them (10), behind so many others (0).
function steps.head(scope, count, from)
   return { op = "head", count = whole(count, 10, "how many rows"),
      from = whole(from, 0, "how many rows before") }, scope
end

-- Each different row once, of these fields or of all.
function steps.distinct(scope, ...)
   local list = texts(...)
   local names = list[1] and names_of(scope, list) or all_names(scope)
   local behind, made = {}, {}
   for i, name in ipairs(names) do
      behind[i], made[i] = scope[name], { name = name, is = name, class = scope[name].class }
   end
   return { op = "group", keys = names, sums = {}, made = made }, scopes.new(behind, scope.kind)
end

-- ---- groups ------------------------------------------------------------------------------------

-- A row for all rows that have the same in fields or expressions, told of by sum "…" and such.
function steps.group(scope, ...)
   local behind, keys, made = {}, {}, {}
   for i, text in ipairs(texts(...)) do
      local one = scopes.made(scope, text)
      if keys[one.name] then scopes.fail("two fields called '%s'", one.name) end
      made[i], keys[i], keys[one.name] = one, one.name, true
      behind[i] = scopes.column_for(scope, one)
   end
   return { op = "group", keys = keys, sums = {}, made = made, is_group = true },
      scopes.new(behind)
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
   if text ~= nil or fn ~= "count" then made = scopes.made(before, text) end
   local class = before[made.is] and before[made.is].class or made.class
   if NUMBERS[fn] and not scopes.DOUBLE[class] then
      scopes.fail("'%s' is no number: it is %s", made.name, scopes.called(class))
   elseif SCALED[fn] and class == "time" then
      scopes.fail("a %s of times means nothing: min, max and quantile do", fn)
   end
   local name = made.name
   if not made.is_named then
      if fn == "count" or fn == "distinct" then name = fn end
      if behind[name] and text ~= nil then name = fn .. "_" .. made.name end
   end
   if behind[name] then scopes.fail("two fields called '%s': say name = …", name) end
   made.class = class
   local sum = { fn = fn, name = name, class = sum_class(fn, made), is = made.is, tree = made.tree,
      q = q, scale = SCALED[fn] and class == "span" and 1e9 or nil,
      seconds = fn == "quantile" and class == "span" or nil }
   local column = { name = name, class = sum.class,
      field = (fn == "min" or fn == "max") and before[made.is] and before[made.is].field or nil }
   return sum, scopes.with(behind, column)
end

-- ---- two views ---------------------------------------------------------------------------------

-- on: names, or "here = there".
function steps.join(scope, other, on, how)
   local pairs_of, is_key = {}, {}
   for i, text in ipairs(type(on) == "table" and on or { on }) do
      local here, there = text:match "^%s*([%w_.]+)%s*=%s*([%w_.]+)%s*$"
      local a, b = scopes.find(scope, here or text), scopes.find(other.scope, there or text)
      if a.store ~= b.store then
         scopes.fail("'%s', %s, is never equal to '%s', %s", a.name, scopes.called(a.class), b.name,
            scopes.called(b.class))
      end
      pairs_of[i], is_key[b.name] = { a.name, b.name }, true
   end
   if #pairs_of == 0 then scopes.fail "no fields to join by" end
   if how ~= nil and how ~= "left" and how ~= "inner" then
      scopes.fail "'left' or 'inner' is needed"
   end
   local list, taken, prefix = { unpack(scope) }, {}, (other.scope.kind or "other") .. "_"
   for _, column in ipairs(other.scope) do
      if not is_key[column.name] then
         local name = column.name
         if scope[name] then name = prefix .. name end
         if scope[name] then scopes.fail("two fields called '%s': rename one before", name) end
         taken[#taken + 1] = { column.name, name }
         list[#list + 1] = scopes.renamed(column, name)
      end
   end
   return { op = "join", other = other, on = pairs_of, taken = taken, is_left = how == "left" },
      scopes.new(list)
end

return steps

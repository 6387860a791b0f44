-- What a filter asks of one column (weir.view.where): leaves { op = "leaf", column, … } with
--    code(x, give)  the test of a number in Lua, for columns that are arrays of numbers or times;
--                   give(value) is what the code calls a value that it needs
--    test(v)        of what a dictionary has, for other columns; `exacts`: the only texts that hold
--    sql(x, bind)   the same in SQL; nil where SQL cannot say it

local classes = require "weir.filter.classes"
local columns = require "weir.columns"
local values  = require "weir.view.values"

local leaves = {}

local FEW = 8                             -- numbers compared one by one; more are looked up

-- A span that was computed, a double of seconds.
local SECONDS = { span = true, name = "seconds" }

function leaves.leaf(column, made)
   made.op, made.column = "leaf", column
   return made
end

-- A test of numbers or times, `test` being "rel literal" in Lua and in SQL.
function leaves.plain(column, relation, code, value)
   local misses = column.store == "time" and relation ~= "==" and relation:sub(1, 1) ~= ">"
   local guard = relation == "~=" and column.store ~= "time"
   return leaves.leaf(column, {
      value = value,
      code = function (x)
         local test = ("%s %s %s"):format(x, relation, code)
         if misses then return ("(%s ~= NEVER and %s)"):format(x, test) end
         return guard and ("(%s == %s and %s)"):format(x, x, test) or test
      end,
      sql = function (x, bind)
         return ("%s %s %s"):format(x, values.in_sql[relation], bind(value))
      end,
   })
end

function leaves.masked(column, mask, relation, wanted)
   return leaves.leaf(column, {
      code = function (x)
         return ("(%s == %s and band(%s, %d) %s %.17g)"):format(x, x, x, mask, relation, wanted)
      end,
      sql = function (x, bind)
         return ("(CAST(%s AS INTEGER) & %s) %s %s"):format(x, bind(mask),
            values.in_sql[relation], bind(wanted))
      end,
   })
end

leaves.CLASS = { seconds = "number" }

-- The class that a column, or what is in it, is compared as.
function leaves.class_of(self, column, meaning, token)
   if column.class ~= "list" then return leaves.CLASS[column.class] or column.class end
   local field = column.field
   if field.as == "table" and not meaning.inner then
      self:fail(token, "'%s' cannot be compared, but for what is in it: '%s.%s'", token.name,
         token.name, field.rows and field.rows[1] and field.rows[1].name or "…")
      return nil
   end
   return values.inside(field, meaning.inner)
end

-- What a value means to a class; nil after a problem.
function leaves.literal(self, class, column, inner, value, token)
   local field = inner or column.field or {}
   if column.class == "seconds" then field = SECONDS end
   if not field.name then field = { name = column.name, names = field.names } end
   local found, why = classes[class].literal(value, field)
   if found == nil then
      self:fail(value, "%s", why or ("'%s' takes %s, not '%s'"):format(token.name,
         classes[class].takes, value.value))
   end
   return found
end

-- What is no value within a list: -1 where a series has none, 0 of the tunnels that have no such.
local function absent_in(field, inner)
   if field.as == "series" then return -1 end
   return field.as == "rows" and inner and inner.skip_zero and 0 or nil
end

-- What is left out of a row when it is nothing.
local function left_out(field, inner)
   if field.as ~= "table" or not inner or not inner.skip_zero then return nil end
   if inner.as == "boolean" then return false end
   return values.inside(field, inner) == "number" and 0 or nil
end

-- A test of each value in a list.
function leaves.through(column, inner, every, made)
   local none, test = absent_in(column.field, inner), made.test
   local otherwise = left_out(column.field, inner)
   return leaves.leaf(column, { test = function (list)
      local seen = false
      for _, item in ipairs(list) do
         local value = item
         if inner then
            value = item[inner.name]
            if value == nil then value = otherwise end
         end
         if value ~= nil and value ~= none then
            local holds = test(value)
            if holds ~= every then return not every end
            seen = true
         end
      end
      return every and seen
   end })
end

function leaves.compared(self, column, meaning, relation, value, token)
   local class = leaves.class_of(self, column, meaning, token)
   if not class then return { op = "always" } end
   if meaning.bits then class = "bit" elseif token.mask then class = "number" end
   local known, inner = classes[class], meaning.inner
   if known.relations and not known.relations[relation] then
      return self:fail(token, "'%s' takes %s: it is equal or not", token.name, known.takes)
   end
   local wanted = leaves.literal(self, class, column, inner, value, token)
   if wanted == nil then return { op = "always" } end
   local is_ordered = relation ~= "==" and relation ~= "~="
   if is_ordered and known.is_whole and not known.is_whole(wanted) then
      return self:fail(value, "'%s' has no order: == and != compare it", value.value)
   end
   if meaning.bits then
      return leaves.leaf(column, values.bit(column, meaning.bits, wanted.is == (relation == "==")))
   elseif token.mask then
      return leaves.masked(column, token.mask, relation, wanted)
   elseif class == "flag" and column.class == "flag" then
      return leaves.plain(column, relation, wanted.is and "1" or "0", wanted.is)
   elseif column.store == "number" then
      return leaves.plain(column, relation, ("%.17g"):format(wanted), wanted)
   elseif column.store == "time" then
      return leaves.plain(column, relation, wanted .. "LL", columns.int64(wanted))
   end
   local made = values.compare(column, class, relation, wanted)
   if column.class == "list" then
      return leaves.through(column, inner, token.every or false, made)
   end
   return leaves.leaf(column, made)
end

-- ---- one of several values ---------------------------------------------------------------------

-- Whether one of several values holds, for what is in a list.
local function any_item(self, column, meaning, node)
   local token, tests = node.field, {}
   local function ask(relation, value)
      local class = leaves.class_of(self, column, meaning, token)
      local wanted = class and leaves.literal(self, class, column, meaning.inner, value, token)
      if wanted == nil then return function () return false end end
      return values.compare(column, class, relation, wanted).test
   end
   for i, item in ipairs(node.items) do
      local low = ask(item.to and ">=" or "==", item.value)
      local high = item.to and ask("<=", item.to)
      tests[i] = function (value) return low(value) and (not high or high(value)) end
   end
   return leaves.through(column, meaning.inner, token.every or false, { test = function (value)
      for _, holds in ipairs(tests) do
         if holds(value) then return true end
      end
      return false
   end })
end

-- Whether a leaf holds, or both of a range.
local function holds_of(item)
   if item.op == "leaf" then return item.test end
   local low, high = item[1].test, item[2].test
   return function (value) return low(value) and high(value) end
end

local function sql_of(item, x, bind)
   if item.op == "leaf" then return item.sql(x, bind) end
   return ("(%s AND %s)"):format(item[1].sql(x, bind), item[2].sql(x, bind))
end

local function says(item)
   if item.op == "leaf" then return item.sql ~= nil end
   return item[1].sql ~= nil and item[2].sql ~= nil
end

-- Tests of texts as one: a text of a dictionary is looked at once.
local function of_texts(column, items)
   local exacts, tests, can = {}, {}, true
   for i, item in ipairs(items) do
      tests[i], can = holds_of(item), can and says(item)
      for _, exact in ipairs(item.exacts or {}) do exacts[#exacts + 1] = exact end
   end
   return leaves.leaf(column, {
      exacts = #exacts == #items and exacts or nil,
      test = function (value)
         for _, holds in ipairs(tests) do
            if holds(value) then return true end
         end
         return false
      end,
      sql = can and function (x, bind)
         local list = {}
         for i, item in ipairs(items) do list[i] = sql_of(item, x, bind) end
         return "(" .. table.concat(list, " OR ") .. ")"
      end or nil,
   })
end

-- Numbers that are looked up, as one test.
local function of_numbers(column, numbers)
   local set = {}
   for _, number in ipairs(numbers) do set[number] = true end
   return leaves.leaf(column, {
      code = function (x, give) return ("%s[%s] == true"):format(give(set), x) end,
      sql = function (x, bind)
         local list = {}
         for i, number in ipairs(numbers) do list[i] = bind(number) end
         return ("%s IN (%s)"):format(x, table.concat(list, ", "))
      end,
   })
end

-- One of the items of a node, values and ranges of them.
function leaves.one_of(self, column, meaning, node)
   if column.class == "list" then return any_item(self, column, meaning, node) end
   local list, numbers, token = { op = "or" }, {}, node.field
   local function ask(relation, value)
      return leaves.compared(self, column, meaning, relation, value, token)
   end
   for _, item in ipairs(node.items) do
      local made = item.to and { op = "and", ask(">=", item.value), ask("<=", item.to) }
         or ask("==", item.value)
      local is_looked_up = column.store == "number" and type(made.value) == "number"
         and #node.items > FEW
      local into = is_looked_up and numbers or list
      into[#into + 1] = is_looked_up and made.value or made
   end
   if self.problem then return list end
   if column.store == "id" and not meaning.bits and not token.mask then
      return of_texts(column, list)
   end
   if numbers[1] then list[#list + 1] = of_numbers(column, numbers) end
   return list
end

return leaves

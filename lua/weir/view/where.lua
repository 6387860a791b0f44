-- A filter (docs/filters.md) as tests of columns, for both back ends.
--
--    where.parse("dest_port == 443 and sni", scope)
--
-- Nodes: { op = "and" | "or", … }, { op = "not", node }, { op = "always" }, { op = "has", column },
-- { op = "both", column, other, relation }, and leaves { op = "leaf", column, … } with
--    code(x)    the test of a number in Lua, of columns that are arrays of numbers or times
--    test(v)    of what a dictionary has, for other columns; `exact` is the only text that holds
--    sql(x, bind)   the same in SQL; nil where SQL cannot say it
-- A test of what is absent is false.

local classes = require "weir.filter.classes"
local columns = require "weir.columns"
local names   = require "weir.filter.names"
local nearest = require "weir.nearest"
local parse   = require "weir.filter.parse"
local shown   = require "weir.filter.shown"
local values  = require "weir.view.values"

local where = {}

local maker = {}
maker.__index = maker

-- A span that was computed, a double of seconds.
local SECONDS = { span = true, name = "seconds" }

-- Notes the first problem.  What it returns stands for a test.
function maker:fail(token, message, ...)
   if not self.problem then
      self.problem = { message = message:format(...), from = token.from, to = token.to }
   end
   return { op = "always" }
end

-- ---- what names mean ---------------------------------------------------------------------------

local function column_of(self, field)
   local column = field and self.scope[field.name]
   return column and column.field == field and column or nil
end

-- The columns that a name stands for: { columns, inner, bits, protocol, version }; or nil.
local function find(self, name)
   local column = self.scope[name]
   if column then return { column } end
   local meaning = self.scope.kind and names.find(self.scope.kind, name)
   if not meaning then return nil end
   local list = { inner = meaning[2], bits = meaning.bits, protocol = meaning.protocol,
      version = meaning.version }
   for i, field in ipairs(meaning.pair or { meaning[1] }) do
      list[i] = column_of(self, field)
      if not list[i] then return nil end
   end
   return list
end

local function objection(self, name)
   local all = {}
   for _, list in ipairs { self.scope, self.scope.quiet } do
      for _, column in ipairs(list) do all[#all + 1] = column.name end
   end
   local meaning = self.scope.kind and names.find(self.scope.kind, name)
   for _, field in ipairs(meaning and (meaning.pair or { meaning[1] }) or {}) do
      if not column_of(self, field) then
         return ("'%s' is not here any more: '%s' asks for it"):format(field.name, name)
      end
   end
   local near = nearest(name, all)
   if near then return ("no field '%s' here: did you mean '%s'?"):format(name, near) end
   if self.scope.kind then return names.objection(name) end
   return ("no field '%s' here: there %s %s"):format(name, #all == 1 and "is" or "are",
      table.concat(all, ", "))
end

-- ---- leaves ------------------------------------------------------------------------------------

local function leaf(column, made)
   made.op, made.column = "leaf", column
   return made
end

-- A test of numbers or times, `test` being "rel literal" in Lua and in SQL.
local function plain(column, relation, code, value)
   local misses = column.store == "time" and relation ~= "==" and relation:sub(1, 1) ~= ">"
   local guard = relation == "~=" and column.store ~= "time"
   return leaf(column, {
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

local function masked(column, mask, relation, wanted)
   return leaf(column, {
      code = function (x)
         return ("(%s == %s and band(%s, %d) %s %.17g)"):format(x, x, x, mask, relation, wanted)
      end,
      sql = function (x, bind)
         return ("(CAST(%s AS INTEGER) & %s) %s %s"):format(x, bind(mask),
            values.in_sql[relation], bind(wanted))
      end,
   })
end

local CLASS = { seconds = "number" }

-- The class that a column, or what is in it, is compared as.
local function class_of(self, column, meaning, token)
   if column.class ~= "list" then return CLASS[column.class] or column.class end
   local field = column.field
   if field.as == "table" and not meaning.inner then
      self:fail(token, "'%s' cannot be compared, but for what is in it: '%s.%s'", token.name,
         token.name, field.rows and field.rows[1] and field.rows[1].name or "…")
      return nil
   end
   return values.inside(field, meaning.inner)
end

-- What a value means to a class; nil after a problem.
local function literal(self, class, column, inner, value, token)
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

-- A test of each value in a list.
local function through(column, inner, every, made)
   local none, test = absent_in(column.field, inner), made.test
   return leaf(column, { test = function (list)
      local seen = false
      for _, item in ipairs(list) do
         local value = item
         if inner then value = item[inner.name] end
         if value ~= nil and value ~= none then
            local holds = test(value)
            if holds ~= every then return not every end
            seen = true
         end
      end
      return every and seen
   end })
end

local function compared(self, column, meaning, relation, value, token)
   local class = class_of(self, column, meaning, token)
   if not class then return { op = "always" } end
   if meaning.bits then class = "bit" elseif token.mask then class = "number" end
   local known, inner = classes[class], meaning.inner
   if known.relations and not known.relations[relation] then
      return self:fail(token, "'%s' takes %s: it is equal or not", token.name, known.takes)
   end
   local wanted = literal(self, class, column, inner, value, token)
   if wanted == nil then return { op = "always" } end
   local is_ordered = relation ~= "==" and relation ~= "~="
   if is_ordered and known.is_whole and not known.is_whole(wanted) then
      return self:fail(value, "'%s' has no order: == and != compare it", value.value)
   end
   if meaning.bits then
      return leaf(column, values.bit(column, meaning.bits, wanted.is == (relation == "==")))
   elseif token.mask then
      return masked(column, token.mask, relation, wanted)
   elseif class == "flag" and column.class == "flag" then
      return plain(column, relation, wanted.is and "1" or "0", wanted.is)
   elseif column.store == "number" then
      return plain(column, relation, ("%.17g"):format(wanted), wanted)
   elseif column.store == "time" then
      return plain(column, relation, wanted .. "LL", columns.int64(wanted))
   end
   local made = values.compare(column, class, relation, wanted)
   if column.class == "list" then return through(column, inner, token.every or false, made) end
   return leaf(column, made)
end

-- ---- nodes -------------------------------------------------------------------------------------

local write = {}

local function written(self, node) return write[node.op](self, node) end

local function chained(self, node)
   local list = { op = node.op }
   for i, inner in ipairs(node) do list[i] = written(self, inner) end
   return list
end
write["and"], write["or"] = chained, chained

write["not"] = function (self, node) return { op = "not", written(self, node[1]) } end

-- The tests that a name is asked of one protocol, or version of IP, alone.
local function guards(self, meaning)
   local list, scope = { op = "and" }, self.scope
   if meaning.protocol and scope.proto and scope.proto.class == "name" then
      list[1] = leaf(scope.proto, values.compare(scope.proto, "name", "==", { meaning.protocol }))
   end
   if meaning.version and scope.src_ip then
      list[#list + 1] = leaf(scope.src_ip, values.contains(scope.src_ip, "address",
         meaning.version == 6 and ":" or "."))
   end
   return list
end

-- A test of a name: make(column) for each of the columns it stands for.
local function test(self, token, meaning, make)
   local list = guards(self, meaning)
   local tests = {}
   for i, column in ipairs(meaning) do tests[i] = make(column) end
   if tests[2] and token.every then
      list[#list + 1] = { op = "or", { op = "has", column = meaning[1] },
         { op = "has", column = meaning[2] } }
      for i, column in ipairs(meaning) do
         list[#list + 1] = { op = "or", tests[i],
            { op = "not", { op = "has", column = column } } }
      end
   else
      list[#list + 1] = tests[2] and { op = "or", unpack(tests) } or tests[1]
   end
   return list[2] and list or list[1]
end

-- A name that is a test by itself: of a protocol, a version of IP, or a kind of record.
local function word(self, token)
   local scope = self.scope
   local what, number = names.word(scope.kind, token.name)
   if what == "protocol" and scope.proto then
      return leaf(scope.proto, values.compare(scope.proto, "name", "==", { number }))
   elseif what == "version" and scope.src_ip and scope.proto then
      return { op = "and", { op = "has", column = scope.proto }, leaf(scope.src_ip,
         values.contains(scope.src_ip, "address", number == 6 and ":" or ".")) }
   elseif what == "arp" and scope.arp_op then
      return { op = "has", column = scope.arp_op }
   elseif what == "kind" then
      return { op = "always" }
   end
end

function write.is(self, node)
   local token = node.field
   local meaning = find(self, token.name)
   if not meaning then
      return self.scope.kind and word(self, token)
         or self:fail(token, "%s", objection(self, token.name))
   end
   return test(self, token, meaning, function (column)
      if token.mask then return masked(column, token.mask, "~=", 0) end
      if meaning.bits then return leaf(column, values.bit(column, meaning.bits, true)) end
      if column.class == "list" and column.field.as ~= "table" then
         return through(column, meaning.inner, false, { test = function () return true end })
      elseif column.class == "list" and meaning.inner then
         return through(column, meaning.inner, false, { test = function () return true end })
      end
      local field = column.field
      if column.store == "number" and field and field.skip_zero and column.class ~= "flag" then
         return plain(column, "~=", "0", 0)
      end
      return { op = "has", column = column }
   end)
end

-- The other column that a value names: a word that is no value of the first one's class.
local function other_column(self, node, meaning)
   local value, column = node.value, meaning[1]
   if value.kind ~= "word" or meaning[2] or meaning.inner or meaning.bits or node.field.mask
      or column.class == "list" then return nil end
   local other = find(self, value.value)
   if not other or other[2] or other.inner or other.bits then return nil end
   local class = CLASS[column.class] or column.class
   local field = column.field or { name = column.name }
   if class ~= "text" and classes[class].literal(value, field) ~= nil then return nil end
   return other
end

local function both(self, node, meaning, other)
   local a, b, relation = meaning[1], other[1], node.relation
   local is_ordered = relation ~= "==" and relation ~= "~="
   local names_of = { a.field and a.field.names, b.field and b.field.names }
   if a.class ~= b.class or names_of[1] ~= names_of[2] then
      return self:fail(node.value, "'%s' cannot be compared with '%s'", node.field.name,
         node.value.value)
   elseif is_ordered and a.store == "id" and a.class ~= "text" then
      return self:fail(node.value, "these two are equal or not")
   end
   local list = { op = "and", guards(self, meaning), guards(self, other),
      { op = "both", column = a, other = b, relation = relation } }
   return list
end

function write.compare(self, node)
   local token = node.field
   local meaning = find(self, token.name)
   if not meaning then return self:fail(token, "%s", objection(self, token.name)) end
   local other = other_column(self, node, meaning)
   if other then return both(self, node, meaning, other) end
   return test(self, token, meaning, function (column)
      return compared(self, column, meaning, node.relation, node.value, token)
   end)
end

local function search(self, node, make)
   local token = node.field
   local meaning = find(self, token.name)
   if not meaning then return self:fail(token, "%s", objection(self, token.name)) end
   return test(self, token, meaning, function (column)
      local class = class_of(self, column, meaning, token)
      if not class then return { op = "always" } end
      if column.store ~= "id" then
         return self:fail(token, "'%s' takes %s: there is no text to look into", token.name,
            classes[class].takes)
      end
      local made = make(column, class)
      if not made then return { op = "always" } end
      if column.class ~= "list" then return leaf(column, made) end
      return through(column, meaning.inner, token.every or false, made)
   end)
end

function write.contains(self, node)
   return search(self, node, function (column, class)
      local wanted = node.value.value
      if class == "flags" then
         wanted = literal(self, class, column, nil, node.value, node.field)
         if not wanted then return nil end
      end
      return values.contains(column, class, wanted)
   end)
end

function write.matches(self, node)
   local value = node.value
   return search(self, node, function (column, class)
      local made, why, at = values.matches(column, class, value.raw or value.value)
      if made then return made end
      local from = math.min(value.from + (value.kind == "text" and at or at - 1), value.to)
      self:fail({ from = from, to = from }, "a pattern that makes no sense: %s", why)
   end)
end

-- Whether one of several values holds, for what is in a list.
local function any_item(self, column, meaning, node)
   local token, tests = node.field, {}
   local function ask(relation, value)
      local class = class_of(self, column, meaning, token)
      local wanted = class and literal(self, class, column, meaning.inner, value, token)
      if wanted == nil then return function () return false end end
      return values.compare(column, class, relation, wanted).test
   end
   for i, item in ipairs(node.items) do
      local low = ask(item.to and ">=" or "==", item.value)
      local high = item.to and ask("<=", item.to)
      tests[i] = function (value) return low(value) and (not high or high(value)) end
   end
   return through(column, meaning.inner, token.every or false, { test = function (value)
      for _, holds in ipairs(tests) do
         if holds(value) then return true end
      end
      return false
   end })
end

-- One of several values, and ranges of them.
write["in"] = function (self, node)
   local token = node.field
   local meaning = find(self, token.name)
   if not meaning then return self:fail(token, "%s", objection(self, token.name)) end
   return test(self, token, meaning, function (column)
      if column.class == "list" then return any_item(self, column, meaning, node) end
      local list = { op = "or" }
      local function ask(relation, value)
         return compared(self, column, meaning, relation, value, token)
      end
      for i, item in ipairs(node.items) do
         list[i] = item.to and { op = "and", ask(">=", item.value), ask("<=", item.to) }
            or ask("==", item.value)
      end
      return list
   end)
end

-- Returns the tests of an expression, for the columns of a view (weir.view); or nil, the reason,
-- and lines that show the place.
function where.parse(text, scope)
   local tree, problem = parse(text)
   if not tree then return nil, shown(text, problem) end
   local self = setmetatable({ scope = scope }, maker)
   local made = written(self, tree)
   if self.problem then return nil, shown(text, self.problem) end
   return made
end

-- Calls see(column) with each column that tests ask.
function where.each_column(node, see)
   if node.column then see(node.column) end
   if node.other then see(node.other) end
   for _, inner in ipairs(node) do where.each_column(inner, see) end
end

return where

-- A filter (docs/filters.md) as tests of columns, for both back ends.
--
--    where.parse("dest_port == 443 and sni", scope)
--
-- Nodes: { op = "and" | "or", … }, { op = "not", node }, { op = "always" }, { op = "has", column },
-- { op = "both", column, other, relation }, and leaves (weir.view.leaves).  A test of what is
-- absent is false.

local classes = require "weir.filter.classes"
local leaves  = require "weir.view.leaves"
local names   = require "weir.filter.names"
local nearest = require "weir.nearest"
local parse   = require "weir.filter.parse"
local shown   = require "weir.filter.shown"
local values  = require "weir.view.values"

local where = {}

local maker = {}
maker.__index = maker

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
      list[1] = leaves.leaf(scope.proto,
         values.compare(scope.proto, "name", "==", { meaning.protocol }))
   end
   if meaning.version and scope.src_ip then
      list[#list + 1] = leaves.leaf(scope.src_ip, values.contains(scope.src_ip, "address",
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
      return leaves.leaf(scope.proto, values.compare(scope.proto, "name", "==", { number }))
   elseif what == "version" and scope.src_ip and scope.proto then
      return { op = "and", { op = "has", column = scope.proto }, leaves.leaf(scope.src_ip,
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
      if token.mask then return leaves.masked(column, token.mask, "~=", 0) end
      if meaning.bits then return leaves.leaf(column, values.bit(column, meaning.bits, true)) end
      if column.class == "list" and column.field.as ~= "table" then
         return leaves.through(column, meaning.inner, false, { test = function () return true end })
      elseif column.class == "list" and meaning.inner then
         return leaves.through(column, meaning.inner, false, { test = function () return true end })
      end
      local field = column.field
      if column.store == "number" and field and field.skip_zero and column.class ~= "flag" then
         return leaves.plain(column, "~=", "0", 0)
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
   local class = leaves.CLASS[column.class] or column.class
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
      return leaves.compared(self, column, meaning, node.relation, node.value, token)
   end)
end

local function search(self, node, make)
   local token = node.field
   local meaning = find(self, token.name)
   if not meaning then return self:fail(token, "%s", objection(self, token.name)) end
   return test(self, token, meaning, function (column)
      local class = leaves.class_of(self, column, meaning, token)
      if not class then return { op = "always" } end
      if column.store ~= "id" then
         return self:fail(token, "'%s' takes %s: there is no text to look into", token.name,
            classes[class].takes)
      end
      local made = make(column, class)
      if not made then return { op = "always" } end
      if column.class ~= "list" then return leaves.leaf(column, made) end
      return leaves.through(column, meaning.inner, token.every or false, made)
   end)
end

function write.contains(self, node)
   return search(self, node, function (column, class)
      local wanted = node.value.value
      if class == "flags" then
         wanted = leaves.literal(self, class, column, nil, node.value, node.field)
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

-- One of several values, and ranges of them.
write["in"] = function (self, node)
   local token = node.field
   local meaning = find(self, token.name)
   if not meaning then return self:fail(token, "%s", objection(self, token.name)) end
   return test(self, token, meaning, function (column)
      return leaves.one_of(self, column, meaning, node)
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

-- What is computed from columns: "rate = bytes_toclient / duration".
--
--    local made = expression.parse "rate = bytes / 2"    --> { name = "rate", tree = … }
--
-- A tree: { op = "number", value }, { op = "field", name, from, to }, { op = "-", a }, { op = "+" …
-- "/", a, b } or { op = a function's name, … }.  Values are doubles: of times seconds since 1970,
-- of spans of time seconds.  What has an absent part is absent, and so is what was divided by 0.

local NEVER  = require "weir.columns".NEVER
local sorted = require "weir.sorted"

local expression = {}

local DEPTH = 50                          -- parentheses inside each other

-- What can be called, with so many values; how it is said in Lua and in SQL.
local CALLS = {
   abs = { 1, "abs(%s)", "abs(%s)" }, floor = { 1, "floor(%s)", "floor(%s)" },
   ceil = { 1, "ceil(%s)", "ceil(%s)" }, sqrt = { 1, "sqrt(%s)", "sqrt(%s)" },
   least = { 2, "least(%s, %s)", "min(%s, %s)" }, most = { 2, "most(%s, %s)", "max(%s, %s)" },
   either = { 2, "either(%s, %s)", "coalesce(%s, %s)" },
}

-- The same in Lua, for the code that expression.code writes.
expression.env = {
   abs = math.abs, floor = math.floor, ceil = math.ceil, sqrt = math.sqrt,
   least = function (a, b) return (a ~= a or b ~= b) and 0 / 0 or a < b and a or b end,
   most = function (a, b) return (a ~= a or b ~= b) and 0 / 0 or a > b and a or b end,
   either = function (a, b) return a == a and a or b end,
   over = function (a, b) return b == 0 and 0 / 0 or a / b end,
   between = function (to, from)          -- the seconds between two times
      return (to == NEVER or from == NEVER) and 0 / 0 or tonumber(to - from) / 1e9
   end,
}

-- ---- reading -----------------------------------------------------------------------------------

local parser = {}
parser.__index = parser

function parser:fail(message, ...)
   if not self.problem then
      local to = #(self.text:match("^[%w_.]+", self.at) or " ")
      self.problem = { message = message:format(...), from = self.at, to = self.at + to - 1 }
   end
   return { op = "number", value = 0 }
end

-- Takes what a pattern matches here; returns it and where it began.
function parser:take(pattern)
   local from, found, behind = self.text:match("^%s*()(" .. pattern .. ")()", self.at)
   if not from or self.problem then return nil end
   self.at = behind
   return found, from
end

function parser:see()
   self:take ""                           -- the spaces before it
   local rest = self.text:sub(self.at):match "^[%w_.]+" or self.text:sub(self.at, self.at)
   return rest == "" and "the end" or "'" .. rest .. "'"
end

function parser:close(node)
   if not self:take "%)" then return self:fail("expected ')', not %s", self:see()) end
   self.depth = self.depth - 1
   return node
end

function parser:call(name, from)
   local known = CALLS[name]
   if not known then
      self.at = from
      local names = sorted(CALLS)
      return self:fail("no function '%s': there are %s", name, table.concat(names, ", "))
   end
   local node = { op = name, self:sum() }
   for i = 2, known[1] do
      if not self:take "," then return self:fail("'%s' takes %d values", name, known[1]) end
      node[i] = self:sum()
   end
   return self:close(node)
end

function parser:value()
   if self:take "%-" then return { op = "-", self:value() } end
   local number = self:take "%d[%w.]*[eE][+-]%d+" or self:take "%d[%w.]*"
   if number then
      local value = not number:find "[xXuUlLiI]" and tonumber(number)
      return value and { op = "number", value = value } or self:fail("'%s' is no number", number)
   end
   local name, from = self:take "[%a_@][%w_.]*"
   local opens = self:take "%("
   if not name and not opens then
      return self:fail("expected a field or a number, not %s", self:see())
   end
   if not opens then return { op = "field", name = name, from = from, to = from + #name - 1 } end
   self.depth = self.depth + 1
   if self.depth > DEPTH then return self:fail "too many parentheses inside each other" end
   if name then return self:call(name, from) end
   return self:close(self:sum())
end

function parser:product()
   local node = self:value()
   while true do
      local op = self:take "[*/]"
      if not op then return node end
      node = { op = op, node, self:value() }
   end
end

function parser:sum()
   local node = self:product()
   while true do
      local op = self:take "[+-]"
      if not op then return node end
      node = { op = op, node, self:product() }
   end
end

-- { name, tree } of a text, name nil when it says none; or nil and a problem (weir.filter.lex).
function expression.parse(text)
   local self = setmetatable({ text = text, at = 1, depth = 0 }, parser)
   local name = text:match "^%s*([%a_][%w_]*)%s*=[^=]"
   if name then self.at = text:find("=", 1, true) + 1 end
   local tree = self:sum()
   if not self.problem and not self.text:match("^%s*$", self.at) then
      self:fail("expected '+', '-', '*', '/' or the end, not %s", self:see())
   end
   if self.problem then return nil, self.problem end
   return { name = name, tree = tree, text = text }
end

-- Calls see(node) with each field of a tree.
function expression.each_field(tree, see)
   if tree.op == "field" then see(tree) end
   for _, inner in ipairs(tree) do expression.each_field(inner, see) end
end

-- ---- what it is of -----------------------------------------------------------------------------

local SAME = { ["+"] = true, ["-"] = true, least = true, most = true, either = true, abs = true }

-- Whether a tree is a span of time, if of(name) is "time", "span" or anything else.  A difference
-- of two times is noted in its node: it is made of them as they are kept, exactly.
function expression.is_span(tree, of)
   local is = {}
   for i, inner in ipairs(tree) do is[i] = expression.is_span(inner, of) end
   local a, b = tree[1], tree[2]
   if tree.op == "field" then return of(tree.name) == "span" end
   if tree.op == "-" and b and a.op == "field" and b.op == "field" and of(a.name) == "time"
      and of(b.name) == "time" then
      tree.is_between = true
      return true
   end
   if SAME[tree.op] then return is[1] and (not b or is[2]) or false end
   if tree.op == "*" then return (is[1] or is[2]) and is[1] ~= is[2] or false end
   return tree.op == "/" and is[1] and not is[2] or false
end

-- ---- writing -----------------------------------------------------------------------------------

-- The code of a tree in Lua; read(name) is that of a field, read(name, true) as it is kept.
function expression.code(tree, read)
   if tree.op == "field" then return read(tree.name) end
   if tree.is_between then
      return ("between(%s, %s)"):format(read(tree[1].name, true), read(tree[2].name, true))
   end
   if tree.op == "number" then return ("%.17g"):format(tree.value) end
   local parts = {}
   for i, inner in ipairs(tree) do parts[i] = expression.code(inner, read) end
   if CALLS[tree.op] then return CALLS[tree.op][2]:format(unpack(parts)) end
   if not parts[2] then return ("(- %s)"):format(parts[1]) end
   if tree.op == "/" then return ("over(%s, %s)"):format(parts[1], parts[2]) end
   return ("(%s %s %s)"):format(parts[1], tree.op, parts[2])
end

-- The same in SQL; bind(value) is that of a number.
function expression.sql(tree, read, bind)
   if tree.op == "field" then return read(tree.name) end
   if tree.is_between then
      return ("(CAST(%s - %s AS REAL) / 1e9)"):format(read(tree[1].name, true),
         read(tree[2].name, true))
   end
   if tree.op == "number" then return ("CAST(%s AS REAL)"):format(bind(tree.value)) end
   local parts = {}
   for i, inner in ipairs(tree) do parts[i] = expression.sql(inner, read, bind) end
   if CALLS[tree.op] then return CALLS[tree.op][3]:format(unpack(parts)) end
   if not parts[2] then return ("(- %s)"):format(parts[1]) end
   return ("(%s %s %s)"):format(parts[1], tree.op, parts[2])
end

return expression

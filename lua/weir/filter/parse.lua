-- A filter's text as a tree.
--
--    { op = "and" | "or", node, node, … }        { op = "not", node }
--    { op = "is", field }                                a bare name
--    { op = "compare", field, relation, value }          relation: == ~= < <= > >=
--    { op = "contains" | "matches", field, value }
--    { op = "in", field, items = { { value, to }, … } }  with `to`, all from value to that
--
-- field: { name, from, to, every, mask }.  `every`: all of its values are to be so, not any; true,
-- false, or nil where nobody says.  A value is a token of lex.lua.

local lex = require "weir.filter.lex"

local DEPTH = 50                          -- parentheses inside each other
local SIZE = 65536                        -- bytes of the text

-- How comparisons are written: the relation, and whether every value has to be so.  They are those
-- of Wireshark 4, where != says that no value is equal.
local RELATIONS = {
   ["=="] = { "==" }, eq = { "==" }, any_eq = { "==" }, ["==="] = { "==", true },
   all_eq = { "==", true }, ["!="] = { "~=", true }, ne = { "~=", true }, all_ne = { "~=", true },
   ["~="] = { "~=" }, any_ne = { "~=" }, ["<"] = { "<" }, lt = { "<" }, ["<="] = { "<=" },
   le = { "<=" }, [">"] = { ">" }, gt = { ">" }, [">="] = { ">=" }, ge = { ">=" },
}
local AND = { ["and"] = true, ["&&"] = true }
local OR = { ["or"] = true, ["||"] = true }
local NOT = { ["not"] = true, ["!"] = true }
local TEXTS = { contains = true, matches = true, ["in"] = true }
local QUANTITY = { any = false, all = true }

local parser = {}
parser.__index = parser

-- Notes the first problem; after it there is nothing to read any more.
function parser:fail(token, message, ...)
   if not self.problem then
      self.problem = { message = message:format(...), from = token.from, to = token.to }
   end
   self.at = #self.tokens
   return { op = "is", field = { name = "", from = 1, to = 1 } }
end

function parser:peek(ahead) return self.tokens[math.min(self.at + (ahead or 0), #self.tokens)] end

function parser:next()
   local token = self:peek()
   self.at = math.min(self.at + 1, #self.tokens)
   return token
end

-- Whether the next token is written so, and not as a text in quotes; it is taken then.
function parser:takes(words)
   local token = self:peek()
   if token.kind == "text" or token.kind == "end" then return nil end
   local found = type(words) == "table" and words[token.value] or words == token.value
   return found and self:next() or nil
end

local function called(token)
   return token.kind == "end" and "the end" or "'" .. token.value .. "'"
end

-- A value: a text, or a word.
function parser:value(what)
   local token = self:next()
   if token.kind == "text" or token.kind == "word" then return token end
   self:fail(token, "expected %s, not %s", what or "a value", called(token))
   return token
end

function parser:items()
   local items, open = {}, self:peek()
   if not self:takes "{" then
      self:fail(open, "expected '{' and the values, such as { 80 443 8000..8080 }, not %s",
         called(open))
   end
   while not self.problem and not self:takes "}" do
      local item = { value = self:value "a value or '}'" }
      if self:takes ".." then item.to = self:value "the end of the range" end
      items[#items + 1] = item
      self:takes ","
   end
   if #items == 0 then self:fail(open, "no values between '{' and '}'") end
   return items
end

-- What follows a field, if anything.
function parser:relation(field)
   local token = self:peek()
   local found = token.kind ~= "text" and RELATIONS[token.value]
   if found then
      self:next()
      if field.every == nil then field.every = found[2] end
      return { op = "compare", field = field, relation = found[1], value = self:value() }
   end
   if token.value == "not" and self:peek(1).value == "in" then
      self:next()
      return { op = "not", self:relation(field) }
   end
   local word = self:takes(TEXTS)
   if not word then return { op = "is", field = field } end
   if word.value == "in" then return { op = "in", field = field, items = self:items() } end
   return { op = word.value, field = field, value = self:value "a text in quotes" }
end

function parser:field()
   local every, token = nil, self:peek()
   if QUANTITY[token.value] ~= nil and self:peek(1).kind == "word" then
      every = QUANTITY[self:next().value]
   end
   token = self:next()
   if token.kind ~= "word" then
      return self:fail(token, "expected a field, such as dest_port, not %s", called(token)).field
   end
   local field = { name = token.value, from = token.from, to = token.to, every = every }
   if self:takes "&" then
      local mask = self:value "a number"
      field.mask = tonumber(mask.value)
      if not field.mask or field.mask < 0 or field.mask >= 2 ^ 31 or field.mask % 1 ~= 0 then
         self:fail(mask, "'&' takes a whole number below 2^31")
      end
   end
   return field
end

function parser:test()
   local open = self:takes "("
   if not open then return self:relation(self:field()) end
   self.depth = self.depth + 1
   if self.depth > DEPTH then
      return self:fail(open, "more than %d parentheses inside each other", DEPTH)
   end
   local node, token = self:any(), self:peek()
   self.depth = self.depth - 1
   if not self:takes ")" then
      self:fail(token, "expected 'and', 'or' or ')', not %s", called(token))
   end
   return node
end

function parser:negated()
   local is_not = false
   while self:takes(NOT) do is_not = not is_not end
   local node = self:test()
   return is_not and { op = "not", node } or node
end

-- Nodes with such words between them.
local function chain(self, op, words, part)
   local list = { op = op, self[part](self) }
   while not self.problem and self:takes(words) do list[#list + 1] = self[part](self) end
   return list[2] and list or list[1]
end

function parser:both() return chain(self, "and", AND, "negated") end
function parser:any() return chain(self, "or", OR, "both") end

-- Returns the tree of a text; or nil and a problem, as in lex.lua.
return function (text)
   if #text > SIZE then
      return nil, { message = ("a filter of more than %d bytes"):format(SIZE), from = 1, to = 1 }
   end
   local tokens, problem = lex(text)
   if not tokens then return nil, problem end
   local self = setmetatable({ tokens = tokens, at = 1, depth = 0 }, parser)
   if #tokens == 1 then self:fail(tokens[1], "expected an expression, such as dest_port == 443") end
   local tree, rest = self:any(), self:peek()
   if rest.kind ~= "end" then
      local is_sign = rest.kind == "sign" and rest.value ~= "(" and rest.value ~= "{"
      self:fail(rest, is_sign and "expected 'and', 'or' or the end, not %s"
         or "expected a comparison, 'and', 'or' or the end, not %s", called(rest))
   end
   if self.problem then return nil, self.problem end
   return tree
end

-- What writes a filter as Lua: its constants and helping functions, and how a test goes through
-- the values that a field has.
--
--    local self = writer.new("packet", {})
--    self:test(token, meaning, function (read) return read.value .. " == 443" end)

local classes = require "weir.filter.classes"
local names   = require "weir.filter.names"
local reads   = require "weir.filter.reads"

local writer = {}
writer.__index = writer

-- options: those of weir.filter.compile.
function writer.new(kind, options)
   return setmetatable({
      kind = kind, options = options, constants = {}, helpers = {}, asked = {},
   }, writer)
end

-- Notes the first problem.  What it returns stands for a test.
function writer:fail(token, message, ...)
   if not self.problem then
      self.problem = { message = message:format(...), from = token.from, to = token.to }
   end
   return "false"
end

-- Keeps a constant; returns what the code calls it.
function writer:keep(value)
   self.constants[#self.constants + 1] = value
   return ("k[%d]"):format(#self.constants)
end

-- Adds a function of the record `r`; returns a call of it.
function writer:helper(lines)
   self.helpers[#self.helpers + 1] = ("h[%d] = function (r)\n%s\nend"):format(#self.helpers + 1,
      table.concat(lines, "\n"))
   return ("h[%d](r)"):format(#self.helpers)
end

-- ---- what a field is, and how its values are gone through --------------------------------------

function writer:note(field)
   for _, known in ipairs { field, field.part } do
      if known.asked then self.asked[known.asked] = true end
   end
end

-- How the field of a meaning is read.
function writer:read(meaning, field, token)
   local outer, inner = field or meaning[1], meaning[2]
   self:note(outer)
   local read
   if inner then
      read = reads.rows(outer, inner, "r", "v")
   else
      read = reads.of(outer, "r", "v", self.options)
   end
   if meaning.bits then read.class, read.bits = "bit", meaning.bits end
   if token.mask then
      if read.class ~= "number" and read.class ~= "flags" then
         self:fail(token, "'&' is for numbers: '%s' takes %s", token.name,
            classes[read.class] and classes[read.class].takes or "nothing")
      end
      read.class = "number"
      read.value = ("band(%s, %d)"):format(read.value, token.mask)
      read.is = read.value .. " ~= 0"
   end
   read.field = inner or outer
   return read
end

-- A test of the values that a read goes through: any, or every one of them.
local function go_through(self, read, every, test)
   local lines = { "local seen = false" }
   local function add(line) lines[#lines + 1] = line end
   if read.loop then add(read.loop.head) end
   add(read.loop and read.loop.turn or "do")
   for _, line in ipairs(read.let) do add(line) end
   add(("if %s then"):format(read.there or "true"))
   add(every and ("if not (%s) then return false end seen = true"):format(test)
      or ("if %s then return true end"):format(test))
   add "end\nend\nreturn seen"
   return self:helper(lines)
end

local function single(self, read, every, test)
   if read.let then return go_through(self, read, every, test) end
   return read.there and ("(%s and %s)"):format(read.there, test) or "(" .. test .. ")"
end

-- Both of a pair: each of them that is there.
local function every_of(reads_of, tests)
   local a, b = reads_of[1].there or "true", reads_of[2].there or "true"
   if a == b then return ("(%s and %s and %s)"):format(a, tests[1], tests[2]) end
   return ("((%s or %s) and (not (%s) or %s) and (not (%s) or %s))"):format(a, b, a, tests[1], b,
      tests[2])
end

-- A test of a field: body(read) is what is asked of each of its values.
function writer:test(token, meaning, body)
   local list, tests, fields = {}, {}, meaning.pair or { meaning[1] }
   for i, field in ipairs(fields) do
      list[i] = self:read(meaning, field, token)
      tests[i] = body(list[i])
   end
   local test
   if fields[2] and token.every then
      test = every_of(list, tests)
   else
      for i, read in ipairs(list) do tests[i] = single(self, read, token.every, tests[i]) end
      test = "(" .. table.concat(tests, " or ") .. ")"
   end
   local guards = reads.guards(self.kind, meaning, "r")
   guards[#guards + 1] = test
   return "(" .. table.concat(guards, " and ") .. ")"
end

-- What a field of the tree means; where it means nothing the kind would not have been chosen.
function writer:meaning(token)
   return names.find(self.kind, token.name, self.options.part)
end

-- ---- values ------------------------------------------------------------------------------------

-- The class of a read that is to be compared; nil when it cannot be.
function writer:class(read, token)
   local class = classes[read.class]
   if class then return class end
   self:fail(token, "'%s' cannot be compared, but for what is in it: '%s.%s'", token.name,
      token.name, read.field.rows and read.field.rows[1] and read.field.rows[1].name or "…")
end

-- What a value means to a class; nil after a problem.
function writer:literal(read, class, value, token)
   local found, why = class.literal(value, read.field)
   if found == nil then
      self:fail(value, "%s", why or ("'%s' takes %s, not %s"):format(token.name, class.takes,
         value.kind == "text" and ("the text \"%s\""):format(value.value)
         or ("'%s'"):format(value.value)))
   end
   return found
end

local function keeper(self)
   return function (value) return self:keep(value) end
end

function writer:compared(read, class, relation, value, token)
   if class.relations and not class.relations[relation] then
      return self:fail(token, "'%s' takes %s: it is equal or not", token.name, class.takes)
   end
   local wanted = self:literal(read, class, value, token)
   if wanted == nil then return "false" end
   local is_ordered = relation ~= "==" and relation ~= "~="
   if is_ordered and class.is_whole and not class.is_whole(wanted) then
      return self:fail(value, "'%s' has no order: == and != compare it", value.value)
   end
   return class.compare(read, relation, wanted, keeper(self))
end

return writer

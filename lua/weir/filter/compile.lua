-- A filter's tree as one function of Lua for a kind of record: LuaJIT compiles it with the loop
-- around it, and it makes nothing anew but the texts it has to look into.

local abi     = require "weir.abi"
local address = require "weir.address"
local bit     = require "bit"
local cells   = require "weir.cells"
local classes = require "weir.filter.classes"
local names   = require "weir.filter.names"
local pattern = require "weir.pattern"
local reads   = require "weir.filter.reads"
local schema  = require "weir.schema"
local writer  = require "weir.filter.writer"

require "weir.packet"

local FEW = 8                             -- values compared one by one; more are looked up

-- ---- nodes: each returns an expression ---------------------------------------------------------

local write = {}

local function written(self, node) return write[node.op](self, node) end

local function chained(self, node)
   local list = {}
   for i, inner in ipairs(node) do list[i] = written(self, inner) end
   return "(" .. table.concat(list, " " .. node.op .. " ") .. ")"
end

write["and"], write["or"] = chained, chained

write["not"] = function (self, node) return "not " .. written(self, node[1]) end

local function word(self, token)
   local what, number = names.word(self.kind, token.name)
   if what == "protocol" then
      return ("band(r.has, %d) ~= 0 and r.protocol == %d"):format(abi.C.WEIR_HAS_IP, number)
   elseif what == "version" then
      return ("band(r.has, %d) ~= 0 and r.ip_version == %d"):format(abi.C.WEIR_HAS_IP, number)
   end
   if what == "arp" then return ("band(r.has, %d) ~= 0"):format(abi.C.WEIR_HAS_ARP) end
   return "true"                                         -- a kind of record
end

function write.is(self, node)
   local meaning = self:meaning(node.field)
   if not meaning then return "(" .. word(self, node.field) .. ")" end
   return self:test(node.field, meaning, function (read) return read.is or "true" end)
end

-- The test that compares two reads; or nil after a problem.
local function same_kind(self, node, a, b)
   local class, relation = self:class(a, node.field), node.relation
   local is_ordered = relation ~= "==" and relation ~= "~="
   if a.class ~= b.class or a.loop or b.loop or a.names ~= b.names then
      return self:fail(node.value, "'%s' cannot be compared with '%s'", node.field.name,
         node.value.value)
   elseif is_ordered and (class.relations or class.same) then
      return self:fail(node.value, "these two are equal or not")
   elseif class.same then
      return (relation == "~=" and "not " or "") .. class.same(a, b)
   end
   return ("%s %s %s"):format(a.value, relation, b.value)
end

-- Two fields of a record.
local function both(self, node, meaning, other)
   local lines, list = {}, {}
   for i, one in ipairs { meaning, other } do
      list[i] = reads.of(one[1], "r", i == 1 and "a" or "b", self.options)
      list[i].names = one[1].names
      self:note(one[1])
      local needs = reads.guards(self.kind, one, "r")
      for _, line in ipairs(list[i].let or {}) do lines[#lines + 1] = line end
      needs[#needs + 1] = list[i].there
      for _, need in ipairs(needs) do
         lines[#lines + 1] = ("if not (%s) then return false end"):format(need)
      end
   end
   lines[#lines + 1] = "return " .. same_kind(self, node, list[1], list[2])
   return self:helper(lines)
end

-- The other field that a value names: a word that is no value of the first one's class.
local function other_field(self, node, meaning)
   local value = node.value
   if value.kind ~= "word" or meaning.pair or meaning[2] or meaning.bits or node.field.mask then
      return nil
   end
   local other = names.find(self.kind, value.value, self.options.part)
   if not other or other.pair or other[2] or other.bits then return nil end
   local read = reads.of(meaning[1], "r", "v", self.options)
   local class = classes[read.class]
   if not class or (read.class ~= "text" and class.literal(value, meaning[1]) ~= nil) then
      return nil
   end
   return other
end

function write.compare(self, node)
   local token, meaning = node.field, self:meaning(node.field)
   local other = other_field(self, node, meaning)
   if other then return both(self, node, meaning, other) end
   return self:test(token, meaning, function (read)
      local class = self:class(read, token)
      return class and self:compared(read, class, node.relation, node.value, token) or "false"
   end)
end

-- The names of a field that a test holds for, as their numbers: found once, here.
local function among_names(self, read, test)
   local set = {}
   for number = 0, 255 do
      if test(read.field.names[number] or tostring(number)) then set[number] = true end
   end
   return ("%s[%s] == true"):format(self:keep(set), read.value)
end

-- A search in texts: `test` is the code of it, `find` the same done now.
local function search(self, node, word_of, test, find)
   local token, meaning = node.field, self:meaning(node.field)
   return self:test(token, meaning, function (read)
      local class = self:class(read, token)
      if not class then return "false" end
      if read.class == "name" then return among_names(self, read, find) end
      if word_of == "contains" and class.contains then
         local wanted = self:literal(read, class, node.value, token)
         return wanted and class.contains(read, wanted) or "false"
      end
      if class.text then return test(class.text(read)) end
      return self:fail(token, "'%s' takes %s: there is no text to look into", token.name,
         class.takes)
   end)
end

function write.contains(self, node)
   local wanted = node.value.value
   local kept = self:keep(wanted)
   return search(self, node, "contains", function (text)
      return ("find(%s, %s, 1, true) ~= nil"):format(text, kept)
   end, function (text) return text:find(wanted, 1, true) ~= nil end)
end

function write.matches(self, node)
   local value = node.value
   local compiled, why, at = pattern.new(value.raw or value.value)
   if not compiled then
      local from = value.from + (value.kind == "text" and at or at - 1)
      return self:fail({ from = math.min(from, value.to), to = math.min(from, value.to) },
         "a pattern that makes no sense: %s", why)
   end
   local kept = self:keep(compiled)
   return search(self, node, "matches", function (text)
      return ("%s:matches(%s)"):format(kept, text)
   end, function (text) return compiled:matches(text) end)
end

-- A key for what is looked up: of numbers, and of whole IPv4 addresses.
local function key_of(read, literal)
   if type(literal) == "number" then return literal, read.value end
   if read.class == "address" and literal.version == 4 and literal.bits == 32 then
      local v = read.value
      return ((literal[1] * 256 + literal[2]) * 256 + literal[3]) * 256 + literal[4],
         ("%s == 4 and %s[0] * 16777216 + %s[1] * 65536 + %s[2] * 256 + %s[3]"):format(
            read.version, v, v, v, v)
   end
end

local function range(self, read, class, item, token)
   local low = self:compared(read, class, ">=", item.value, token)
   local high = self:compared(read, class, "<=", item.to, token)
   return ("(%s and %s)"):format(low, high)
end

-- Any of the items; those that have a key are looked up, if there are many.
local function any_of(self, read, class, node)
   local list, set, lookup = {}, {}, nil
   for _, item in ipairs(node.items) do
      local wanted = not item.to and #node.items > FEW and self:literal(read, class, item.value,
         node.field)
      local key, code = nil, nil
      if wanted then key, code = key_of(read, wanted) end
      if key then
         set[key], lookup = true, code
      else
         list[#list + 1] = item.to and range(self, read, class, item, node.field)
            or self:compared(read, class, "==", item.value, node.field)
      end
   end
   if lookup then
      local before, key = lookup:match "^(.* and )(.*)$"
      list[#list + 1] = ("(%s%s[%s] == true)"):format(before or "", self:keep(set), key or lookup)
   end
   return "(" .. table.concat(list, " or ") .. ")"
end

write["in"] = function (self, node)
   return self:test(node.field, self:meaning(node.field), function (read)
      local class = self:class(read, node.field)
      return class and any_of(self, read, class, node) or "false"
   end)
end

-- ---- the function ------------------------------------------------------------------------------

local CODE = [[
local k, h, env, sources = ...
local band, type, tostring, find, lower = env.band, env.type, env.tostring, env.find, env.lower
local given, ip_text, mac_text, community = env.given, env.ip_text, env.mac_text, env.community
%s
local function test(r)
   return %s
end
local function scan(records, first, count, out)
   local n, from = 0, -1
   for i = first, first + count - 1 do
      if test(records[i]) then
         if from < 0 then from = i end
      elseif from >= 0 then
         out[n + 1], out[n + 2] = from, i - from
         n, from = n + 2, -1
      end
   end
   if from >= 0 then
      out[n + 1], out[n + 2] = from, first + count - from
      n = n + 2
   end
   return n
end
return test, scan
]]

local env = {
   band = bit.band, type = type, tostring = tostring, find = string.find, lower = string.lower,
   given = cells.read, ip_text = address.ip, mac_text = address.mac,
   community = require "weir.community",
}

-- Compiles a tree for a kind that has all its fields.  options: part (what extensions give),
-- sources (names of the inputs, from 0), seed (of Community IDs).  Returns
-- { test(record), spans(batch, first, count), asked, records }: `spans` returns an array, for the
-- time until the next call, of where matches begin and how many follow each other, and how many
-- numbers these are; `asked` has the names of what is to be measured, `records` is where batches
-- have the kind.  Or nil and a problem, as in lex.lua.
return function (tree, kind, options)
   local self = writer.new(kind, options)
   local expression = written(self, tree)
   if self.problem then return nil, self.problem end
   local code = CODE:format(table.concat(self.helpers, "\n"), expression)
   local chunk, why = loadstring(code, "=filter")
   if not chunk then
      return nil, { message = "a filter too large to compile: " .. why, from = 1, to = 1 }
   end
   local test, scan = chunk(self.constants, {}, env, options.sources or {})
   local records, spans = schema.of(kind).records, {}
   return {
      test = test, asked = self.asked, records = records,
      spans = function (batch, first, count)
         return spans, scan(batch[records], first, count, spans)
      end,
   }
end

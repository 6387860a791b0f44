-- What values of a class can be compared with, and how: for the code that weir.filter.compile
-- writes.
--
-- A class: takes (said when a value is none), literal(token, field, to) and compare(read, relation,
-- literal).  `relations` when it does not take all of them, `text(read)` where it can be searched,
-- `same(a, b)` where two fields cannot be compared as they are.

local literal = require "weir.filter.literal"
local names   = require "weir.filter.names"
local nearest = require "weir.nearest"

local EQUAL = { ["=="] = true, ["~="] = true }

local function compare_as(format)
   return function (read, relation, wanted)
      return ("%s %s %s"):format(read.value, relation, format:format(wanted))
   end
end

-- A value that is written without quotes.
local function bare(parse)
   return function (token) return token.kind == "word" and parse(token.value) or nil end
end

local classes = {}

-- ---- numbers and times -------------------------------------------------------------------------

classes.number = {
   takes = "a number, such as 443 or 0x1f", compare = compare_as "%.17g",
   literal = function (token, field)
      if token.kind == "word" and field.span then return literal.span(token.value) end
      if token.kind == "word" and field.name:find "_ms$" and not literal.number(token.value) then
         local seconds = literal.span(token.value)
         return seconds and seconds * 1000
      end
      return bare(literal.number)(token)
   end,
}

-- An id is a text in the output, of digits.
classes.id = {
   takes = "a whole number", compare = compare_as "%.17g",
   literal = function (token) return literal.number(token.value) end,
}

classes.time = {
   takes = "a time, such as 2026-11-20T10:48:07Z or seconds since 1970",
   literal = function (token) return literal.time(token.value) end, compare = compare_as "%sLL",
}

classes.span = {
   takes = "a span of time, such as 1.5 (seconds), 20ms or 1h30m",
   literal = bare(literal.span_ns), compare = compare_as "%sLL",
}

classes.flag = {
   takes = "true or false, 1 or 0", relations = EQUAL,
   literal = bare(function (text)
      local is = literal.flag(text)
      if is == nil then return nil end
      return { is = is }
   end),
   compare = function (read, relation, wanted)
      return ("%s %s %s"):format(read.value, relation, tostring(wanted.is))
   end,
}

-- One bit of some.
classes.bit = {
   takes = "1 or 0", relations = EQUAL, literal = classes.flag.literal,
   compare = function (read, relation, wanted)
      local is_set = wanted.is == (relation == "==")
      return ("band(%s, %d) %s 0"):format(read.value, read.bits, is_set and "~=" or "==")
   end,
}

-- ---- bytes -------------------------------------------------------------------------------------

-- The bytes of a value are those of an address, as far as its bits go.
local function same_bytes(value, wanted)
   local list = {}
   for i = 1, math.ceil(wanted.bits / 8) do
      local free = 2 ^ math.max(0, 8 * i - wanted.bits)
      local least = wanted[i] - wanted[i] % free
      list[i] = free == 1 and ("%s[%d] == %d"):format(value, i - 1, least)
         or ("%s[%d] >= %d and %s[%d] <= %d"):format(value, i - 1, least, value, i - 1,
            least + free - 1)
   end
   return list
end

-- Bytes from the i-th on come before others, or after them.
local function ordered_bytes(value, relation, wanted, i)
   local here = ("%s[%d]"):format(value, i - 1)
   if i == #wanted then return ("%s %s %d"):format(here, relation, wanted[i]) end
   return ("(%s %s %d or %s == %d and %s)"):format(here, relation:sub(1, 1), wanted[i], here,
      wanted[i], ordered_bytes(value, relation, wanted, i + 1))
end

local function compare_bytes(read, relation, wanted)
   local list
   if EQUAL[relation] then
      list = same_bytes(read.value, wanted)
   else
      list = { ordered_bytes(read.value, relation, wanted, 1) }
   end
   if wanted.version then
      table.insert(list, 1, ("%s == %d"):format(read.version, wanted.version))
   end
   local all = "(" .. table.concat(list, " and ") .. ")"
   return relation == "~=" and "not " .. all or all
end

local function same_in(count)
   return function (a, b)
      local list = { a.version and ("%s == %s"):format(a.version, b.version) }
      for i = 0, count - 1 do
         list[#list + 1] = ("%s[%d] == %s[%d]"):format(a.value, i, b.value, i)
      end
      return "(" .. table.concat(list, " and ") .. ")"
   end
end

classes.address = {
   takes = "an address such as 10.0.0.1 or fe80::1, or a network such as 10.0.0.0/8",
   literal = function (token) return literal.address(token.value) end,
   compare = compare_bytes, same = same_in(16),
   text = function (read) return ("ip_text(%s, %s)"):format(read.value, read.version) end,
   is_whole = function (wanted) return wanted.bits == #wanted * 8 end,
}

classes.mac = {
   takes = "an Ethernet address such as 02:00:5e:10:00:01",
   literal = function (token) return literal.mac(token.value) end,
   compare = compare_bytes, same = same_in(6),
   text = function (read) return ("mac_text(%s)"):format(read.value) end,
}

-- ---- names -------------------------------------------------------------------------------------

-- The numbers of a name, which may have several; or nil, and the names that there are.
local function numbers_of(name, field)
   local wanted, found, all = (names.called[name:lower()] or name):lower(), {}, {}
   for number, known in pairs(field.names) do
      all[#all + 1] = known
      if known:lower() == wanted then found[#found + 1] = number end
   end
   table.sort(found)
   table.sort(all)
   return found[1] and found or nil, all
end

local function compare_name(read, relation, wanted)
   if not EQUAL[relation] then return ("%s %s %d"):format(read.value, relation, wanted[1]) end
   local list = {}
   for i, number in ipairs(wanted) do
      list[i] = ("%s %s %d"):format(read.value, relation, number)
   end
   return "(" .. table.concat(list, relation == "==" and " or " or " and ") .. ")"
end

classes.name = {
   takes = "a name or its number", compare = compare_name,
   literal = function (token, field)
      local number = literal.number(token.value)
      if number then return { number, is_number = true } end
      local found, all = numbers_of(token.value, field)
      if found then return found end
      local near = nearest(token.value, all)
      return nil, ("'%s' is never '%s'%s"):format(field.name, token.value,
         near and (": did you mean '%s'?"):format(near)
         or #all <= 20 and ": it can be " .. table.concat(all, ", ") or "")
   end,
   is_whole = function (wanted) return wanted.is_number end,
}

-- ---- flags: a letter each ----------------------------------------------------------------------

local function bits_of(letters, field)
   local bits = 0
   for letter in letters:upper():gmatch "." do
      local found
      for i = 0, #field.names do found = found or field.names[i] == letter and 2 ^ i or nil end
      if not found then return nil end
      bits = bits % (2 * found) >= found and bits or bits + found
   end
   return bits
end

classes.flags = {
   takes = "the letters of flags (F S R P A U E C N), such as \"SA\", or a number",
   relations = EQUAL, compare = compare_as "%d",
   literal = function (token, field)
      return token.kind == "word" and literal.number(token.value) or bits_of(token.value, field)
   end,
   contains = function (read, bits)
      return ("band(%s, %d) == %d"):format(read.value, bits, bits)
   end,
}

-- ---- texts -------------------------------------------------------------------------------------

local function value_of(read) return read.value end

classes.text = {
   takes = "a text", literal = function (token) return token.value end, text = value_of,
   compare = function (read, relation, wanted, keep)
      return ("%s %s %s"):format(read.value, relation, keep(wanted))
   end,
}

-- A name in words, whatever the case.
classes.called = {
   takes = "a name", relations = EQUAL, text = value_of,
   literal = function (token) return token.value:lower() end,
   compare = function (read, relation, wanted, keep)
      return ("lower(tostring(%s)) %s %s"):format(read.value, relation, keep(wanted))
   end,
}

-- What the record itself says: numbers, texts, or true and false.
classes.any = {
   takes = "a value",
   literal = function (token)
      local number = token.kind == "word" and literal.number(token.value)
      if number then return { is = number, kind = "number" } end
      if token.kind == "word" and (token.value == "true" or token.value == "false") then
         return { is = token.value == "true", kind = "boolean" }
      end
      return { is = token.value, kind = "string" }
   end,
   compare = function (read, relation, wanted, keep)
      local is_ordered = not EQUAL[relation]
      if wanted.kind == "boolean" and is_ordered then return "false" end
      local test = ("%s %s %s"):format(read.value, relation, keep(wanted.is))
      if not is_ordered then return test end
      return ("(type(%s) == %q and %s)"):format(read.value, wanted.kind, test)
   end,
   text = function (read) return ("tostring(%s)"):format(read.value) end,
}

return classes

-- What a filter asks of one value of a column: tests of texts, addresses, names, lists.
--
--    values.compare(column, "==", token)  --> { test = function (value) … end, sql = … }
--
-- `test` takes what a column holds (a text for most classes, a table for "list").  `sql(x, bind)`
-- says the same, where SQL can say it; `exacts` are the only texts for which it holds, if that is
-- known.

local address = require "weir.address"
local bit     = require "bit"
local classes = require "weir.filter.classes"
local literal = require "weir.filter.literal"
local pattern = require "weir.pattern"
local sorted  = require "weir.sorted"

local values = {}

local MANY = 300                          -- names that a filter in SQL lists at most

local relations = {
   ["=="] = function (a, b) return a == b end, ["~="] = function (a, b) return a ~= b end,
   ["<"] = function (a, b) return a < b end, ["<="] = function (a, b) return a <= b end,
   [">"] = function (a, b) return a > b end, [">="] = function (a, b) return a >= b end,
}
values.relations = relations
values.in_sql = { ["=="] = "=", ["~="] = "<>", ["<"] = "<", ["<="] = "<=", [">"] = ">",
   [">="] = ">=" }

local function compared(relation, wanted, of)
   local holds = relations[relation]
   return function (value)
      local found = of and of(value)
      if not of then found = value end
      return found ~= nil and holds(found, wanted)
   end
end

-- ---- by class: wanted is what classes[class].literal made of the token -------------------------

local make = {}

function make.text(_, relation, wanted)
   return {
      test = compared(relation, wanted), exacts = relation == "==" and { wanted } or nil,
      sql = function (x, bind)
         return ("%s %s %s"):format(x, values.in_sql[relation], bind(wanted))
      end,
   }
end

-- Below zero, zero or above: bytes compared with others, as far as `bits` go.
local function order_of(bytes, wanted, bits)
   for i = 1, math.ceil(bits / 8) do
      local free = 2 ^ math.max(0, 8 * i - bits)
      local a, b = math.floor(bytes[i] / free), math.floor(wanted[i] / free)
      if a ~= b then return a - b end
   end
   return 0
end

local function text_of(bytes)
   local packed = string.char(unpack(bytes))
   if bytes.version then return address.ip(packed, bytes.version) end
   return address.mac(packed)
end

-- An IPv4 network in SQL: the whole bytes as text, and the next one as a number.
local function network_sql(wanted)
   local whole, rest = math.floor(wanted.bits / 8), wanted.bits % 8
   local head = table.concat(wanted, ".", 1, whole) .. (whole > 0 and "." or "")
   local free = 2 ^ (8 - rest)
   local least = wanted[whole + 1] and wanted[whole + 1] - wanted[whole + 1] % free
   return function (x, bind)
      local list = { ("instr(%s, ':') = 0"):format(x) }
      if whole > 0 then
         list[2] = ("substr(%s, 1, %d) = %s"):format(x, #head, bind(head))
      end
      if rest > 0 then
         list[#list + 1] = ("CAST(substr(%s, %d) AS INTEGER) BETWEEN %s AND %s"):format(x,
            #head + 1, bind(least), bind(least + free - 1))
      end
      return "(" .. table.concat(list, " AND ") .. ")"
   end
end

local function of_bytes(read)
   return function (_, relation, wanted)
      local holds, is_whole = relations[relation], wanted.bits == 8 * #wanted
      local made = {
         test = function (value)
            local bytes = read(value)
            if not bytes then return false end
            if bytes.version ~= wanted.version then return relation == "~=" end
            return holds(order_of(bytes, wanted, wanted.bits), 0)
         end,
      }
      local is_equal = relation == "==" or relation == "~="
      if is_whole and is_equal then
         local text = text_of(wanted)
         made.exacts = relation == "==" and { text } or nil
         made.sql = make.text(nil, relation, text).sql
      elseif is_equal and wanted.version == 4 then
         local inside = network_sql(wanted)
         made.sql = relation == "==" and inside
            or function (x, bind) return "NOT " .. inside(x, bind) end
      end
      return made
   end
end
make.address, make.mac = of_bytes(literal.address), of_bytes(literal.mac)

-- The number of a name; of one that has none the name is the number.
local function numbers_of(names)
   local numbers = {}
   for number, name in pairs(names) do numbers[name] = numbers[name] or number end
   return function (text) return numbers[text] or tonumber(text) end
end

-- The names that a test holds for, of those that SQL may meet.
local function listed(test, names)
   local list, seen = {}, {}
   local function add(name)
      if not seen[name] and test(name) then list[#list + 1], seen[name] = name, true end
   end
   for number = 0, 255 do add(names[number] or tostring(number)) end
   for _, name in pairs(names) do add(name) end
   table.sort(list)
   return list
end

local function list_sql(list)
   return function (x, bind)
      local bound = {}
      for i, name in ipairs(list) do bound[i] = bind(name) end
      return ("%s IN (%s)"):format(x, table.concat(bound, ", "))
   end
end

-- Names that stand for one byte are all known; of others those with a name.
local function by_names(column, test, is_small)
   local made, names = { test = test }, column.field.names
   if column.field.as == "name8" or is_small then
      local list = listed(test, names)
      if #list <= MANY then made.sql = list_sql(list) end
   end
   return made
end

function make.name(column, relation, wanted)
   local of, names = numbers_of(column.field.names), column.field.names
   local holds, set = relations[relation], {}
   for _, number in ipairs(wanted) do set[names[number] or tostring(number)] = true end
   if relation == "==" then
      return by_names(column, function (value) return set[value] == true end, true)
   elseif relation == "~=" then
      local list = sorted(set)
      local is_in = list_sql(list)
      return {
         test = function (value) return not set[value] end,
         sql = function (x, bind) return "NOT " .. is_in(x, bind) end,
      }
   end
   return by_names(column, function (value)
      local number = of(value)
      return number ~= nil and holds(number, wanted[1])
   end)
end

-- Letters of flags as the number they stand for.
function values.bits(names)
   return function (letters)
      local bits = 0
      for i = 0, #names do
         if letters:find(names[i], 1, true) then bits = bits + 2 ^ i end
      end
      return bits
   end
end

local function letters_of(names, bits)
   local list = {}
   for i = 0, #names do
      if bit.band(bits, bit.lshift(1, i)) ~= 0 then list[#list + 1] = names[i] end
   end
   return table.concat(list)
end
values.letters = letters_of

function make.flags(column, relation, wanted)
   local names = column.field.names
   local made = make.text(column, relation, letters_of(names, wanted))
   made.test = compared(relation, wanted, values.bits(names))
   if bit.band(wanted, 2 ^ (#names + 1) - 1) ~= wanted then made.sql, made.exacts = nil, nil end
   return made
end

-- ---- what is in lists --------------------------------------------------------------------------

-- A value as the class of its kind sees it; the code of these classes is for LuaJIT, so it is
-- said anew here.
local function compare_any(relation, wanted)
   local holds = relations[relation]
   local is_ordered = relation ~= "==" and relation ~= "~="
   return function (value)
      if type(value) ~= wanted.kind and is_ordered then return false end
      if wanted.kind == "boolean" and is_ordered then return false end
      return holds(value, wanted.is)
   end
end

local inner = {
   any = compare_any,
   called = function (relation, wanted)
      local holds = relations[relation]
      return function (value) return holds(tostring(value):lower(), wanted) end
   end,
   number = function (relation, wanted)
      local holds = relations[relation]
      return function (value) return type(value) == "number" and holds(value, wanted) end
   end,
   text = function (relation, wanted)
      local holds = relations[relation]
      return function (value) return type(value) == "string" and holds(value, wanted) end
   end,
}

-- Bytes within lists are texts there.
local function inner_bytes(class)
   return function (relation, wanted) return make[class](nil, relation, wanted).test end
end
inner.address, inner.mac = inner_bytes "address", inner_bytes "mac"

-- ---- what is asked -----------------------------------------------------------------------------

-- The test of a relation with a literal, of a class (that of the column, or of what is in it).
function values.compare(column, class, relation, wanted)
   if column.class == "list" then
      local test = (inner[class] or inner.any)(relation, wanted)
      return { test = test }
   end
   return make[class](column, relation, wanted)
end

-- Some bits of flags.
function values.bit(column, bits, is_set)
   local of = values.bits(column.field.names)
   return { test = function (value) return (bit.band(of(value), bits) ~= 0) == is_set end }
end

-- Flags or text that contain something.
function values.contains(column, class, wanted)
   if class == "flags" then
      local of = values.bits(column.field.names)
      return { test = function (value) return bit.band(of(value), wanted) == wanted end }
   end
   local made = { test = function (value) return tostring(value):find(wanted, 1, true) ~= nil end }
   if class == "name" then return by_names(column, made.test) end
   if column.class ~= "list" then
      made.sql = function (x, bind) return ("instr(%s, %s) > 0"):format(x, bind(wanted)) end
   end
   return made
end

-- What matches a pattern; or nil, the reason and where in it.
function values.matches(column, class, text)
   local compiled, why, at = pattern.new(text)
   if not compiled then return nil, why, at end
   local made = { test = function (value) return compiled:matches(tostring(value)) end }
   if class == "name" then return by_names(column, made.test) end
   return made
end

local INSIDE = {
   name8 = "called", name16 = "called", address = "address", ether = "mac", string = "text",
   u8 = "number", u16 = "number", u32 = "number", count = "number", number = "number",
}

-- The class that what is inside a list is compared as: its values, or a field of its rows.
function values.inside(field, found)
   if found then return INSIDE[found.as] or "any" end
   return field.as == "strings" and "text" or "number"
end

values.classes = classes
return values

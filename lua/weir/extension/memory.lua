-- The memory that a feature has for each flow: a table, or members of a struct.

local ffi    = require "ffi"
local kinds  = require "weir.extension.kinds"
local sorted = require "weir.sorted"

local memory = {}

-- What a flow is to an extension: the first member of each struct, zero when the flow begins.
memory.mark = { none = 0, seen = 1, fresh = 2 }

-- The names of what is declared, without holes between them: the widest first.
local function in_order(declared)
   local names = sorted(declared)
   table.sort(names, function (a, b)
      local x, y = declared[a]:match "^[%w_]+", declared[b]:match "^[%w_]+"
      if kinds.numbers[x] ~= kinds.numbers[y] then return kinds.numbers[x] > kinds.numbers[y] end
      return a < b
   end)
   return names
end

-- The text of the struct that a manifest's memory is: the same for the same members.
function memory.layout(declared)
   local members = { "int32_t weir_mark;" }
   for _, name in ipairs(in_order(declared)) do
      local kind, count = declared[name]:match "^([%w_]+)%s*(.*)$"
      members[#members + 1] = ("%s %s%s;"):format(kind, name, count)
   end
   return ("struct { %s }"):format(table.concat(members, " "))
end

local made, arrays = {}, {}               -- by their texts: types are never given back

-- The type of an array, which C would let one read and write beyond its end.
local function array_of(kind, count)
   local text = ("struct { %s weir_cells[%d]; }"):format(kind, count)
   if arrays[text] then return arrays[text] end
   local ctype = ffi.typeof(text)
   local function check(i)
      if type(i) == "number" and i >= 0 and i < count then return end
      error(("no element %s of %d: they are 0 to %d"):format(tostring(i), count, count - 1), 3)
   end
   ffi.metatype(ctype, {
      __index = function (array, i)
         check(i)
         return array.weir_cells[i]
      end,
      __newindex = function (array, i, value)
         check(i)
         array.weir_cells[i] = value
      end,
   })
   arrays[text] = ctype
   return ctype
end

-- The type of what is declared: laid out like its text, but with arrays that know their ends.
-- `plain`: flags are the numbers 0 and 1.
local function struct_of(declared, tag, plain)
   local members, types = { "int32_t weir_mark;" }, {}
   for _, name in ipairs(in_order(declared)) do
      local kind, count = declared[name]:match "^([%w_]+)%s*%[?(%d*)"
      if count ~= "" then types[#types + 1] = array_of(kind, tonumber(count)) end
      if plain and kind == "bool" then kind = "uint8_t" end
      members[#members + 1] = ("%s %s;"):format(count == "" and kind or "$", name)
   end
   local text = ("struct { %s } /* %s */"):format(table.concat(members, " "), tag)
   return ffi.typeof(text, unpack(types))
end

-- The type of an extension's memory, whose values also have what the class at hand has: its methods
-- and options.  `current` is a table with the class; what a metatype is made of must not change
-- later.  Raises why the memory cannot be a struct.
function memory.type(name, declared)
   local key = ("%s of %s"):format(memory.layout(declared), name:gsub("[^%w_-]", "?"))
   if made[key] then return made[key] end                -- one of its own for each extension
   local current = {}
   local ctype = struct_of(declared, key)
   ffi.metatype(ctype, { __index = function (_, member) return current.class[member] end })
   local plain = struct_of(declared, key, true)
   made[key] = {
      pointer = ffi.typeof(("$ * /* %s */"):format(key), ctype), current = current,
      plain = ffi.typeof(("const $ * /* %s */"):format(key), plain),
   }
   return made[key]
end

-- The array of a capture's flows, of that type; what keeps it from being collected; and the array
-- once more, with plain numbers for flags.
function memory.array(capture, of, layout)
   local lent, why = capture:memory(layout)
   if not lent then return nil, why end
   return ffi.cast(of.pointer, lent), lent, ffi.cast(of.plain, lent)
end

return memory

-- The memory that a feature has for each flow: a table, or members of a struct.

local ffi      = require "ffi"
local kinds    = require "weir.extension.kinds"
local manifest = require "weir.extension.manifest"

local memory = {}

-- What a flow is to an extension: the first member of each struct, zero when the flow begins.
memory.mark = { none = 0, seen = 1, fresh = 2 }

-- The text of the struct that a manifest's memory is: the same for the same members.
function memory.layout(declared)
   local names = manifest.sorted(declared)
   table.sort(names, function (a, b)                     -- no holes: the widest first
      local x, y = declared[a]:match "^[%w_]+", declared[b]:match "^[%w_]+"
      if kinds.numbers[x] ~= kinds.numbers[y] then return kinds.numbers[x] > kinds.numbers[y] end
      return a < b
   end)
   local members = { "int32_t weir_mark;" }
   for _, name in ipairs(names) do
      local kind, count = declared[name]:match "^([%w_]+)%s*(.*)$"
      members[#members + 1] = ("%s %s%s;"):format(kind, name, count)
   end
   return ("struct { %s }"):format(table.concat(members, " "))
end

local made = {}                           -- by extension and layout: types are never given back

-- The type of a layout, whose values also have what the class at hand has: its methods and options.
-- `current` is a table with the class; what a metatype is made of must not change later.
function memory.type(name, layout)
   local key = ("%s /* %s */"):format(layout, name)      -- a type of its own for each extension
   if made[key] then return made[key] end
   local current = {}
   local ctype = ffi.typeof(key)
   ffi.metatype(ctype, { __index = function (_, member) return current.class[member] end })
   made[key] = { pointer = ffi.typeof(("$ * // %s"):format(name), ctype), current = current }
   return made[key]
end

-- The array of a capture's flows, of that type; and what keeps it from being collected.
function memory.array(capture, of, layout)
   local lent, why = capture:memory(layout)
   if not lent then return nil, why end
   return ffi.cast(of.pointer, lent), lent
end

return memory

-- The one place where Lua meets the C core: loads the library, declares its
-- types from the header the library carries, says why a call failed.

local ffi = require "ffi"

require "weir.traces"                     -- before anything is compiled

-- Inside the program the core is already there; a stock LuaJIT finds it where
-- modules in C are installed (weir/core.so).
local function load()
   if package.loaded["weir.core"] then return ffi.C end
   return ffi.load(assert(package.searchpath("weir.core", package.cpath)))
end

ffi.cdef "const char *weir_abi(void);"
local C = load()
local header = ffi.string(C.weir_abi())

-- A member of a struct comes before what its metatype finds.  So that a record of a protocol shows
-- texts and lists under the names of its fields, its own members are declared as raw_NAME.
local RAW = "raw_"

-- A declaration such as "uint8_t a, b[4]": what comes before the names, and these.
local function split(declaration)
   local struct, names = declaration:match "^(%s*struct [%w_]+ )([%w_, ]+)$"
   if struct then return struct, names end
   return declaration:match "^(%s*[%w_]+[%w_ ]-[ *]+)([%w_%[%], \t\n]+)$"
end

local function rename(declaration)
   local kind, names = split(declaration)
   return kind and kind .. names:gsub("[%a_][%w_]*", RAW .. "%0") or declaration
end

-- The text for LuaJIT.
local function declared(text)
   return (text:gsub("/%*.-%*/", ""):gsub("(\n\tstruct weir_said;\n)(.-)(\n};)",
      function (first, body, last) return first .. body:gsub("[^;]+", rename) .. last end))
end

ffi.cdef(declared(header))

local abi = { C = C }

-- Why the last call into C failed.
function abi.reason() return ffi.string(C.weir_error()) end

-- What a call into C returned, as Lua has it: true; or nil, the reason, and
-- whether that is only that nobody reads what we write any more.
function abi.result(status)
   if status >= 0 then return true end
   return nil, abi.reason(), status == C.WEIR_CLOSED
end

-- A C string, or nil for NULL.
function abi.text(pointer) return pointer ~= nil and ffi.string(pointer) or nil end

-- The type and the names of a declaration such as "uint8_t a, b[4]"; without a name: of a struct
-- that is a part of another.
local function parse(declaration)
   local whole = declaration:match "^%s*struct ([%w_]+)%s*$"
   if whole then return whole end
   local kind, names = split(declaration)
   return kind and kind:gsub("^%s*", ""):gsub("^const ", ""):gsub("%s+$", ""), names or ""
end

local bodies = {}                                        -- of the structs, without comments
for struct, body in header:gsub("/%*.-%*/", ""):gmatch "\nstruct ([%w_]+) {\n(.-)\n};" do
   bodies[struct] = body
end

-- Appends the members of a struct that lies in the struct `within`, or is that.
local function add_members(members, struct, within)
   local body = assert(bodies[struct], struct)
   local prefix = body:find "^%s*struct weir_said;" and RAW or ""
   for declaration in body:gmatch "[^;]+" do
      local kind, names = parse(declaration)
      if kind and not names then add_members(members, kind, within) end
      for name in (names or ""):gmatch "([%a_][%w_]*)" do
         local key = prefix .. name
         members[#members + 1] = {
            name = name, type = kind, key = key, offset = ffi.offsetof("struct " .. within, key),
         }
      end
   end
   return members
end

local known = {}

-- The members of a struct, in order: { name, type, key, offset }; Lua reads them by `key`.
function abi.members(struct)
   known[struct] = known[struct] or add_members({}, struct, struct)
   return known[struct]
end

return abi

-- The one place where Lua meets the C core: loads the library, declares its
-- types from the header the library carries, says why a call failed.

local ffi = require "ffi"

-- Inside the program the core is already there; a stock LuaJIT finds it as a
-- rock (weir/core.so) or as the installed libweir.so.
local function load()
   if package.loaded["weir.core"] then return ffi.C end
   return ffi.load(package.searchpath("weir.core", package.cpath) or "weir")
end

ffi.cdef "const char *weir_abi(void);"
local C = load()
local header = ffi.string(C.weir_abi())

-- A member of a struct is found before what its metatype has.  What protocols say is read through
-- weir.said, which makes texts and lists of it: so its own members have another name in Lua.
local SAID = "(\nstruct weir_[%w_]+ {\n\tstruct weir_said;)(.-)(\n};)"
local BEHIND = "_"

local function hide(declaration)
   local kind, names = declaration:match "^(%s*struct [%w_]+ +)(.*)$"
   if not kind then kind, names = declaration:match "^(%s*[%w_]+ +)(.*)$" end
   return kind .. names:gsub("%f[%w_]([%l_][%w_]*)", "%1" .. BEHIND) .. ";"
end

ffi.cdef((header:gsub(SAID, function (head, body, tail)
   return head .. body:gsub("/%*.-%*/", ""):gsub("([^;]+);", hide) .. tail
end)))

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
   local struct, names = declaration:match "^%s*(struct [%w_]+) ([%w_, ]+)$"
   if struct then return struct, names end
   local kind
   kind, names = declaration:match "^%s*([%w_]+[%w_ ]-[ *]+)([%w_%[%], \t\n]+)$"
   return kind and kind:gsub("^const ", ""):gsub("%s+$", ""), names or ""
end

-- The members of a struct, in order: { name, type, offset, key }, the last being its name in Lua.
function abi.members(struct, within, members)
   local body = assert(header:match("\nstruct " .. struct .. " {\n(.-)\n};"), struct)
   local behind = body:find "^\tstruct weir_said;" and BEHIND or ""
   within, members = within or struct, members or {}
   for declaration in body:gsub("/%*.-%*/", ""):gmatch "[^;]+" do
      local kind, names = parse(declaration)
      if kind and not names then abi.members(kind, within, members) end
      for name in (names or ""):gmatch "([%a_][%w_]*)" do
         members[#members + 1] = {
            name = name, type = kind, key = name .. behind,
            offset = ffi.offsetof("struct " .. within, name .. behind),
         }
      end
   end
   return members
end

return abi

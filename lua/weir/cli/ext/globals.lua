-- The globals that a file of an extension reads and sets, found in its bytecode without a run.
--
--    for _, use in ipairs(globals.of(source, "x.lua")) do print(use.line, use.name, use.is_set) end

local bit     = require "bit"
local jutil   = require "jit.util"
local nearest = require "weir.nearest"
local sandbox = require "weir.extension.sandbox"

local globals = {}

-- The number of the first instruction of a chunk, which differs between versions of LuaJIT.
local function first_of(source) return bit.band(jutil.funcbc(loadstring(source), 1), 0xff) end

local READ = first_of "return x"          -- GGET
local SET = bit.band(jutil.funcbc(loadstring "x = ...", 2), 0xff)        -- GSET, behind VARG

-- Adds the uses in a function, or in what it is made of, and in the functions inside it.
local function scan(f, list)
   for pc = 1, 1e9 do
      local instruction = jutil.funcbc(f, pc)
      if not instruction then break end
      local what = bit.band(instruction, 0xff)
      if what == READ or what == SET then
         list[#list + 1] = {
            name = jutil.funck(f, -bit.rshift(instruction, 16) - 1), is_set = what == SET,
            line = jutil.funcinfo(f, pc).currentline,
         }
      end
   end
   for k = -1, -1e9, -1 do
      local constant = jutil.funck(f, k)
      if constant == nil then return list end
      if type(constant) == "proto" then scan(constant, list) end
   end
end

-- The uses of globals in a text of Lua, in the order of its lines; nil when it does not compile.
function globals.of(source, path)
   local chunk = sandbox.compile(source, path, {})
   if not chunk then return nil end
   local list = scan(chunk, {})
   for i, use in ipairs(list) do use.place = i end
   table.sort(list, function (a, b)
      if a.line ~= b.line then return a.line < b.line end
      return a.place < b.place
   end)
   return list
end

-- The names of the globals that extensions have.
local function world()
   local env = sandbox.world { path = "", folder = "", files = {}, required = {} }
   local names = {}
   for name in pairs(env) do
      names[#names + 1], names[name] = name, true
   end
   table.sort(names)
   return names
end

-- What is wrong with the globals of an extension's own files: lines of text, each name once a file.
function globals.check(ext)
   local known, lines = world(), {}
   for _, path in ipairs(ext.files) do
      local is_own = path:sub(1, #ext.folder + 1) == ext.folder .. "/" or path == ext.path
      local seen = {}
      for _, use in ipairs(is_own and globals.of(sandbox.read(path) or "", path) or {}) do
         if not seen[use.name] and (use.is_set or not known[use.name]) then
            seen[use.name] = true
            local near = nearest(use.name, known)
            lines[#lines + 1] = ("%s:%d: %s"):format(path, use.line, use.is_set
               and ("'%s' would be a global: write 'local %s'"):format(use.name, use.name)
               or ("'%s' is nobody's%s"):format(use.name,
                  near and (": did you mean '%s'?"):format(near) or ""))
         end
      end
   end
   return lines
end

return globals

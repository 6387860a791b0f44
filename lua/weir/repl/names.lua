-- The names that a session knows: what its inputs offer, Weir's own, and Lua's globals.

local extend = require "weir.repl.extend"
local help   = require "weir.repl.help"
local inputs = require "weir.repl.inputs"
local weir   = require "weir"

local names = {}

local function printer(session)
   -- Writes values, as the print of Lua does.
   return function (...)
      local parts = {}
      for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
      session.write(table.concat(parts, "\t") .. "\n")
   end
end

-- Names that begin with what an input offers are asked of the inputs when they are used.
local function look(session)
   return function (_, name)
      local found = inputs.find(session, name)
      if found ~= nil then return found end
      return _G[name]
   end
end

-- The globals of a session.  What is assigned stays its own.
function names.env(session)
   local env = { weir = weir, print = printer(session) }
   env._G = env
   env.help = help.of(session)
   env.ext = extend.of(session)
   function env.sql(text, ...) return inputs.sql(session, text, ...) end
   env.inputs = session.inputs
   return setmetatable(env, { __index = look(session) })
end

-- Every name that can be typed, without those of Lua's words.
function names.all(session)
   local list, seen = {}, {}
   local function add(name)
      if type(name) == "string" and not seen[name] then
         seen[name] = true
         list[#list + 1] = name
      end
   end
   for name in pairs(session.env) do add(name) end
   for _, offer in ipairs(inputs.offers(session)) do add(offer.name) end
   for name in pairs(_G) do add(name) end
   return list
end

-- The modules that can be required by name: those that are loaded.
function names.modules()
   local list = {}
   for name in pairs(package.loaded) do list[#list + 1] = name end
   return list
end

-- The mark that LuaJIT leaves in package.loaded for a module that is being loaded.
local function mark_of_halves()
   local probe = "weir.repl.names probe"
   package.preload[probe] = function () error "" end
   pcall(require, probe)
   local mark = package.loaded[probe]
   package.preload[probe], package.loaded[probe] = nil, nil
   return mark
end

-- A module whose loading was interrupted is neither there nor can it be loaded, because of the
-- mark.  Without it, the next one who requires it begins anew.
function names.forget_halves()
   local mark = mark_of_halves()
   for name, value in pairs(package.loaded) do
      if rawequal(value, mark) then package.loaded[name] = nil end
   end
end

return names

-- Fetches an extension that is a rock: its module is the extension, and those beside it are its
-- own.

local command = require "weir.job.command"
local host    = require "weir.host"
local tree    = require "weir.tree"

local rock = {}

local SECONDS = 600

-- "NAME@VERSION" behind "rock:"; nil and what is wrong with it.
function rock.parse(source)
   local name, version = source:match "^rock:([%w_][%w_.-]*)@?([%w.-]*)$"
   if not name then return nil, "a rock is rock:NAME or rock:NAME@VERSION" end
   return { name = name, version = version ~= "" and version or nil }
end

-- The file among the modules of a rock that is the extension; nil when there is none.
local function file_of(folder, name)
   local plain = name:gsub("^weir%-", "")
   for _, module in ipairs { name, name:gsub("-", "_"), plain, plain:gsub("-", "_") } do
      for _, path in ipairs { "%s/%s.lua", "%s/%s/init.lua" } do
         path = path:format(folder, module)
         if host.is_file(path) then return path end
      end
   end
end

local function install(at, into)
   local words = { "luarocks", "--lua-version=5.1", "--tree=" .. into, "install", at.name }
   words[#words + 1] = at.version
   local code, output = command.run(words, { seconds = SECONDS })
   if code == 0 then return true end
   if not code and output:find "No such file" then
      return nil, "luarocks is not installed: sudo apt-get install luarocks"
   end
   return nil, code and (output:match "Error: ([^\n]+)" or output:match "([^\n]+)\n*$") or output
end

-- Fetches a rock into the new folder `into`.  Returns { version }; nil and the reason.
function rock.get(source, into)
   local at, why = rock.parse(source)
   if not at then return nil, why end
   local built = into .. ".tree"
   local ok
   ok, why = install(at, built)
   local modules = built .. "/share/lua/5.1"
   if ok then ok, why = tree.copy(modules, into) end
   local file = ok and file_of(into, at.name)
   if file and file ~= into .. "/init.lua" then ok, why = tree.copy(file, into .. "/init.lua") end
   local found = host.entries(built .. "/lib/luarocks/rocks-5.1/" .. at.name) or {}
   tree.remove(built)
   if not ok then return nil, why end
   if not file then return nil, ("the rock has no module '%s'"):format(at.name) end
   local version = at.version
   for _, entry in ipairs(found) do version = entry:match "^(.+)/$" or version end
   return { version = version }
end

return rock

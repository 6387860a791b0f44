-- Pure Lua modules of a source tree, read again as their files change: between two entries, and
-- the new one in place of the old one only if it loads.
--
--    local modules = hot.watch(print)
--    modules:look()                                   -- "weir.sheet is read again"
--
-- The table of a module stays the one that others hold; what is in it is the new one's.  A module
-- that declares C types cannot be loaded twice and stays as it is.

local host   = require "weir.host"
local source = require "weir.repl.source"
local watch  = require "weir.watch"

local hot = {}
hot.__index = hot

-- The folder of the source tree whose modules run; nil when they come from the program, or from
-- where they are installed.
local function tree()
   local path = package.searchpath("weir", package.path)
   local folder = path and path:match "^(.*)/weir/init%.lua$"
   if folder and folder:find "^/usr/" then return nil end
   return folder
end

-- The folders below one, and itself.
local function folders(path, list)
   list[#list + 1] = path
   for _, name in ipairs(host.entries(path) or {}) do
      if name:sub(-1) == "/" then folders(path .. "/" .. name:sub(1, -2), list) end
   end
   return list
end

-- Begins to watch; `tell` takes what happened, in a line.
function hot.watch(tell)
   local self = setmetatable({ tell = tell, root = tree() }, hot)
   self.watcher = self.root and watch.open()
   if not self.watcher then return self end
   for _, folder in ipairs(folders(self.root .. "/weir", {})) do self.watcher:folder(folder) end
   return self
end

local function module_of(self, path)
   local inside = path:sub(1, #self.root + 1) == self.root .. "/" and path:sub(#self.root + 2)
   local name = inside and inside:match "^(.*)%.lua$"
   return name and name:gsub("/init$", ""):gsub("/", ".")
end

-- The module of a text, loaded beside the one that runs; or nil and the reason.
local function load(name, path, text)
   local made, why = loadstring(text, "@" .. path)
   if not made then return nil, why end
   local ok, module = pcall(made, name)
   if not ok then return nil, tostring(module) end
   return module
end

-- Puts what is in the new module into the old one.
local function replace(old, new)
   for key in pairs(old) do
      if rawget(new, key) == nil then old[key] = nil end
   end
   for key, value in pairs(new) do old[key] = value == new and old or value end
   return setmetatable(old, getmetatable(new))
end

local function again(self, name, path)
   local old, text = package.loaded[name], host.contents(path)
   if old == nil or not text then return end
   if text:find 'require%s+"ffi"' or text:find "ffi%.metatype" then
      return self.tell(name .. " has C types: it goes on as it was, until weir starts again")
   end
   local new, why = load(name, path, text)
   if new == nil then
      return self.tell(("%s goes on as it was: %s"):format(name, why or "it returns nothing"))
   end
   if type(old) == "table" and type(new) == "table" then
      replace(old, new)
   else
      package.loaded[name] = new
   end
   self.tell(name .. " is read again")
end

-- Reads again what has changed.
function hot:look()
   local changes = self.watcher and self.watcher:changes() or {}
   if #changes == 0 then return end
   source.forget()
   for _, path in ipairs(changes) do
      local name = module_of(self, path)
      if name then again(self, name, path) end
   end
end

return hot

-- Where extensions are: the file that a name or a path stands for, and all that can be named.
--
--    find.path "burstiness"          --> "extensions/features/burstiness.lua", "project"

local kinds   = require "weir.extension.kinds"
local host    = require "weir.host"
local nearest = require "weir.nearest"

local find = {}

local FILE = "/([^/]+)%.lua$"

-- The folder of the Lua files that run now, as installed or in a source tree; nil inside a program
-- that was copied alone.
local function library()
   local path = package.searchpath("weir", package.path)
   return path and path:match "^(.*)/weir/init%.lua$"
end

-- The user's folder for data of programs; nil when nobody says where it is.
function find.home()
   local home = os.getenv "XDG_DATA_HOME"
   if home and home ~= "" then return home end
   return os.getenv "HOME" and os.getenv "HOME" .. "/.local/share"
end

-- The folders that hold extensions, nearest first: { path, what it is }.
function find.places()
   local places = { { "extensions", "project" } }
   local home, lua = find.home(), library()
   if home then places[#places + 1] = { home .. "/weir/extensions", "yours" } end
   if lua then
      places[#places + 1] = { lua .. "/weir/extensions", "shipped" }
      places[#places + 1] = { lua:gsub("/?[^/]+$", "", 1) .. "/extensions", "shipped" }
   end
   local program = host.program()
   local prefix = program and program:match "^(.*)/bin/[^/]+$"
   if prefix then
      places[#places + 1] = { prefix .. "/share/lua/5.1/weir/extensions", "shipped" }
   end
   return places
end

-- The folders in such a place: itself, and one for each kind.
local function rooms(place)
   local list = { place }
   for kind in pairs(kinds.all) do list[#list + 1] = place .. "/" .. kinds.room(kind) end
   return list
end

-- All extensions in a folder, by name: { name, path }; those in folders of their own, too.
local function in_folder(folder, found)
   for _, entry in ipairs(host.entries(folder) or {}) do
      local path = folder .. "/" .. entry
      local name = path:match(FILE) or path:match "([^/]+)/$"
      if path:sub(-1) == "/" then
         path = path .. "init.lua"
         if not host.is_file(path) then name = nil end
      end
      if name then found[#found + 1] = { name = name, path = path } end
   end
   return found
end

-- The extensions of a place.
function find.within(place)
   local found = {}
   for _, room in ipairs(rooms(place)) do in_folder(room, found) end
   table.sort(found, function (a, b) return a.name < b.name end)
   return found
end

-- All that can be named: { name, path, from }, each name once, as it would be found.
function find.all()
   local list, seen = {}, {}
   for _, place in ipairs(find.places()) do
      for _, found in ipairs(find.within(place[1])) do
         if not seen[found.name] then
            seen[found.name] = true
            found.from = place[2]
            list[#list + 1] = found
         end
      end
   end
   table.sort(list, function (a, b) return a.name < b.name end)
   return list
end

local function unknown(name)
   local names = {}
   for _, found in ipairs(find.all()) do names[#names + 1] = found.name end
   local near = nearest(name, names)
   return ("no extension '%s': %s"):format(name, near and ("did you mean '%s'?"):format(near)
      or "'weir ext list' shows those there are; a path has a '/' or ends in .lua")
end

-- The path of an extension, and where it is from; or nil and why there is none.
function find.path(given)
   if given:find "/" or given:find "%.lua$" or given == "." then return given, "path" end
   for _, found in ipairs(find.all()) do
      if found.name == given then return found.path, found.from end
   end
   if host.is_file(given .. "/init.lua") then return given, "path" end
   return nil, unknown(given)
end

return find

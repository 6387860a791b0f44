-- The extensions that words of a command line stand for: names, files and folders.
--
--    local list, why = gather.named { "extensions", "burstiness" }
--    for _, found in ipairs(gather.load(list)) do print(found.name, found.ext or found.why) end

local find  = require "weir.extension.find"
local host  = require "weir.host"
local kinds = require "weir.extension.kinds"
local load  = require "weir.extension.load"

local gather = {}

local DEEP = 8                            -- folders inside each other that are looked into

-- Whether a file looks like an extension, and not like a module, a script, or stubs for editors.
local function is_extension(path)
   local source = host.contents(path) or ""
   if source:find "^%-%-%-@meta" then return false end
   for kind in pairs(kinds.all) do
      if source:find("%f[%w_]" .. kind .. "%s*[{(]") then return true end
   end
   return false
end

local add_folder

-- Adds what an entry of a folder is: a file, an extension in a folder of its own, a plain folder.
local function add_entry(folder, entry, list, depth)
   local path = folder .. "/" .. entry
   local inner = path .. "init.lua"
   if entry:sub(1, 1) == "." then return end             -- hidden
   if entry:sub(-1) ~= "/" then
      if entry:find "%.lua$" and is_extension(path) then list[#list + 1] = { path = path } end
   elseif host.is_file(inner) then
      if is_extension(inner) then list[#list + 1] = { path = inner } end
   elseif depth < DEEP then
      add_folder(path:sub(1, -2), list, depth + 1)
   end
end

-- Adds the extensions in and below a folder.
function add_folder(folder, list, depth)
   local entries, why = host.entries(folder)
   for _, entry in ipairs(entries or {}) do add_entry(folder, entry, list, depth) end
   return entries ~= nil, why
end

-- Adds what a word stands for; returns nil and why it stands for nothing.
local function add(word, list)
   local folder = word:gsub("(.)/+$", "%1")
   if host.is_folder(folder) and not host.is_file(folder .. "/init.lua") then
      local before = #list
      local ok, why = add_folder(folder, list, 1)
      if ok and #list == before then
         return nil, ("no extensions in or below '%s': 'weir ext new NAME' writes one"):format(
            folder)
      end
      return ok, why
   end
   local path, from = find.path(word)
   if not path then return nil, from end
   if host.is_folder(path) then path = path:gsub("(.)/+$", "%1") .. "/init.lua" end
   if not host.is_file(path) then
      return nil, ("cannot read extension '%s': there is no such file"):format(path)
   end
   list[#list + 1] = { path = path, from = from }
   return true
end

-- Puts what was found in order.
function gather.sort(list)
   table.sort(list, function (a, b)
      if a.name ~= b.name then return a.name < b.name end
      return a.path < b.path
   end)
   return list
end

-- What words stand for, each file once: { name, path, from }; without words, the extensions in
-- ./extensions or else below the current folder.  Nil and the reason when one stands for nothing.
function gather.named(words)
   if #words == 0 then words = { host.is_folder "extensions" and "extensions" or "." } end
   local list, seen, unique = {}, {}, {}
   for _, word in ipairs(words) do
      local ok, why = add(word, list)
      if not ok then return nil, why end
   end
   for _, found in ipairs(list) do
      found.path = found.path:gsub("^%./", "")
      if not seen[found.path] then
         seen[found.path] = true
         unique[#unique + 1] = found
         found.name, found.from = load.name(found.path), found.from or "path"
      end
   end
   return gather.sort(unique)
end

-- Loads them: each gets `ext`, or `why` it cannot be loaded.  `say` prints for them.
function gather.load(list, say)
   for _, found in ipairs(list) do
      found.ext, found.why = load.file(found.path, { say = say })
   end
   return list
end

return gather

-- Installs an extension: fetches it beside the place where it is to be, looks whether it is one,
-- and puts it there in one step.  Whatever happens before leaves what was there as it was.
--
--    local facts, at = install.one {
--       name = "hello", source = "https://example.org/hello.git", folder = "extensions/feature",
--       check = function (folder) return load.file(folder) end,
--    }

local git  = require "weir.install.git"
local host = require "weir.host"
local memo = require "weir.install.memo"
local rock = require "weir.install.rock"
local tree = require "weir.tree"

local install = {}

local NEW = ".new"                        -- the folder of what is not yet, or no more, in its place

-- Whether a source is fetched with git.
function install.is_remote(source)
   return source:find "^%a[%w+.-]*://" ~= nil or source:find "^[%w._-]+@[%w.-]+:" ~= nil
end

function install.is_rock(source) return source:find "^rock:" ~= nil end

-- What an extension from there is called.
function install.name(source)
   local rest = install.is_rock(source) and source:match "^rock:([^@]*)" or source:gsub("/+$", "")
   return (rest:match "([^/:]*)$":gsub("%.git$", ""))
end

local function process_number()
   local file = io.open "/proc/self/stat"
   local number = file and file:read "*n"
   if file then file:close() end
   return number or 0
end

-- Removes what those left who were killed.
local function tidy(folder)
   for _, entry in ipairs(host.entries(folder .. "/" .. NEW) or {}) do
      local number = entry:match "%-(%d+)%.?%a*/?$"
      if number and not host.is_folder("/proc/" .. number) then
         tree.remove(("%s/%s/%s"):format(folder, NEW, entry:gsub("/$", "")))
      end
   end
   os.remove(folder .. "/" .. NEW)                       -- which fails while something is in it
end

-- A place aside in a folder, which this process has for itself; nil and the reason.
local function aside(folder, name)
   local ok, why = host.make_folder(folder .. "/" .. NEW)
   if not ok then return nil, why end
   return ("%s/%s/%s-%d"):format(folder, NEW, name, process_number())
end

-- A folder or a file of this machine.
local function copy(source, into)
   local ok, why = host.make_folder(into)
   if ok and host.is_folder(source) then
      ok, why = tree.copy(source:gsub("(.)/+$", "%1"), into)
   elseif ok then
      ok, why = tree.copy(source, into .. "/init.lua")
   end
   if not ok then return nil, why end
   return {}
end

local function fetch(one, into)
   if install.is_rock(one.source) then return rock.get(one.source, into) end
   if install.is_remote(one.source) then return git.get(one.source, into, one) end
   return copy(one.source, into)
end

-- Fetches and checks; the place where it belongs, what is known of it, and what check returned.
local function prepare(one, new)
   local facts, why = fetch(one, new)
   if not facts then return nil, ("cannot fetch '%s': %s"):format(one.source, why) end
   if not host.is_file(new .. "/init.lua") then
      return nil, ("'%s' is no extension: it has no init.lua"):format(one.source)
   end
   local ok
   ok, why = one.check(new)
   if not ok then return nil, (why:gsub("[^%s']*/%.new/[^/%s]*%-%d+", one.name)) end
   facts.source, facts.time = one.shown or one.source, os.date "!%Y-%m-%dT%H:%M:%SZ"
   local written
   written, why = memo.write(new, facts)
   if not written then return nil, why end
   return facts, ok
end

-- Installs `one`: { name, source, shown (the source as it is remembered), branch, token (git's),
-- folder (where it is fetched), at(found): its place, told what check returned; folder/name unless
-- given, check(folder): whether it is one, nil and the reason }.
-- Returns what it remembers of it, and its place; nil and the reason.
function install.one(one)
   local new, why = aside(one.folder, one.name)
   if not new then return nil, why end
   local facts, found = prepare(one, new)
   local at = facts and (one.at and one.at(found) or one.folder .. "/" .. one.name)
   local ok = facts ~= nil
   if not ok then why = found end
   if ok then ok, why = host.make_folder(at:match "^(.*)/" or ".") end
   if ok then ok, why = tree.place(new, at) end
   if not ok then tree.remove(new) end
   tidy(one.folder)
   if ok then return facts, at end
   return nil, why
end

-- Removes what is installed at a place; nil and the reason.
function install.remove(at)
   local folder, name = at:match "^(.*)/([^/]+)$"
   local gone, why = aside(folder, name)
   if not gone then return nil, why end
   local ok
   ok, why = os.rename(at, gone)
   if not ok then return nil, ("cannot remove %s"):format(why) end
   ok, why = tree.remove(gone)
   tidy(folder)
   return ok, why
end

return install

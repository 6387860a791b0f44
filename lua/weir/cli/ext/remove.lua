-- weir ext remove: takes away what weir ext install has put there.

local find     = require "weir.extension.find"
local host     = require "weir.host"
local install  = require "weir.install"
local memo     = require "weir.install.memo"
local nearest  = require "weir.nearest"
local options  = require "weir.cli.options"
local pipeline = require "weir.pipeline"
local report   = require "weir.cli.report"

local exit = report.exit
local FILE, FOLDER = "weir.yaml", "extensions"

local command = {
   name  = "ext remove",
   about = "take away what 'weir ext install' has installed",
   usage = "weir ext remove [OPTION…] NAME|ID…",
   rest  = "extensions",
   examples = {
      { "weir ext remove hello", "the instance of the weir.yaml here, or else your own extension" },
   },
}

command.options = {
   { "f", "file", value = "FILE", complete = "file",
     help = "the weir.yaml whose instances are meant; the one here unless told" },
   { "h", "help", help = "show this help" },
}

-- Adds what was installed in and below a folder, one level down: { name, path }.
local function add(list, folder)
   for _, entry in ipairs(host.entries(folder) or {}) do
      local name = entry:match "^([^.].*)/$"
      local path = name and ("%s/%s"):format(folder, name)
      if path and memo.read(path) then list[#list + 1] = { name = name, path = path } end
   end
end

-- All that was installed: for the weir.yaml first, then for the user.  Nil and what is wrong with
-- the weir.yaml.
local function installed(path)
   local list, places = {}, {}
   if path or host.is_file(FILE) then
      local all, faults = pipeline.file(path or FILE, true)
      if not all then return nil, faults end
      local folder = (all.config.metadata or {}).extensions_folder or FOLDER
      places[1] = require "weir.pipeline.instance".path(all, (folder:gsub("/+$", "")))
   end
   if find.home() then places[#places + 1] = find.home() .. "/weir/extensions" end
   for _, place in ipairs(places) do
      add(list, place)
      for _, entry in ipairs(host.entries(place) or {}) do
         if entry:find "^[^.].*/$" then add(list, place .. "/" .. entry:sub(1, -2)) end
      end
   end
   return list
end

local function unknown(name, list)
   local names = {}
   for i, one in ipairs(list) do names[i] = one.name end
   local near = nearest(name, names)
   return ("'%s' was not installed: %s"):format(name, near and ("did you mean '%s'?"):format(near)
      or "only what 'weir ext install' has put there is removed")
end

-- Takes one away; returns whether that went well.
local function remove(name, list)
   for _, one in ipairs(list) do
      if one.name == name then
         local ok, why = install.remove(one.path)
         if not ok then report.error(why) end
         if ok then report.page(("removed  %s  %s\n"):format(name, one.path)) end
         return ok
      end
   end
   report.error(unknown(name, list))
   return false
end

function command.run(argv)
   local values, rest = options.parse(command.options, argv)
   if not values then return report.usage("ext remove", rest) end
   if values.help then
      return report.page(options.help(command, command.options, host.width "stdout"))
   end
   if not rest[1] then return report.usage("ext remove", "nothing to remove: name it") end
   local list, faults = installed(values.file)
   for _, fault in ipairs(faults or {}) do report.error(fault) end
   if not list then return exit.script end
   local code = exit.ok
   for _, name in ipairs(rest) do
      if not remove(name, list) then code = exit.unreadable end
   end
   return code
end

return command

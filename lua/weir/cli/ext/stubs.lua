-- weir ext stubs: what an editor needs to know of the library, for LuaLS.

local find    = require "weir.extension.find"
local host    = require "weir.host"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local written = require "weir.cli.ext.written"

local exit = report.exit

local stubs = {
   name  = "ext stubs",
   about = "write what an editor has to know of Weir's fields and functions",
   usage = "weir ext stubs [DIR]",
   rest  = "directory",
   examples = {
      { "weir ext stubs", "into your data folder, where 'weir ext new' lets editors look" },
      { "weir ext stubs lua-meta",
        "into ./lua-meta: name lua-meta/library in workspace.library of .luarc.json" },
   },
}

stubs.options = { { "h", "help", help = "show this help" } }

-- The folder of the stubs; nil when nobody knows the user's.
function stubs.folder()
   local home = find.home()
   return home and home .. "/weir/lua-meta"
end

-- Writes the files; returns nil and the reason when it cannot.
function stubs.write(folder)
   for path, text in pairs(require "weir.cli.ext.meta".files()) do
      local ok, why = written.file(folder .. "/" .. path, text)
      if not ok then return nil, why end
   end
   return true
end

function stubs.run(argv)
   local values, rest = options.parse(stubs.options, argv)
   if not values then return report.usage("ext stubs", rest) end
   if values.help then
      return report.page(options.help(stubs, stubs.options, host.width "stdout"))
   end
   local folder = rest[1] or stubs.folder()
   if not folder then
      return report.usage("ext stubs", "no folder to write to: name one, since HOME is not set")
   end
   local ok, why = stubs.write(folder)
   if not ok then
      report.error(why)
      return exit.unreadable
   end
   return report.page(("wrote %s/library: name it in workspace.library of .luarc.json\n"):format(
      folder))
end

return stubs

-- weir ext: what authors of extensions do with them; a sub-command a file of this folder.

local nearest = require "weir.nearest"
local report  = require "weir.cli.report"

local ext = {
   name    = "ext",
   about   = "extensions: list, check, test, profile and write them",
   options = {},
}

-- In the order of the overview.
local NAMES = { "list", "check", "test", "profile", "new", "stubs" }

local function load(name) return require("weir.cli.ext." .. name) end

-- The sub-commands, for the help and for completion.
function ext.commands()
   local list = {}
   for i, name in ipairs(NAMES) do list[i] = load(name) end
   return list
end

local function overview()
   local lines = { "usage: weir ext COMMAND [OPTION…]", "" }
   for i, command in ipairs(ext.commands()) do
      lines[#lines + 1] = ("  %-12s%s"):format(NAMES[i], command.about)
   end
   lines[#lines + 1] = "\n'weir ext COMMAND --help' says more.  First try: weir ext new hello\n"
   return table.concat(lines, "\n")
end

function ext.run(argv)
   local first = argv[1] or "--help"
   if first == "help" or first == "-h" or first == "--help" then return report.page(overview()) end
   for _, name in ipairs(NAMES) do
      if name == first then return load(name).run { unpack(argv, 2) } end
   end
   local near = nearest(first, NAMES)
   return report.usage("ext", ("no command 'ext %s'%s"):format(first,
      near and (": did you mean '%s'?"):format(near) or ""))
end

return ext

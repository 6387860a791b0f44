-- weir sample: databases of exchanges, as Stratosphere records them; a sub-command a file of this
-- folder.  'weir read' reads them.

local nearest = require "weir.nearest"
local report  = require "weir.cli.report"

local sample = {
   name    = "sample",
   about   = "databases of exchanges: cut them, and see what is in them",
   options = {},
}

local NAMES = { "cut", "info" }           -- in the order of the overview

local function load(name) return require("weir.cli.sample." .. name) end

-- The sub-commands, for the help and for completion.
function sample.commands()
   local list = {}
   for i, name in ipairs(NAMES) do list[i] = load(name) end
   return list
end

local function overview()
   local lines = { "usage: weir sample COMMAND [OPTION…]", "" }
   for i, command in ipairs(sample.commands()) do
      lines[#lines + 1] = ("  %-12s%s"):format(NAMES[i], command.about)
   end
   lines[#lines + 1] = "\n'weir sample COMMAND --help' says more.  What is in one: "
      .. "weir read -r sample.db\n"
   return table.concat(lines, "\n")
end

function sample.run(argv)
   local first = argv[1] or "--help"
   if first == "help" or first == "-h" or first == "--help" then return report.page(overview()) end
   for _, name in ipairs(NAMES) do
      if name == first then return load(name).run { unpack(argv, 2) } end
   end
   local near = nearest(first, NAMES)
   return report.usage("sample", ("no command 'sample %s'%s"):format(first,
      near and (": did you mean '%s'?"):format(near) or ""))
end

return sample

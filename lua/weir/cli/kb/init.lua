-- weir kb: what is known, and why; a sub-command a file of this folder.

local nearest = require "weir.nearest"
local report  = require "weir.cli.report"

local kb = {
   name    = "kb",
   about   = "the knowledge base: show, search, why, merge, retract, export",
   options = {},
}

-- In the order of the overview.
local NAMES = { "show", "search", "why", "merge", "retract", "export", "stats" }

local function load(name) return require("weir.cli.kb." .. name) end

-- The sub-commands, for the help and for completion.
function kb.commands()
   local list = {}
   for i, name in ipairs(NAMES) do list[i] = load(name) end
   return list
end

local function overview()
   local lines = { "usage: weir kb COMMAND [OPTION…]", "" }
   for i, command in ipairs(kb.commands()) do
      lines[#lines + 1] = ("  %-12s%s"):format(NAMES[i], command.about)
   end
   lines[#lines + 1] = "\n'weir kb COMMAND --help' says more.  First try: weir kb show\n"
   return table.concat(lines, "\n")
end

function kb.run(argv)
   local first = argv[1] or "--help"
   if first == "help" or first == "-h" or first == "--help" then return report.page(overview()) end
   for _, name in ipairs(NAMES) do
      if name == first then return load(name).run { unpack(argv, 2) } end
   end
   local near = nearest(first, NAMES)
   return report.usage("kb", ("no command 'kb %s'%s"):format(first,
      near and (": did you mean '%s'?"):format(near) or ""))
end

return kb

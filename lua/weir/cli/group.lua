-- A command that is a group of others, a sub-command a file of its folder.

local nearest = require "weir.nearest"
local report  = require "weir.cli.report"

-- Makes the command { name, about, hint = what to try first } of the sub-commands of these names,
-- in the order of the overview.
return function (group, names)
   group.options = {}

   local function load(name) return require(("weir.cli.%s.%s"):format(group.name, name)) end

   -- The sub-commands, for the help and for completion.
   function group.commands()
      local list = {}
      for i, name in ipairs(names) do list[i] = load(name) end
      return list
   end

   local function overview()
      local lines = { ("usage: weir %s COMMAND [OPTION…]"):format(group.name), "" }
      for i, command in ipairs(group.commands()) do
         lines[#lines + 1] = ("  %-12s%s"):format(names[i], command.about)
      end
      lines[#lines + 1] = ("\n'weir %s COMMAND --help' says more.  %s\n"):format(group.name,
         group.hint)
      return table.concat(lines, "\n")
   end

   function group.run(argv)
      local first = argv[1] or "--help"
      if first == "help" or first == "-h" or first == "--help" then
         return report.page(overview())
      end
      for _, name in ipairs(names) do
         if name == first then return load(name).run { unpack(argv, 2) } end
      end
      local near = nearest(first, names)
      return report.usage(group.name, ("no command '%s %s'%s"):format(group.name, first,
         near and (": did you mean '%s'?"):format(near) or ""))
   end

   return group
end

-- The program: finds the command and runs it; gives the exit code.

local nearest = require "weir.nearest"
local report  = require "weir.cli.report"

-- In the order of the overview: a command and its module in this folder.
local commands = {
   { "read", "read" }, { "run", "run" }, { "batch", "batch" }, { "ext", "ext" },
   { "test", "test" }, { "new", "new" },
   { "lua", "lua" }, { "repl", "repl" }, { "sql", "sql" }, { "kb", "kb" }, { "sample", "sample" },
   { "doctor", "doctor" }, { "completion", "complete" }, { "man", "man" },
}

-- What Weir starts by itself, which nobody types.
local hidden = { { "confined", "confined" }, { "farm", "farm.worker" } }

local function load(command) return require("weir.cli." .. command[2]) end

local function load_all()
   local list = {}
   for i, command in ipairs(commands) do list[i] = load(command) end
   return list
end

local function find(name)
   for _, list in ipairs { commands, hidden } do
      for _, command in ipairs(list) do
         if command[1] == name then return load(command) end
      end
   end
end

local function overview()
   local lines = {
      "Weir measures what flows through a network.", "", "usage: weir COMMAND [OPTION…]", "",
   }
   for _, command in ipairs(load_all()) do
      lines[#lines + 1] = ("  %-12s%s"):format(command.name, command.about)
   end
   lines[#lines + 1] = "\n'weir COMMAND --help' says more.  First try: weir read -r x.pcap\n"
   return table.concat(lines, "\n")
end

local function unknown(name)
   local names = {}
   for i, command in ipairs(commands) do names[i] = command[1] end
   local near = nearest(name, names)
   local hint = near and (": did you mean '%s'?"):format(near) or ": 'weir' lists them"
   report.error(("no command '%s'%s"):format(name, hint))
   return report.exit.usage
end

local function run(argv)
   local first = argv[1] or "--help"
   if first == "-V" or first == "--version" then
      return report.page(("weir %s\n"):format(require "weir".version))
   end
   if first == "help" and argv[2] and find(argv[2]) then return find(argv[2]).run { "--help" } end
   if first == "help" or first == "-h" or first == "--help" then return report.page(overview()) end
   if first:sub(1, 1) == "-" then return find "read".run(argv) end          -- weir -r x.pcap
   if not find(first) then return unknown(first) end
   local wants_all = first == "completion" or first == "man"
   return find(first).run({ unpack(argv, 2) }, wants_all and load_all() or nil)
end

return function (...) return report.flush(run { ... }) end

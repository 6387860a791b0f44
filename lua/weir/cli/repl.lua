-- weir repl: Lua over captures, workspaces and sample databases, typed or from a script.

local host    = require "weir.host"
local inputs  = require "weir.repl.inputs"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local repl    = require "weir.repl"

local exit = report.exit

local command = {
   name  = "repl",
   about = "ask captures, workspaces and sample databases in Lua",
   usage = "weir repl [OPTION…] [INPUT…] [SCRIPT.lua]",
   rest  = "file",
   examples = {
      { "weir repl x.pcap", "then type: flows:group \"dest_name\":count()" },
      { "weir repl --run '=flows:head(3)' x.pcap", "says it and leaves" },
      { "weir repl x.pcap count.lua", "runs a script with the names of the input at hand" },
      { "echo '=1 + 1' | weir repl", "what comes in is run, entry by entry" },
   },
}

command.options = {
   "Input",
   { "W", "workspace", value = "DIR", complete = "directory", many = true,
     help = "a workspace, as if it were an INPUT" },
   { nil, "keylog", value = "FILE", complete = "file",
     help = "open TLS of captures with the secrets in FILE" },
   "What runs",
   { "e", "run", value = "CODE", many = true, help = "run CODE and leave; several in their order" },
   "The terminal",
   { nil, "no-history", help = "neither read nor keep what is typed" },
   { nil, "no-pager", help = "write long values as they are" },
   { "h", "help", help = "show this help" },
}

-- The inputs and the script among the words of the command line.
local function sort_words(values, rest)
   local paths, script = {}, nil
   for _, path in ipairs(values.workspace or {}) do paths[#paths + 1] = path end
   for _, word in ipairs(rest) do
      if word:find "%.lua$" then
         if script then return nil, ("one script at a time: '%s' and '%s'"):format(script, word) end
         script = word
      else
         paths[#paths + 1] = word
      end
   end
   return paths, script
end

local function open_all(paths, values)
   local list = {}
   for i, path in ipairs(paths) do
      local why
      list[i], why = inputs.open(path, { keylog = values.keylog })
      if not list[i] then return nil, why end
   end
   return list
end

local function tell(text)
   report.page ""                                        -- what was printed comes first
   io.stdout:flush()
   io.stderr:write((text:gsub("\n$", "")), "\n")
end

local function new_session(list)
   return repl.new {
      inputs = list, write = report.page, tell = tell, width = host.width "stdout" or 80,
      colour = host.colour "stdout",
   }
end

-- Runs texts one after the other: { text, name }.  The first that fails is the last.
local function run_texts(session, texts)
   for _, one in ipairs(texts) do
      local status, why = session:run(one[1], one[2], true)
      if status == "more" then report.error(why) end
      if status ~= "done" then return exit.script end
   end
   return exit.ok
end

-- What comes from standard input, entry by entry, as if it were typed.
local function run_stream(session)
   local entry, first, number = "", 1, 0
   for line in io.lines() do
      number = number + 1
      entry = entry == "" and line or entry .. "\n" .. line
      local named = ("\n"):rep(first - 1) .. entry       -- so that lines have their numbers
      local status = session:run(named, "stdin", true)
      if status == "failed" then return exit.script end
      if status == "done" then entry, first = "", number + 1 end
   end
   if entry == "" then return exit.ok end
   return run_texts(session, { { entry, "stdin" } })
end

local function run_script(session, path)
   local text, why = host.contents(path)
   if not text then
      report.error(why)
      return exit.unreadable
   end
   if text:sub(1, 1) == "\27" then
      report.error(("'%s' is bytecode, which is not run"):format(path))
      return exit.script
   end
   package.path = (path:match "^(.*)/" or ".") .. "/?.lua;" .. package.path
   return run_texts(session, { { text:gsub("^#[^\n]*", ""), "@" .. path } })
end

local function run(session, values, script, line)
   if line then return require "weir.cli.repl.typing"(session, line, values) end
   local texts = {}
   for i, text in ipairs(values.run or {}) do texts[i] = { text, "run " .. i } end
   local code = run_texts(session, texts)
   if code ~= exit.ok then return code end
   if script then return run_script(session, script) end
   return values.run and code or run_stream(session)
end

function command.run(argv)
   local values, rest = options.parse(command.options, argv)
   if not values then return report.usage("repl", rest) end
   if values.help then
      return report.page(options.help(command, command.options, host.width "stdout"))
   end
   local paths, script = sort_words(values, rest)
   if not paths then return report.usage("repl", script) end
   -- First of all, so that Ctrl-C is caught by all that is opened.
   local line = not values.run and not script and require "weir.edit".open()
   local list, why = open_all(paths, values)
   if not list then
      report.error(why)
      return exit.unreadable
   end
   return run(new_session(list), values, script, line)
end

return command

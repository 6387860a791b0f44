-- Scripts that complete weir's command line, made from the specs of weir.cli.options.
--
--    completion.script("bash", { { name = "read", about = "prints captures", options = spec } })
--    -- for `source <(weir completion bash)`; also "zsh" and "fish"; or nil and what is wrong

-- What a shell offers as the value of an option: its `choices`; files for complete = "file",
-- directories for "directory"; for any other `complete` the words, one per line, that
-- `weir completion --words …` prints, with files where an extension is named; or nothing.
-- A command's other words are files, or what its `rest` says; those of `commands` come first.
local completion = {}

local shells = {}
completion.shells = { "bash", "zsh", "fish" }

-- Puts the parts of a script in place of $NAME$.
local function fill(template, parts)
   return (template:gsub("%$([A-Z]+)%$", parts))
end

-- Iterates over the options of a command, past the headings.
local function each(command)
   local spec, at = command.options or {}, 0
   return function ()
      repeat at = at + 1 until type(spec[at]) ~= "string"
      return spec[at]
   end
end

-- The last word of a command's name: "list" of "ext list".
local function last(command) return command.name:match "%S+$" end

-- The commands that have no sub-commands, and those in the place of those that have.
function completion.leaves(commands)
   local list = {}
   for _, command in ipairs(commands) do
      for _, leaf in ipairs(command.commands and command.commands() or { command }) do
         list[#list + 1] = leaf
      end
   end
   return list
end

-- What offers the value of an option, said by one of the functions of a shell's table.
local function offer(entry, how)
   if entry.choices then return how.choices(entry) end
   if not entry.complete then return how.nothing(entry) end
   return (how[entry.complete] or how.words)(entry)
end

-- One word for each of the three shells.
local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local bash = [=[
# Completes weir in bash: source <(weir completion bash)

_weir() {
   local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} words=
   # Bash takes "--type=json" for three words.
   if [[ $word == = ]]; then
      word=
   elif [[ $option == = ]]; then
      option=${COMP_WORDS[COMP_CWORD-2]}
   fi

   local command=${COMP_WORDS[1]} first=2
   case $command in
$GROUPS$
   esac

   if ((COMP_CWORD == 1)); then
      words=$COMMANDS$
   elif ((COMP_CWORD >= first)); then
      case "$command $option" in
$CASES$
      esac
   fi

   # A value may be a list or an expression: the name at its end is completed.
   local name all tail=${word##*[![:alnum:]_.-]}
   local head=${word%"$tail"}
   head=${head#[\"\']}
   COMPREPLY=()
   read -rd '' -a all <<< "$words"
   for name in "${all[@]}"; do
      if [[ $name == "$tail"* ]]; then COMPREPLY+=("$head$name"); fi
   done
}

complete -F _weir weir
]=]

local bash_value = {
   choices   = function (entry) return "words=" .. quote(table.concat(entry.choices, " ")) end,
   words     = function (entry)
      return "words=$(weir completion --words " .. entry.complete .. " 2> /dev/null)"
   end,
   file      = function () return "compopt -o default" end,
   directory = function () return "compopt -o dirnames" end,
   extensions = function ()
      return "compopt -o default; [[ $word == */* ]] "
         .. "|| words=$(weir completion --words extensions 2> /dev/null)"
   end,
   nothing   = function () return ":" end,
}

-- The lines of a command: the values of its options, its options, its other words.
local function add_bash(cases, command)
   local flags = {}
   for entry in each(command) do
      local short, long = entry[1] and "-" .. entry[1], "--" .. entry[2]
      flags[#flags + 1], flags[#flags + 2] = short or long, short and long
      if entry.value then
         local given = short and quote(command.name .. " " .. short) .. " | " or ""
         cases[#cases + 1] = ("      %s%s) %s ;;"):format(given,
            quote(command.name .. " " .. long), offer(entry, bash_value))
      end
   end
   cases[#cases + 1] = ("      '%s '*)\n         if [[ $word == -* ]]; then words=%s; "
      .. "else %s; fi ;;"):format(command.name, quote(table.concat(flags, " ")),
      offer({ complete = command.rest or "file" }, bash_value))
end

function shells.bash(commands)
   local names, groups, cases = {}, {}, {}
   for i, command in ipairs(commands) do
      names[i] = command.name
      local inner, subs = {}, command.commands and command.commands() or {}
      for j, sub in ipairs(subs) do inner[j] = last(sub) end
      groups[#groups + 1] = inner[1] and ('   %s) command="$command ${COMP_WORDS[2]}" first=3\n'
         .. "      if ((COMP_CWORD == 2)); then words=%s; fi ;;"):format(command.name,
         quote(table.concat(inner, " ")))
   end
   for _, command in ipairs(completion.leaves(commands)) do add_bash(cases, command) end
   return fill(bash, {
      COMMANDS = quote(table.concat(names, " ")), CASES = table.concat(cases, "\n"),
      GROUPS = table.concat(groups, "\n"),
   })
end

local zsh = [=[
#compdef weir
# Completes weir in zsh: source <(weir completion zsh), or this file as _weir in a folder of $fpath

# Offers the words that the last argument names, for the name at the end of a list or an
# expression.  Arguments before it are for compadd.
_weir_words() {
   compset -P '*[^[:alnum:]_.-]'
   compadd "${@[1,-2]}" - ${(f)"$(weir completion --words ${@[-1]} 2> /dev/null)"}
}

$FUNCTIONS$
if [[ $funcstack[1] == _weir ]]; then _weir; else compdef _weir weir; fi
]=]

local zsh_function = [=[
$NAME$() {
   local state line curcontext=$curcontext
   local -a commands=(
$COMMANDS$
   )
   _arguments -C '1: :->command' '*:: :->argument'
   case "$state $line[1]" in
   command*) _describe command commands ;;
$CASES$
   esac
}
]=]

local zsh_value = {
   choices   = function (entry)
      local words = table.concat(entry.choices, " ")
      return entry.kind == "list" and "_sequence compadd - " .. words or "(" .. words .. ")"
   end,
   words     = function (entry)
      return (entry.kind == "list" and "_sequence _weir_words - " or "_weir_words ")
         .. entry.complete
   end,
   file      = function () return "_files" end,
   directory = function () return "_files -/" end,
   extensions = function () return "{_files; _weir_words extensions}" end,
   nothing   = function () return " " end,
}

-- One argument of zsh's _arguments: the names of an option, its help, what its value may be.
local function zsh_option(entry)
   local short, long = entry[1] and "-" .. entry[1], "--" .. entry[2]
   local rest = "[" .. (entry.help or ""):gsub("[%]:\\]", "\\%0") .. "]"
   if entry.value then
      rest = rest .. ":" .. entry.value:gsub(":", "\\:") .. ":" .. offer(entry, zsh_value)
      short, long = short and short .. "+", long .. "="
   end
   local again = (entry.many or entry.count) and "*"
   if not short then return quote((again or "") .. long .. rest) end
   local others = again or ("(-%s --%s)"):format(entry[1], entry[2])
   return ("%s{%s,%s}%s"):format(quote(others), short, long, quote(rest))
end

-- The functions for these commands: for those that have sub-commands, one each.
local function zsh_functions(name, commands)
   local functions, names, cases = {}, {}, {}
   for _, command in ipairs(commands) do
      local word = last(command)
      names[#names + 1] = "      " .. quote(word:gsub(":", "\\:") .. ":" .. (command.about or ""))
      if command.commands then
         local inner = name .. "_" .. word
         functions[#functions + 1] = zsh_functions(inner, command.commands())
         cases[#cases + 1] = ("   'argument %s') %s ;;"):format(word, inner)
      else
         local args = { "   'argument " .. word .. "') _arguments -s -S" }
         for entry in each(command) do args[#args + 1] = zsh_option(entry) end
         local rest = offer({ complete = command.rest or "file" }, zsh_value)
         args[#args + 1] = quote("*:argument:" .. rest) .. " ;;"
         cases[#cases + 1] = table.concat(args, " \\\n      ")
      end
   end
   functions[#functions + 1] = fill(zsh_function, {
      NAME = name, COMMANDS = table.concat(names, "\n"), CASES = table.concat(cases, "\n"),
   })
   return table.concat(functions, "\n")
end

function shells.zsh(commands)
   return fill(zsh, { FUNCTIONS = zsh_functions("_weir", commands) })
end

local fish = [=[
# Completes weir in fish: weir completion fish | source

# Whether the line has the command named, and its sub-command when that is named, too.
function __weir_command
   set -l words (commandline -opc)
   test "$words[2]" = "$argv[1]"; and test (count $argv) -lt 2 -o "$words[3]" = "$argv[2]"
end

# The words, each after what the list or expression at the cursor has already.
function __weir_words
   set -l value (string replace -r '^--[^=]*=' '' -- (commandline -ct))
   printf '%s\n' (string replace -r '^["\']?(.*?)[\w.-]*$' '$1' -- $value)$argv
end

complete -c weir -f
$LINES$
]=]

local fish_value = {
   choices   = function (entry)
      local words = table.concat(entry.choices, " ")
      return " -x -a " .. quote(entry.kind == "list" and "(__weir_words " .. words .. ")" or words)
   end,
   words     = function (entry)
      return (" -x -a '(__weir_words (weir completion --words %s 2> /dev/null))'"):format(
         entry.complete)
   end,
   file      = function () return " -r -F" end,
   directory = function () return " -x -a '(__fish_complete_directories)'" end,
   extensions = function ()
      return " -r -F -a '(__weir_words (weir completion --words extensions 2> /dev/null))'"
   end,
   nothing   = function () return " -x" end,
}

-- A line that offers a command, where `before` has been typed.
local function fish_command(before, command)
   return ("complete -c weir -n %s -a %s -d %s"):format(quote("__weir_command" .. before),
      last(command), quote(command.about or ""))
end

function shells.fish(commands)
   local lines = {}
   local function add(line) lines[#lines + 1] = line end
   for _, command in ipairs(commands) do
      add(fish_command("", command))
      for _, sub in ipairs(command.commands and command.commands() or {}) do
         add(fish_command((" %s ''"):format(command.name), sub))
      end
   end
   for _, command in ipairs(completion.leaves(commands)) do
      local own = ("complete -c weir -n '__weir_command %s'"):format(command.name)
      local rest = offer({ complete = command.rest or "file" }, fish_value)
      add(own .. rest:gsub("^ %-[rx]", ""))
      for entry in each(command) do
         local names = (entry[1] and " -s " .. entry[1] or "") .. " -l " .. entry[2]
         local value = entry.value and offer(entry, fish_value) or ""
         add(own .. names .. value .. " -d " .. quote(entry.help or ""))
      end
   end
   return fill(fish, { LINES = table.concat(lines, "\n") })
end

-- Returns the script for "bash", "zsh" or "fish".  `commands` is an array of { name, about,
-- options = spec, rest, commands }, where `commands()` are its sub-commands.
function completion.script(shell, commands)
   if not shells[shell] then
      return nil, ("no completion for '%s': choose bash, zsh or fish"):format(shell)
   end
   return shells[shell](commands)
end

return completion

-- Scripts that complete weir's command line, made from the specs of weir.cli.options.
--
--    completion.script("bash", { { name = "read", about = "prints captures", options = spec } })
--    -- for `source <(weir completion bash)`; also "zsh" and "fish"; or nil and what is wrong

-- What a shell offers as the value of an option: its `choices`; files for complete = "file",
-- directories for "directory"; for any other `complete` the words, one per line, that
-- `weir completion --words …` prints; or nothing.
local completion = {}

local shells = {}

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

   if ((COMP_CWORD == 1)); then
      words=$COMMANDS$
   else
      case "${COMP_WORDS[1]} $option" in
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
   nothing   = function () return ":" end,
}

function shells.bash(commands)
   local names, cases = {}, {}
   for _, command in ipairs(commands) do
      local flags = {}
      names[#names + 1] = command.name
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
         .. "else compopt -o default; fi ;;"):format(command.name, quote(table.concat(flags, " ")))
   end
   return fill(bash, {
      COMMANDS = quote(table.concat(names, " ")), CASES = table.concat(cases, "\n"),
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

_weir() {
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

if [[ $funcstack[1] == _weir ]]; then _weir; else compdef _weir weir; fi
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

function shells.zsh(commands)
   local names, cases = {}, {}
   for _, command in ipairs(commands) do
      local about = command.name:gsub(":", "\\:") .. ":" .. (command.about or "")
      names[#names + 1] = "      " .. quote(about)
      local args = { "   'argument " .. command.name .. "') _arguments -s -S" }
      for entry in each(command) do args[#args + 1] = zsh_option(entry) end
      args[#args + 1] = "'*:file:_files' ;;"
      cases[#cases + 1] = table.concat(args, " \\\n      ")
   end
   return fill(zsh, { COMMANDS = table.concat(names, "\n"), CASES = table.concat(cases, "\n") })
end

local fish = [=[
# Completes weir in fish: weir completion fish | source

function __weir_command
   set -l words (commandline -opc)
   test "$words[2]" = "$argv"
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
   nothing   = function () return " -x" end,
}

function shells.fish(commands)
   local lines = {}
   for _, command in ipairs(commands) do
      local own = ("complete -c weir -n '__weir_command %s'"):format(command.name)
      lines[#lines + 1] = ("complete -c weir -n '__weir_command' -a %s -d %s"):format(command.name,
         quote(command.about or ""))
      lines[#lines + 1] = own .. " -F"
      for entry in each(command) do
         lines[#lines + 1] = own .. (entry[1] and " -s " .. entry[1] or "") .. " -l " .. entry[2]
            .. (entry.value and offer(entry, fish_value) or "") .. " -d " .. quote(entry.help or "")
      end
   end
   return fill(fish, { LINES = table.concat(lines, "\n") })
end

-- Returns the script for "bash", "zsh" or "fish".  `commands` is an array of { name, about,
-- options = spec }; their other words are files.
function completion.script(shell, commands)
   if not shells[shell] then
      return nil, ("no completion for '%s': choose bash, zsh or fish"):format(shell)
   end
   return shells[shell](commands)
end

return completion

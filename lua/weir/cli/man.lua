-- weir man: the manual pages, made of what the commands declare.

local completion = require "weir.cli.completion"
local host       = require "weir.host"
local nearest    = require "weir.nearest"
local options    = require "weir.cli.options"
local report     = require "weir.cli.report"

local man = {
   name  = "man",
   about = "the manual page of a command",
   usage = "weir man [COMMAND [SUBCOMMAND]]",
   rest  = "commands",
   options = {
      { nil, "dir", value = "DIR", complete = "directory",
        help = "write the pages of all commands into this folder" },
      { "h", "help", help = "show this help" },
   },
   examples = {
      { "weir man read | man -l -", "the manual page of weir read" },
      { "weir man --dir /usr/local/share/man/man1", "weir.1, weir-read.1 and the others" },
   },
}

local ENVIRONMENT = {
   { "WEIR_LUA", "a folder with the library's Lua files, used instead of those in the program" },
   { "XDG_DATA_HOME", "where extensions of one's own are: weir/extensions in that folder, or in "
      .. "~/.local/share" },
   { "NO_COLOR, CLICOLOR_FORCE", "no colours, or colours also where no terminal is" },
}

local STATUS = {
   { "ok", "all went well" },
   { "different", "tests failed, or what was compared differs" },
   { "usage", "the command line makes no sense" },
   { "unreadable", "something could not be read or written" },
   { "script", "an extension, or a script, is wrong" },
   { "denied", "the system does not allow it" },
   { "interrupted", "it was interrupted" },
   { "closed", "nobody reads the output any more" },
}

-- A character beyond ASCII, in UTF-8.
local function wide(bytes)
   local lead = bytes:byte()
   local code = lead % (lead >= 0xf0 and 8 or lead >= 0xe0 and 16 or 32)
   for i = 2, #bytes do code = code * 64 + bytes:byte(i) % 64 end
   return ("\\[u%04X]"):format(code)
end

-- A text as roff takes it: no escapes, no requests at a line's start, ASCII.
local function plain(s)
   s = s:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("[\194-\244][\128-\191]+", wide)
   return (("\n" .. s):gsub("\n([.'])", "\n\\&%1"):sub(2))
end

local function bold(s) return "\\fB" .. plain(s) .. "\\fR" end

local function entry_of(entry)
   local name = (entry[1] and bold("-" .. entry[1]) .. ", " or "") .. bold("--" .. entry[2])
   if entry.value then name = name .. "=\\fI" .. plain(entry.value) .. "\\fR" end
   return name
end

-- A page as an array of lines.
local function head(name, about, usage)
   local title = name:upper():gsub(" ", "-")
   return {
      (".TH %s 1"):format(plain(title)), ".SH NAME",
      ("%s \\- %s"):format(plain((name:gsub(" ", "-"))), plain(about)), ".SH SYNOPSIS",
      bold(usage),
   }
end

local function add(out, ...)
   for i = 1, select("#", ...) do out[#out + 1] = (select(i, ...)) end
end

-- The page of a command that declares its options.
local function declared(out, command)
   for i, entry in ipairs(command.options) do
      if type(entry) == "string" then
         add(out, ".SH " .. plain(entry:upper()))
      else
         if i == 1 then add(out, ".SH OPTIONS") end
         add(out, ".TP", entry_of(entry), plain(options.about(entry)))
      end
   end
   for i, example in ipairs(command.examples or {}) do
      if i == 1 then add(out, ".SH EXAMPLES") end
      add(out, ".TP", bold(example[1]), plain(example[2]))
   end
end

local function page_of(command)
   local usage, text = (command.help or ""):match "^usage: ([^\n]*)\n+(.*)$"
   usage = usage or command.usage or "weir " .. command.name .. " [OPTION…]"
   local out = head("weir " .. command.name, command.about, usage)
   if text then
      add(out, ".SH DESCRIPTION", ".nf", plain(text), ".fi")
   else
      declared(out, command)
   end
   add(out, ".SH SEE ALSO", bold "weir" .. "(1)")
   return table.concat(out, "\n") .. "\n"
end

local function overview(commands)
   local out = head("weir", "measures what flows through a network", "weir COMMAND [OPTION…]")
   add(out, ".SH COMMANDS")
   for _, command in ipairs(completion.leaves(commands)) do
      add(out, ".TP", bold("weir " .. command.name), plain(command.about))
   end
   add(out, ".SH ENVIRONMENT")
   for _, entry in ipairs(ENVIRONMENT) do add(out, ".TP", bold(entry[1]), plain(entry[2])) end
   add(out, ".SH EXIT STATUS")
   for _, entry in ipairs(STATUS) do
      add(out, ".TP", bold(tostring(report.exit[entry[1]])), plain(entry[2]))
   end
   return table.concat(out, "\n") .. "\n"
end

local function write(path, text)
   local file, why = io.open(path, "w")
   if not file then return nil, why end
   local ok, reason = file:write(text)
   file:close()
   return ok, reason
end

local function write_all(folder, commands)
   local pages = { { "weir", overview(commands) } }
   for _, command in ipairs(completion.leaves(commands)) do
      pages[#pages + 1] = { "weir-" .. command.name:gsub(" ", "-"), page_of(command) }
   end
   for _, page in ipairs(pages) do
      local path = ("%s/%s.1"):format(folder, page[1])
      local ok, why = write(path, page[2])
      if not ok then
         report.error(("cannot write '%s': %s"):format(path, why))
         return report.exit.unreadable
      end
   end
   return report.exit.ok
end

function man.run(argv, commands)
   local values, rest = options.parse(man.options, argv)
   if not values then return report.usage("man", rest) end
   if values.help then return report.page(options.help(man, man.options, host.width "stdout")) end
   if values.dir then return write_all(values.dir, commands) end
   local name, names = table.concat(rest, " "), {}
   if name == "" then return report.page(overview(commands)) end
   for i, command in ipairs(completion.leaves(commands)) do
      if command.name == name then return report.page(page_of(command)) end
      names[i] = command.name
   end
   local near = nearest(name, names)
   return report.usage("man", ("no command '%s'%s"):format(name,
      near and (": did you mean '%s'?"):format(near) or ""))
end

return man

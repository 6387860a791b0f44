-- What a command says beside its output: on standard error, one line each.

local host  = require "weir.host"
local sheet = require "weir.sheet"
local text  = require "weir.text"

local report = { json = false }          -- json: for machines, an object a line

local function say(kind, message)
   if report.json then
      local line = { [kind] = text.safe(message) }
      io.stderr:write(require "cjson".encode(line), "\n")
   else
      io.stderr:write("weir: ", kind == "warning" and "warning: " or "", text.safe(message), "\n")
   end
end

function report.error(message) say("error", message) end
function report.warning(message) say("warning", message) end

-- A plain line for people.
function report.say(message)
   if not report.json then io.stderr:write(text.safe(message), "\n") end
end

-- What was asked for on purpose, such as help: on standard output.
function report.page(page)
   io.stdout:write(page)
   return report.exit.ok
end

-- A table on standard output, to be filled row by row.
function report.sheet(columns)
   return sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      write = function (line) io.stdout:write(line) end,
   }
end

-- Exit codes, as the manual lists them.
report.exit = {
   ok = 0, different = 1, usage = 2, unreadable = 3, script = 4, denied = 5,
   interrupted = 130, closed = 141,
}

-- A command line that makes no sense: says why, and where to look.
function report.usage(command, why)
   report.error(("%s (see 'weir %s --help')"):format(why, command))
   return report.exit.usage
end

return report

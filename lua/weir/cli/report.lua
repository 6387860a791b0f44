-- What a command says beside its output: on standard error, one line each.

local host    = require "weir.host"
local secrets = require "weir.config.secrets"
local sheet   = require "weir.sheet"
local text    = require "weir.text"

local EPIPE = 32

local report = {
   json = false,                          -- for machines: an object a line
   instead = nil,                         -- a function (kind, message) that is told instead
}

-- What may be shown of a message.
local function shown(message) return text.safe(secrets.hidden(message)) end

local function say(kind, message, place)
   if report.instead then
      report.instead(kind, shown(message))
   elseif report.json then
      local line = { { kind, shown(message) }, { "place", place } }
      io.stderr:write(require "weir.json".record(line), "\n")
   else
      io.stderr:write("weir: ", kind == "warning" and "warning: " or "", shown(message), "\n")
   end
end

-- `place`: lines that show where, for machines.
function report.error(message, place) say("error", message, place) end
function report.warning(message) say("warning", message) end

-- What happened, as good to know as what is wrong.
function report.note(message)
   if report.json or report.instead then return say("note", message) end
   io.stderr:write(shown(message), "\n")
end

-- A plain line for people.
function report.say(message)
   if not report.json and not report.instead then io.stderr:write(shown(message), "\n") end
end

-- Prints; notes the first failure for report.flush.
local failed
local function show(page)
   local ok, why, number = io.stdout:write(page)
   if not ok then failed = failed or { why = why, number = number } end
end

-- Ends what is printed: the exit code, which is another where it could not all be written.
function report.flush(code)
   local ok, why, number = io.stdout:flush()
   if not ok then failed = failed or { why = why, number = number } end
   if not failed or code == report.exit.closed then return code end
   if failed.number == EPIPE then return report.exit.closed end
   report.error(("cannot write 'standard output': %s"):format(failed.why))
   return code <= report.exit.different and report.exit.unreadable or code
end

-- What was asked for on purpose, such as help: on standard output.
function report.page(page)
   show(secrets.hidden(page))
   return report.exit.ok
end

-- A table on standard output, to be filled row by row.
function report.sheet(columns)
   return sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      write = show,
   }
end

-- Exit codes, as the manual lists them.
report.exit = {
   ok = 0, different = 1, usage = 2, unreadable = 3, script = 4, denied = 5,
   interrupted = 130, closed = 141,
}

-- A command line that makes no sense: says why, and where to look; and lines that show the place.
function report.usage(command, why, place)
   report.error(("%s (see 'weir %s --help')"):format(why, command), place)
   for line in (place or ""):gmatch "[^\n]+" do report.say(line) end
   return report.exit.usage
end

return report

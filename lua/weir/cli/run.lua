-- weir run: takes captures, or what an interface hears, into a workspace.

local host      = require "weir.host"
local learn     = require "weir.cli.run.learn"
local options   = require "weir.cli.options"
local report    = require "weir.cli.report"
local running   = require "weir.cli.run.options"
local take      = require "weir.cli.run.take"
local told      = require "weir.cli.run.told"
local workspace = require "weir.workspace"

local exit = report.exit

local run = {
   name  = "run",
   about = "take captures, or what an interface hears, into a workspace",
   usage = "weir run [OPTION…] -r FILE… | -i IF",
   examples = {
      { "weir run -r x.pcap -W data", "into the workspace data, which is made" },
      { "weir run -r captures/", "all captures of a folder; those that were taken in are skipped" },
      { "sudo weir run -i eth0 --keep 7d --max-size 4G", "listen, and forget what is old" },
      { "weir sql -W data 'SELECT * FROM traffic.biflow LIMIT 10'", "and ask what came of it" },
   },
}

run.options = running

-- "7d" as seconds.
local UNITS = { s = 1, m = 60, h = 3600, d = 86400, w = 604800 }
local function span_of(text)
   local number, unit = text:match "^(%d+)(%a?)$"
   local seconds = number and UNITS[unit == "" and "s" or unit]
   return seconds and tonumber(number) * seconds
end

local function check(values, rest)
   if rest[1] then return nil, ("'%s' is no option: name captures with '-r'"):format(rest[1]) end
   if values.read and values.interface then return nil, "either '-r' or '-i', not both" end
   if not values.read and not values.interface then
      return nil, "nothing to take in: name captures with '-r FILE' or an interface with '-i IF'"
   end
   if values.count and not values.interface then
      return nil, "'-c' is for an interface: a capture is taken in whole"
   end
   if values.keep then
      values.keep = span_of(values.keep)
      if not values.keep then return nil, "option '--keep' needs a span such as 90s, 12h or 7d" end
   end
   return true
end

local function execute(values)
   local folder = values.workspace or workspace.DIRECTORY
   local paths, why = workspace.make(folder)
   if not paths then return nil, why, exit.unreadable end
   local learning, made, code
   learning, why, code = learn.open(values, folder)
   if not learning then return nil, why, code end
   made, why, code = take.open(values, paths, learning)
   if not made then return nil, why, code end
   host.watch()
   jit.on()
   code = made:close(made:all())
   if not values.quiet then told.last_words(made) end
   return code
end

function run.run(argv)
   jit.off()                              -- what is done once is not worth compiling
   for _, word in ipairs(argv) do report.json = report.json or word == "--json" end
   local values, rest = options.parse(run.options, argv)
   if not values then return report.usage("run", rest) end
   if values.help then return report.page(options.help(run, run.options, host.width "stdout")) end
   local ok, why = check(values, rest)
   if not ok then return report.usage("run", why) end
   local code, reason, failure = execute(values)
   if code then return code end
   if failure == exit.usage then return report.usage("run", reason) end
   report.error(reason)
   return failure
end

return run

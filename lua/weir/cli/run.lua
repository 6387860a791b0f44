-- weir run: takes captures, or what an interface hears, into a workspace.

local extend    = require "weir.cli.extend"
local host      = require "weir.host"
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

local DEFAULTS = { "names", "talkers" }   -- extractors that run unless told otherwise

-- The extensions that are named, behind those that always run.
local function extensions_of(values)
   local list, named = {}, {}
   for _, name in ipairs(values.ext or {}) do named[name:match "([^/]+)$":gsub("%.lua$", "")] = true end
   for _, name in ipairs(values.plain and {} or DEFAULTS) do
      if not named[name] then list[#list + 1] = name end
   end
   for _, name in ipairs(values.ext or {}) do list[#list + 1] = name end
   return list
end

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
   local engine, why, code, paths, made
   values.ext = extensions_of(values)
   if values.ext[1] then
      engine, why, code = extend.open(values)
      if not engine then return nil, why, code end
   end
   paths, why = workspace.make(values.workspace or workspace.DIRECTORY)
   if not paths then return nil, why, exit.unreadable end
   made, why, code = take.open(values, paths, engine)
   if not made then return nil, why, code end
   host.watch()
   jit.on()
   code = made:all()
   code = made:close(code)
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

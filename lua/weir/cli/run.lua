-- weir run: takes captures, or what an interface hears, into a workspace; or drives the pipeline of
-- a weir.yaml.

local config    = require "weir.config"
local drive     = require "weir.cli.run.drive"
local host      = require "weir.host"
local lines     = require "weir.cli.run.line"
local many      = require "weir.cli.run.many"
local options   = require "weir.cli.options"
local reading   = require "weir.cli.run.source"
local report    = require "weir.cli.report"
local running   = require "weir.cli.run.options"
local workspace = require "weir.workspace"

local exit = report.exit

local run = {
   name  = "run",
   about = "take captures, or what an interface hears, into a workspace, or run a weir.yaml",
   usage = "weir run [OPTION…] -r FILE… | -i IF | weir.yaml",
   examples = {
      { "weir run weir.yaml", "the pipeline that this file describes (docs/pipelines.md)" },
      { "weir run -r x.pcap -W data", "into the workspace data, which is made" },
      { "weir run -r captures/", "all captures of a folder; those that were taken in are skipped" },
      { "sudo weir run -i eth0 --keep 7d --max-size 4G", "listen, and forget what is old" },
      { "weir sql -W data 'SELECT * FROM traffic.biflow LIMIT 10'", "and ask what came of it" },
   },
}

run.options = running

local FILE = "weir.yaml"                  -- that is run when nothing else is named

local function is_pipeline(word) return word:find "%.ya?ml$" ~= nil end

-- The weir.yaml that is to be run; nil when it is none.
local function pipeline_of(values, rest)
   if rest[1] then return table.remove(rest, 1) end
   return not values.read and not values.interface and host.is_file(FILE) and FILE or nil
end

local function check_spans(values)
   if values.keep then
      values.keep = config.span(values.keep)
      if not values.keep then return nil, "option '--keep' needs a span such as 90s, 12h or 7d" end
   end
   return true
end

local function check_address(values)
   if not values.metrics or require "weir.cli.run.served".address(values.metrics) then
      return true
   end
   return nil, ("option '--metrics' needs a port, or HOST:PORT, not '%s'"):format(values.metrics)
end

local function check_values(values)
   local ok, why = check_spans(values)
   if ok then ok, why = check_address(values) end
   return ok, why
end

local function check(values, rest)
   if rest[1] and not is_pipeline(rest[1]) then
      return nil, ("'%s' is no option: name captures with '-r'"):format(rest[1])
   end
   values.pipeline = pipeline_of(values, rest)
   if rest[1] then return nil, ("one weir.yaml at a time: '%s' is too much"):format(rest[1]) end
   if values.read and values.interface then return nil, "either '-r' or '-i', not both" end
   if values.pipeline then
      if values.ext or values.set then
         return nil, "'--ext' and '--set' are for runs without a weir.yaml, which says that itself"
      end
      return check_values(values)
   end
   if values.only then return nil, "'--only' chooses among the instances of a weir.yaml" end
   if not values.read and not values.interface then
      return nil, "nothing to take in: name captures with '-r FILE', an interface with '-i IF', or "
         .. "a weir.yaml"
   end
   if values.count and not values.interface then
      return nil, "'-c' is for an interface: a capture is taken in whole"
   end
   return check_values(values)
end

-- What a weir.yaml says, where the command line does not.
local function settle(values, all)
   local said = all.config
   values.workspace = values.workspace or said.workspace
   if said.keep and not values.keep then values.keep = config.span(said.keep) end
   values.max_size = values.max_size or config.size(said.size)
   values.bare = values.workspace == nil
   values.plain = true
end

local function tell_all(faults)
   for _, fault in ipairs(faults) do report.error(fault) end
   return report.exit.usage
end

local function execute(values)
   local line, why, code
   if values.pipeline then
      local all, faults = require "weir.pipeline".read(values.pipeline, report.note)
      if not all then return tell_all(faults) end
      settle(values, all)
      line, why, code = lines.of(values, all)
      if not line then return nil, why, code end
   end
   local folder = values.workspace or workspace.DIRECTORY
   local sources, reason = reading.list(line and line.jobs or { reading.job(values) })
   if not sources then return nil, reason, report.exit.unreadable end
   if many.are(values, sources) then return many.run(values, line, folder, sources) end
   return drive.run(values, line, folder)
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

-- Drives a run: what is read is shown to extensions and stored, then what is on channels is worked
-- off.

local host      = require "weir.host"
local learn     = require "weir.cli.run.learn"
local nearest   = require "weir.nearest"
local pipeline  = require "weir.pipeline"
local reload    = require "weir.pipeline.reload"
local report    = require "weir.cli.report"
local served    = require "weir.cli.run.served"
local take      = require "weir.cli.run.take"
local told      = require "weir.cli.run.told"
local workspace = require "weir.workspace"

local exit = report.exit
local drive = {}

local SOON = 0.1                          -- seconds after which somebody who asks is answered
local INPUTS = "inputs"                   -- stands for what all extensions see

-- The instances that run here, as a set; nil when all do.  Nil and the reason.
local function chosen(values, all)
   if not values.only then return nil end
   local only, names = {}, { INPUTS }
   for i, ext in ipairs(all.extensions) do names[i + 1] = ext.name end
   for _, id in ipairs(values.only) do
      local is_known = false
      for _, name in ipairs(names) do is_known = is_known or name == id end
      if not is_known then
         local near = nearest(id, names)
         return nil, ("no instance '%s' in '%s': %s"):format(id, all.path,
            near and ("did you mean '%s'?"):format(near)
               or "it has " .. table.concat(names, ", ", 2))
      end
      only[id] = true
   end
   return only
end

-- What is read here: in place of the inputs of all, what the command line names.
local function jobs_of(values, all, only)
   local jobs = {}
   for _, job in ipairs(all.jobs) do
      local is_here = not only
      for name in pairs(only or {}) do
         is_here = is_here or job.owner == name or not job.owner and name == INPUTS
      end
      local is_replaced = not job.owner and (values.read or values.interface)
      if is_here and not is_replaced then jobs[#jobs + 1] = job end
   end
   if values.read or values.interface then
      local common = { files = values.read or {}, interfaces = { values.interface } }
      common.sees, common.filter, common.keylog = all.common, values.filter, values.keylog
      table.insert(jobs, 1, common)
   end
   return jobs
end

-- What a run needs of a pipeline (weir.pipeline): { extensions, jobs, hub, only }.  Returns nil,
-- the reason and the exit code when that fails.
function drive.line(values, all)
   local only, why = chosen(values, all)
   if why then return nil, why, exit.usage end
   local hub
   hub, why = pipeline.hub(all, { tell = report.warning, stopped = host.stopped })
   if why then return nil, why, exit.unreadable end
   if only and not (hub and hub.is_far) then
      return nil, "'--only' leaves instances to other processes: that takes channels with "
         .. "'transport: redis'", exit.usage
   end
   local line = { all = all, extensions = all.extensions, hub = hub, only = only }
   line.jobs = jobs_of(values, all, only)
   for _, job in ipairs(line.jobs) do
      if job.interfaces[1] then values.interface = job.interfaces[1] end
   end
   return line
end

-- Works off what others put on channels, until they have ended or somebody stops it.
local function serve(made)
   local engine = made.learning.engine
   if not engine then return end
   engine:begin()
   while not host.stopped() and not engine.stages:have_ended() do
      engine:look()
      if made.served then made.served:look() end
      engine.stages:wait(made.served and SOON or 1)
   end
end

-- Takes to what the weir.yaml says when it changes.
local function watch(line, engine)
   if not engine or not engine.reloader then return end
   local also, why = reload.watch(line.all, engine, { tell = report.warning, say = report.note })
   engine.reloader.also = also
   if not also then report.warning("the weir.yaml will not be read again: " .. why) end
end

-- Begins to tell of the run where that is wanted.  Nil and the reason when it cannot.
local function tell(values, made)
   if not values.metrics then return true end
   local why
   made.served, why = served.open(values.metrics, made)
   if not made.served then return nil, why end
   report.note("metrics are at " .. made.served.url)
   return true
end

-- Runs; `line` is nil without a pipeline.  Returns the exit code; or nil, the reason and the code.
function drive.run(values, line, folder)
   local paths, why, code = {}
   if not values.bare or line and learn.has_extractor(line) then
      paths, why = workspace.make(folder)
      if not paths then return nil, why, exit.unreadable end
   end
   local learning, made
   learning, why, code = learn.open(values, folder, line)
   if not learning then return nil, why, code end
   made, why, code = take.open(values, paths, learning, line and line.jobs)
   if not made then return nil, why, code end
   if line then watch(line, learning.engine) end
   local ok
   ok, why = tell(values, made)
   if not ok then return nil, why, exit.unreadable end
   host.watch()
   jit.on()
   code = made:all()
   if line and not line.jobs[1] then serve(made) end
   if made.served then made.served:close() end
   code = made:close(code)
   if not values.quiet then told.last_words(made) end
   return code
end

return drive

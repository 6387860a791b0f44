-- Drives a run: what is read is shown to extensions and stored, then what is on channels is worked
-- off.

local host      = require "weir.host"
local learn     = require "weir.cli.run.learn"
local reload    = require "weir.pipeline.reload"
local report    = require "weir.cli.report"
local served    = require "weir.cli.run.served"
local take      = require "weir.cli.run.take"
local told      = require "weir.cli.run.told"
local workspace = require "weir.workspace"

local exit = report.exit
local drive = {}

local SOON = 0.1                          -- seconds after which somebody who asks is answered
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

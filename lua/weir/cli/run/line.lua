-- What a run needs of a pipeline: its extensions and channels, and what is read here.

local host     = require "weir.host"
local nearest  = require "weir.nearest"
local pipeline = require "weir.pipeline"
local report   = require "weir.cli.report"

local exit = report.exit
local line = {}

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

-- A feature that runs here, where nothing is read that it could see; nil when there is none.
local function idle_feature(made)
   for _, ext in ipairs(made.only and not made.jobs[1] and made.extensions or {}) do
      if ext.kind == "feature" and made.only[ext.name] then return ext.name end
   end
end

-- What a run needs of a pipeline (weir.pipeline): { extensions, jobs, hub, only }.  Returns nil,
-- the reason and the exit code when that fails.
function line.of(values, all)
   local only, why = chosen(values, all)
   if why then return nil, why, exit.usage end
   local hub
   hub, why = pipeline.hub(all, { tell = report.warning, stopped = host.stopped })
   if why then return nil, why, exit.unreadable end
   if only and not (hub and hub.is_far) then
      return nil, "'--only' leaves instances to other processes: that takes channels with "
         .. "'transport: redis'", exit.usage
   end
   local made = { all = all, extensions = all.extensions, hub = hub, only = only }
   made.jobs = jobs_of(values, all, only)
   local idle = idle_feature(made)
   if idle then
      return nil, ("'%s' sees what is read, and nothing is read here: name '%s' with '--only', "
         .. "too"):format(idle, INPUTS), exit.usage
   end
   for _, job in ipairs(made.jobs) do
      if job.interfaces[1] then values.interface = job.interfaces[1] end
   end
   return made
end

return line

-- A pipeline: the extensions of a weir.yaml, the channels between them, and what they read.
--
--    local line, faults = pipeline.open("weir.yaml", { tell = print })
--    for _, job in ipairs(line.jobs) do … job.files, job.sees … end

local channel  = require "weir.channel"
local config   = require "weir.config"
local graph    = require "weir.extension.graph"
local instance = require "weir.pipeline.instance"

local pipeline = {}

-- ---- what is read -----------------------------------------------------------------------------

local function paths_of(all, input)
   local list = {}
   for i, path in ipairs(input.files or {}) do list[i] = instance.path(all, path) end
   return list
end

local function job_of(all, input, sees, owner)
   return {
      files = paths_of(all, input), interfaces = input.interfaces or {}, filter = input.filter,
      keylog = input.keylog and instance.path(all, input.keylog), sees = sees, owner = owner,
      is_own = owner ~= nil,
   }
end

local function is_input(input)
   return input and ((input.files or {})[1] or (input.interfaces or {})[1]) and true or false
end

-- What is to be read, and which extensions see it: the inputs of all are for those that name none
-- of their own; those of an instance, the job's `owner`, are for that alone.
function pipeline.add_jobs(all)
   local jobs, own = {}, {}
   all.owns = own
   function all.common(ext) return not all.owns[ext.name] end
   if is_input(all.config.inputs) then jobs[1] = job_of(all, all.config.inputs, all.common) end
   for _, ext in ipairs(all.extensions) do
      local name = ext.name
      if is_input(ext.input) then
         own[name] = true
         jobs[#jobs + 1] = job_of(all, ext.input, function (other) return other.name == name end,
            name)
      end
   end
   all.jobs = jobs
end

-- ---- all of it ----------------------------------------------------------------------------------

-- What is wrong with an instance, with its place in the file; secrets are not shown.
function pipeline.fault(all, one, why, about)
   why = all.config.secrets:hide(why)
   if not about then return why end
   return config.where(all.config, all.path, one.id, unpack(about)) .. why
end

-- Loads all instances; nil and why not, of each that cannot be.
local function load_all(all, tell)
   local list, faults = {}, {}
   for _, one in ipairs(all.config.instances) do
      local ext, why, about = instance.load(all, one, tell)
      if ext then list[#list + 1] = ext end
      if not ext then faults[#faults + 1] = pipeline.fault(all, one, why, about) end
   end
   if faults[1] then return nil, faults end
   return list
end

-- Where an instance says that it reads a channel; without that, where its extension is named.
local function place_of(ext, name)
   for i, channel_name in ipairs((ext.instance.channels or {}).subscribe or {}) do
      if channel_name == name then return { "channels", "subscribe", i } end
   end
   return { "source" }
end

-- What is wrong with how the extensions of a pipeline go together: { text, with its place in the
-- file, and the instance that it is about }.
function pipeline.misfits(all)
   local order, _, faults = graph.sort(all.extensions)
   local list = {}
   for i, fault in ipairs(not order and faults or {}) do
      local ext = fault.ext
      local at = ext and config.where(all.config, all.path, ext.name,
         unpack(place_of(ext, fault.name))) or config.where(all.config, all.path, nil, "extensions")
      list[i] = { text = at .. all.config.secrets:hide(fault.text), instance = ext and ext.name }
   end
   return list
end

-- The file of a pipeline: { config, path, folder }.  Nil and an array of what is wrong with it.
-- `is_dry`: it is only looked at, and no logs are begun.
function pipeline.file(path, is_dry)
   local made, faults = config.read(path)
   if not made then return nil, faults end
   return { config = made, path = path, folder = path:match "^(.*)/" or ".", is_dry = is_dry }
end

-- What a weir.yaml makes: { config, path, folder, extensions, jobs, common (which see the inputs of
-- all) }.  Nil and an array of what is wrong with it.
function pipeline.read(path, tell, is_dry)
   local all, faults = pipeline.file(path, is_dry)
   if not all then return nil, faults end
   all.extensions, faults = load_all(all, tell)
   if not all.extensions then return nil, faults end
   faults = {}
   for i, misfit in ipairs(pipeline.misfits(all)) do faults[i] = misfit.text end
   if faults[1] then return nil, faults end
   pipeline.add_jobs(all)
   return all
end

-- Opens the channels that a weir.yaml asks for; nil when it asks for none.  Nil and the reason.
function pipeline.hub(all, options)
   local asked = all.config.channels
   if not asked then return nil end
   local how = {}
   for name, value in pairs(asked) do how[name] = value end
   for name, value in pairs(options) do how[name] = value end
   return channel.open(how)
end

return pipeline

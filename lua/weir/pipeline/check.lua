-- All that can be known of a weir.yaml before it is run.
--
--    local findings, all = check.file "weir.yaml"
--    for _, one in ipairs(findings) do print(one.severity, one.message) end

local capture  = require "weir.capture"
local channel  = require "weir.channel"
local config   = require "weir.config"
local host     = require "weir.host"
local instance = require "weir.pipeline.instance"
local kinds    = require "weir.extension.kinds"
local pipeline = require "weir.pipeline"
local schema   = require "weir.schema"

local check = {}
check.__index = check

-- Notes what is found: `id` of an instance and the path in it are where.
local function add(self, severity, message, id, ...)
   local at = config.where(self.all.config, self.all.path, id, ...)
   self.list[#self.list + 1] = {
      severity = severity, message = at .. self.all.config.secrets:hide(message), instance = id,
   }
end

-- ---- instances --------------------------------------------------------------------------------

-- Loads an instance; an option that is wrong is left out, so that all of them are found.
local function load(self, one)
   local ext, why, about
   repeat
      ext, why, about = instance.load(self.all, one, function () end)
      local is_option = about and about[1] == "options" and (one.options or {})[about[2]] ~= nil
      if not ext then
         self.list[#self.list + 1] = {
            severity = "error", instance = one.id,
            message = pipeline.fault(self.all, one, why, about),
         }
      end
      if is_option then one.options[about[2]] = nil end
   until ext or not is_option
   return ext
end

-- A token that stands in the file is read by all who read that.
local function check_token(self, one)
   if one.token and self.all.config.secrets:hide(one.token) == one.token then
      add(self, "warning", "a token in a file is no secret: say 'token: ${NAME}'", one.id, "token")
   end
end

local function load_all(self)
   local are_all = true
   self.all.extensions = {}
   for _, one in ipairs(self.all.config.instances) do
      check_token(self, one)
      local ext = load(self, one)
      if ext then table.insert(self.all.extensions, ext) else are_all = false end
   end
   return are_all
end

-- Whether an instance is called what it is not.
local function check_category(self, ext)
   local category = ext.instance.category
   local kind = kinds.all[category] and category or nil
   if kind and kind ~= ext.kind then
      add(self, "warning", ("'%s' is %s, not %s"):format(ext.name, kinds.a(ext.kind),
         kinds.a(kind)), ext.name, "category")
   end
end

-- ---- channels -----------------------------------------------------------------------------------

local function check_graph(self)
   for _, misfit in ipairs(pipeline.misfits(self.all)) do
      table.insert(self.list,
         { severity = "error", message = misfit.text, instance = misfit.instance })
   end
end

-- Channels whose rows nobody reads.
local function check_readers(self)
   local read = {}
   for _, ext in ipairs(self.all.extensions) do
      for _, name in ipairs(ext.reads or {}) do read[name] = true end
   end
   for _, ext in ipairs(self.all.extensions) do
      for i, name in ipairs(ext.publish or {}) do
         if not read[name] then
            add(self, "hint", ("'%s' publishes '%s', which nobody here reads"):format(ext.name,
               name), ext.name, "channels", "publish", i)
         end
      end
   end
end

local function check_options(self)
   local ok, why = channel.check(self.all.config.channels)
   if ok then return end
   local about = why:find(" url ", 1, true) and "url" or why:match "^channels: (%l+) is"
   add(self, "error", why, nil, "channels", about)
end

-- ---- inputs -----------------------------------------------------------------------------------

local function faces()
   local known = {}
   for _, face in ipairs(capture.interfaces() or {}) do known[face.name] = true end
   return known
end

-- Whether what an input names is there; the path leads to it.
local function check_input(self, input, id, ...)
   local path, known = { ... }, nil
   local function report(severity, message, ...)
      local at = { unpack(path) }
      for _, step in ipairs { ... } do at[#at + 1] = step end
      add(self, severity, message, id, unpack(at))
   end
   for i, name in ipairs(input.files or {}) do
      local at = instance.path(self.all, name)
      if name ~= "-" and not host.is_file(at) and not host.is_folder(at) then
         report("error", ("no capture or folder '%s'"):format(at), "files", i)
      end
   end
   for i, name in ipairs(input.interfaces or {}) do
      known = known or faces()
      if next(known) and not known[name] and name ~= "any" then
         report("error", ("no interface '%s': 'weir read -D' names those there are"):format(name),
            "interfaces", i)
      end
   end
   if input.filter and not (input.interfaces or {})[1] then        -- which alone could tell
      local ok, why = capture.is_filter(input.filter)
      if not ok then report("error", why, "filter") end
   end
   if input.keylog and not host.is_file(instance.path(self.all, input.keylog)) then
      report("warning", ("no file '%s' yet: TLS stays closed without it"):format(input.keylog),
         "keylog")
   end
end

-- Whether an extension sees captures.
local function sees_captures(ext)
   for _, name in ipairs(ext.reads or { "flow" }) do
      if schema.is_kind(name) then return true end
   end
   return false
end

local function has_job(self, ext)
   for _, job in ipairs(self.all.jobs) do
      if job.sees(ext) then return true end
   end
   return false
end

local function check_inputs(self)
   pipeline.add_jobs(self.all)
   check_input(self, self.all.config.inputs or {}, nil, "inputs")
   for _, ext in ipairs(self.all.extensions) do
      check_input(self, ext.input or {}, ext.name, "channels", "input")
      local sees = sees_captures(ext)
      if sees and not has_job(self, ext) then
         add(self, "warning", ("'%s' sees captures, and none is named: say 'inputs: { files: [FILE]"
            .. " }', or run with '-r FILE'"):format(ext.name), ext.name)
      elseif not sees and ext.input then
         add(self, "warning", ("the input of '%s' is for nobody: it reads the channel '%s'")
            :format(ext.name, ext.reads[1]), ext.name, "channels", "input")
      end
   end
end

-- ---- all of it ----------------------------------------------------------------------------------

-- What there is to say of a file: { severity ("error", "warning", "hint"), message, instance }, and
-- the pipeline with the extensions that could be loaded (nil when the file itself is wrong).
function check.file(path)
   local all, faults = pipeline.file(path, true)
   local self = setmetatable({ all = all, list = {} }, check)
   for i, fault in ipairs(faults or {}) do
      self.list[i] = { severity = "error", message = fault }
   end
   if not all then return self.list end
   for _, warning in ipairs(all.config.warnings) do
      table.insert(self.list, { severity = "warning", message = warning })
   end
   if not all.config.instances[1] then
      add(self, "warning", "it names no extensions, so there is nothing to run", nil, "extensions")
   end
   local are_all = load_all(self)
   for _, ext in ipairs(all.extensions) do check_category(self, ext) end
   check_options(self)
   if are_all then                                       -- else much is missing for that alone
      check_graph(self)
      check_readers(self)
   end
   check_inputs(self)
   return self.list, all
end

return check

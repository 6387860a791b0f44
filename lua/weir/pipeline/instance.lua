-- One instance of a weir.yaml: finds the extension that it is of, and loads it with what the
-- instance says: its options, channels and log.
--
-- What a config.yaml beside the extension says (as Sonic Engine's extensions have it) holds where
-- the instance says nothing else.

local config  = require "weir.config"
local find    = require "weir.extension.find"
local host    = require "weir.host"
local install = require "weir.install"
local load    = require "weir.extension.load"
local log     = require "weir.log"
local merge   = require "weir.config.merge"

local instance = {}

local FOLDER = "extensions"               -- where extensions are installed, unless told

-- A path as it is seen from the folder of the weir.yaml.
function instance.path(all, path)
   if path:sub(1, 1) == "/" or all.folder == "." then return path end
   return all.folder .. "/" .. path:gsub("^%./", "")
end

-- Where an instance is installed, in a weir.yaml's folder of extensions.
function instance.installed(all, one)
   local folder = all.config.metadata and all.config.metadata.extensions_folder or FOLDER
   return instance.path(all, ("%s/%s/%s"):format(folder:gsub("/+$", ""), one.category or "others",
      one.id))
end

-- The file or folder of an instance's extension; nil and the reason.
function instance.place(all, one)
   local beside = instance.path(all, one.source)
   local at = instance.installed(all, one)
   local is_installed = host.is_folder(at)
   if one.copy_folder and is_installed then return at end
   if install.is_remote(one.source) or install.is_rock(one.source) then
      if is_installed then return at end
      return nil, ("'%s' is not installed: 'weir ext install %s' gets it from where its source is")
         :format(one.id, all.path)
   end
   if host.is_file(beside) or host.is_folder(beside) then return beside end
   local is_name = not one.source:find "/" and not one.source:find "%.lua$"
   local path, why = nil, ("no file or folder '%s'"):format(beside)
   if is_name then path, why = find.path(one.source) end
   if path then return path end
   return nil, ("'%s': %s"):format(one.id, why)
end

-- The text of Sonic Engine's models: the address of the first one, for those who have such an
-- option.
local function model_of(one)
   local first = type(one.models) == "table" and one.models[1]
   return type(first) == "table" and first.url or nil
end

local function options_of(one)
   local options = {}
   for name, value in pairs(one.options or {}) do options[name] = value end
   return next(options) and options or nil
end

-- The log of an instance: in a file where it says so, else told like all else.
local function log_of(all, one, say)
   local said = one.log
   if not said or all.is_dry then return log.of(say) end
   if not said.dir and not said.file then return log.of(say, said.level) end
   return log.open {
      dir = instance.path(all, said.dir or "logs"), file = said.file or one.id .. ".log",
      level = said.level, size = config.size(said.size), keep = said.keep,
   }
end

-- What the extension's own config.yaml says, under what the instance says.
local function complete(one, place)
   local path = place:gsub("/+$", "") .. "/config.yaml"
   if not host.is_file(path) then return one end
   local own, faults = config.instance(path)
   if not own then return nil, table.concat(faults, "\n") end
   return merge(own, one)
end

-- Loads an instance of `all` ({ config, path, folder, is_dry: it is only looked at, and makes no
-- files }).  `tell` prints what it says; `place` is where it is, unless that is to be found.  Nil,
-- the reason, and the path of what it is about, for config.where: nil when the reason itself says
-- where.
function instance.load(all, one, tell, place)
   local why
   if not place then place, why = instance.place(all, one) end
   if not place then return nil, why, { "source" } end
   one, why = complete(one, place)
   if not one then return nil, why end
   local function say(line) tell(one.id .. ": " .. line) end
   local own_log
   own_log, why = log_of(all, one, say)
   if not own_log then return nil, why, { "log" } end
   local channels = one.channels or {}
   local ext, option
   ext, why, option = load.file(place, {
      name = one.id, set = options_of(one), say = say, log = own_log, model = model_of(one),
      subscribe = channels.subscribe, publish = channels.publish, confined = one.confined,
   })
   if not ext then return nil, why, option and { "options", option } end
   ext.input, ext.instance = channels.input, one
   return ext
end

return instance

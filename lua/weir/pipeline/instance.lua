-- One instance of a weir.yaml: finds the extension that it is of, and loads it with what the
-- instance says: its options, channels and log.
--
-- What a config.yaml beside the extension says (as Sonic Engine's extensions have it) holds where
-- the instance says nothing else.

local config = require "weir.config"
local find   = require "weir.extension.find"
local host   = require "weir.host"
local load   = require "weir.extension.load"
local log    = require "weir.log"
local merge  = require "weir.config.merge"

local instance = {}

local FOLDER = "extensions"               -- where extensions are installed, unless told

-- Whether a source is fetched with git.
function instance.is_remote(source)
   return source:find "^%a[%w+.-]*://" ~= nil or source:find "^[%w._-]+@[%w.-]+:" ~= nil
end

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
local function place_of(all, one)
   local beside = instance.path(all, one.source)
   local at = instance.installed(all, one)
   if instance.is_remote(one.source) or one.source:find "^rock:" then
      if host.is_folder(at) then return at end
      return nil, ("'%s' is not installed: 'weir ext install %s' gets it from where its source is")
         :format(one.id, all.path)
   end
   if host.is_file(beside) or host.is_folder(beside) then return beside end
   local path = not one.source:find "/" and find.path(one.source)
   if path then return path end
   return nil, ("'%s': no file, folder or extension '%s'"):format(one.id, one.source)
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
   if not said then return log.of(say) end
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

-- Loads an instance of `all` ({ config, path, folder }).  `tell` prints what it says.  Nil and the
-- reason when that fails.
function instance.load(all, one, tell)
   local place, why = place_of(all, one)
   if not place then return nil, why end
   one, why = complete(one, place)
   if not one then return nil, why end
   local function say(line) tell(one.id .. ": " .. line) end
   local own_log
   own_log, why = log_of(all, one, say)
   if not own_log then return nil, why end
   local channels = one.channels or {}
   local ext
   ext, why = load.file(place, {
      name = one.id, set = options_of(one), say = say, log = own_log, model = model_of(one),
      subscribe = channels.subscribe, publish = channels.publish, confined = one.confined,
   })
   if not ext then return nil, why end
   ext.input, ext.instance = channels.input, one
   return ext
end

return instance

-- weir.yaml: what a pipeline is made of.
--
--    local config = assert(config.read "weir.yaml")   -- or nil and an array of what is wrong
--    for _, instance in ipairs(config.instances) do print(instance.id, instance.source) end

local host      = require "weir.host"
local check     = require "weir.config.check"
local instances = require "weir.config.instances"
local yaml      = require "weir.yaml"

local config = {}

local INPUT = {
   map = {
      files = { list = "string", one = true }, interfaces = { list = "string", one = true },
      filter = "string", keylog = "string",
   },
}

local CHANNELS = {
   map = {
      input = INPUT, subscribe = { list = "string", one = true },
      publish = { list = "string", one = true },
   },
}

local LOG = {
   map = {
      level = { choices = { "debug", "info", "warning", "error", "critical" } },
      dir = "string", file = "string", size = "string", keep = "number",
   },
}

-- What an instance may say; those of Sonic Engine that mean nothing here are known as well.
local function instance(more)
   local map = {
      id = "string", name = "string", description = "string", version = "string",
      authors = { list = "string", one = true }, license = "string", repository = "string",
      requirements = "any", category = "string", source = "string", branch = "string",
      token = "string", path = "string", copy_folder = "boolean", channels = CHANNELS, log = LOG,
      models = "any", options = { others = "any", map = {} }, confined = "boolean",
   }
   for name, spec in pairs(more) do map[name] = spec end
   return map
end

local SPEC = {
   map = {
      metadata = {
         map = { extensions_folder = "string", replace_existing = "boolean", name = "string" },
      },
      inputs = INPUT,
      categories = {
         list = { map = { name = "string", description = "string" }, required = { "name" } },
      },
      channels = {
         map = {
            transport = { choices = { "memory", "redis" } }, url = "string", prefix = "string",
            most = "number", partitions = "number", full = { choices = { "wait", "drop" } },
            deliveries = "number", idle = "number",
         },
      },
      workspace = "string", keep = "string", size = "string",
      extensions = {
         list = { map = instance { override = "any" }, required = { "id", "source" } },
      },
   },
}

local OVERRIDE = { map = instance {} }

-- The overrides of an entry as an array of { id, change }: a map by id, or a list, in which those
-- without an id are for the entry's own.
local function overrides_of(entry, id, path, faults)
   local found, list = entry.by.override, {}
   local function add(node, own)
      local change, wrong = check(node, OVERRIDE, { path = path })
      for _, fault in ipairs(not change and wrong or {}) do faults[#faults + 1] = fault end
      list[#list + 1] = { id = own or change and change.id or id, change = change or {} }
   end
   for _, item in ipairs(found and found.node.items or {}) do add(item) end
   for _, one in ipairs(found and found.node.entries or {}) do add(one.node, one.name) end
   return list
end

local function read_overrides(value, places, path, faults)
   for _, entry in ipairs(value and value.extensions or {}) do
      entry.override = overrides_of(places[entry], entry.id, path, faults)
   end
end

-- A category that an instance names has to be one of those that are listed, if any are.
local function check_categories(value, places, path, faults)
   if not value.categories then return end
   local known = {}
   for _, category in ipairs(value.categories) do known[category.name] = true end
   for _, entry in ipairs(value.extensions or {}) do
      if entry.category and not known[entry.category] then
         local at = places[entry].by.category.node
         faults[#faults + 1] = ("%s:%d:%d: no category '%s': 'categories' lists those there are")
            :format(path, at.line, at.column, entry.category)
      end
   end
end

-- A pipeline from the text of a weir.yaml; or nil and an array of what is wrong, with places.
function config.parse(text, path)
   local root, why = yaml.read(text, path)
   if not root then return nil, { why } end
   local value, places = check(root, SPEC, { path = path })
   local faults = not value and places or {}
   read_overrides(value, places, path, faults)
   if value then check_categories(value, places, path, faults) end
   if #faults > 0 then return nil, faults end
   local list, id, entry = instances(value.extensions or {})
   if not list then
      local at = places[entry]
      return nil, {
         ("%s:%d:%d: a second instance is called '%s': ids are for one each"):format(path, at.line,
            at.column, id),
      }
   end
   value.instances = list
   return value
end

local OWN = { map = instance { category = "string" } }

-- What the config.yaml beside an extension says; nil and an array of what is wrong.
function config.instance(path)
   local text, why = host.contents(path)
   if not text then return nil, { why } end
   local root
   root, why = yaml.read(text, path)
   if not root then return nil, { why } end
   local value, faults = check(root, OWN, { path = path })
   if not value then return nil, faults end
   for _, name in ipairs { "id", "source", "name", "category" } do value[name] = nil end
   return value
end

local UNITS = { [""] = 1, k = 2 ^ 10, m = 2 ^ 20, g = 2 ^ 30, t = 2 ^ 40 }

-- "10M" as bytes; nil when it is no size.
function config.size(text)
   local number, unit = tostring(text or ""):lower():match "^(%d+)%s*([kmgt]?)i?b?$"
   return number and tonumber(number) * UNITS[unit] or nil
end

function config.read(path)
   local text, why = host.contents(path)
   if not text then return nil, { why } end
   return config.parse(text, path)
end

return config

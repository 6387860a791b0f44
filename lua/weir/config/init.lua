-- weir.yaml: what a pipeline is made of.
--
--    local config = assert(config.read "weir.yaml")   -- or nil and an array of what is wrong
--    for _, instance in ipairs(config.instances) do print(instance.id, instance.source) end

local host      = require "weir.host"
local check     = require "weir.config.check"
local instances = require "weir.config.instances"
local overrides = require "weir.config.overrides"
local places    = require "weir.config.places"
local secrets   = require "weir.config.secrets"
local yaml      = require "weir.yaml"

local config = {}

local LONGEST = 100                       -- bytes of an id

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

-- A file as it is read: where things stand in it, and what is wrong and strange in it.
local function reading(path)
   local self = { path = path, faults = {}, warnings = {}, secrets = secrets.new(), places = {} }
   local function note(list)
      return function (node, text)
         list[#list + 1] = ("%s:%d:%d: %s"):format(path, node.line, node.column,
            self.secrets:hide(text))
      end
   end
   self.fault, self.warn = note(self.faults), note(self.warnings)
   return self
end

-- What a node says, as a spec has it; nil when there are faults.
local function read(self, node, spec)
   local value, found = check(node, spec, { path = self.path, secrets = self.secrets })
   for _, fault in ipairs(not value and found or {}) do self.faults[#self.faults + 1] = fault end
   for known, at in pairs(value and found or {}) do self.places[known] = at end
   return value
end

local function read_overrides(self, value)
   local function change_of(node)
      local change = read(self, node, OVERRIDE) or {}
      self.places[change] = node
      return change
   end
   for _, entry in ipairs(value.extensions or {}) do
      entry.override = overrides.of(entry, self.places[entry], change_of, self)
   end
end

-- A category that an instance names has to be one of those that are listed, if any are.
local function check_categories(self, value)
   if not value.categories then return end
   local known = {}
   for _, category in ipairs(value.categories) do known[category.name] = true end
   for _, entry in ipairs(value.extensions or {}) do
      if entry.category and not known[entry.category] then
         self.fault(self.places[entry].by.category.node,
            ("no category '%s': 'categories' lists those there are"):format(entry.category))
      end
   end
end

-- Ids and categories are names of folders and files.
local function check_names(self, one, nodes)
   for _, key in ipairs { "id", "category" } do
      local name = one[key]
      if name and not (name:find "^[%w_][%w_.@-]*$" and #name <= LONGEST) then
         self.fault(places.of(nodes, { key }),
            ("%s '%s': it is made of letters, digits, '_', '.', '@' and '-'"):format(key, name))
      end
   end
end

local function check_size(self, text, nodes, ...)
   if text and not config.size(text) then
      self.fault(places.of(nodes, { ... }), ("'%s' is no size, such as 10M or 2G"):format(text))
   end
end

-- The instances, each with the nodes that say what it is: by id in `nodes`.
local function read_instances(self, value)
   read_overrides(self, value)
   check_categories(self, value)
   local list, by, later = instances(value.extensions or {})
   if not list then
      self.fault(self.places[later],
         ("a second instance is called '%s': ids are for one each"):format(by))
      return
   end
   value.instances, value.nodes = list, {}
   for _, one in ipairs(list) do
      local nodes = {}
      for i, known in ipairs(by[one.id]) do nodes[i] = self.places[known] end
      value.nodes[one.id] = nodes
      check_names(self, one, nodes)
      check_size(self, one.log and one.log.size, nodes, "log", "size")
   end
end

-- A pipeline from the text of a weir.yaml; or nil and an array of what is wrong, with places.
function config.parse(text, path)
   local root, why = yaml.read(text, path)
   if not root then return nil, { why } end
   local self = reading(path)
   local value = read(self, root, SPEC)
   if value then
      read_instances(self, value)
      check_size(self, value.size, { root }, "size")
      if value.keep and not config.span(value.keep) then
         self.fault(places.of({ root }, { "keep" }),
            ("'%s' is no span, such as 90s, 12h or 7d"):format(value.keep))
      end
   end
   if self.faults[1] then return nil, self.faults end
   value.root, value.warnings, value.secrets = root, self.warnings, self.secrets
   return value
end

-- "weir.yaml:4:7: ", where in the file of a pipeline an instance says that ("options", "depth"), or
-- as much of it as it says; without an id, where the file does.
function config.where(value, path, id, ...)
   local node = places.of(id and value.nodes[id] or { value.root }, { ... })
   return ("%s:%d:%d: "):format(path, node.line, node.column)
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

local SECONDS = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

-- "7d" as seconds; nil when it is no span.
function config.span(text)
   local number, unit = tostring(text or ""):match "^(%d+)(%a?)$"
   return number and SECONDS[unit] and tonumber(number) * SECONDS[unit] or nil
end

function config.read(path)
   local text, why = host.contents(path)
   if not text then return nil, { why } end
   return config.parse(text, path)
end

return config

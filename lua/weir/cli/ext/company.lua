-- An extension in the company it needs: those that give what it wants, and fill the channels that
-- it reads, looked up and loaded.
--
--    local around = company.new(gather.load(list), say)
--    local ext, extensions = around:of(list[1])         -- or nil and why it cannot be used

local find   = require "weir.extension.find"
local gather = require "weir.cli.ext.gather"
local graph  = require "weir.extension.graph"
local load   = require "weir.extension.load"
local schema = require "weir.schema"

local company = {}
company.__index = company

-- Notes who gives which field to flows, and who fills which channel; who comes first is asked.
local function note(self, list)
   for _, found in ipairs(list) do
      local publish = found.ext and found.ext.publish
      for _, channel in ipairs(publish or {}) do
         self.publishers[channel] = self.publishers[channel] or found
      end
      for name in pairs(found.ext and not publish and found.ext.manifest.gives or {}) do
         self.givers[name] = self.givers[name] or found
      end
   end
end

-- `list` has been loaded: its extensions are asked before those that can only be found.  `say`
-- prints for them.
function company.new(list, say)
   local self = { givers = {}, publishers = {}, say = say or function () end }
   note(self, list)
   return setmetatable(self, company)
end

-- Who is noted in a map of self's under a name, once all that can be found are; nil for nobody.
local function find_in(self, map, name)
   if not self[map][name] and not self.has_all then
      self.has_all = true
      note(self, gather.load(find.all()))
   end
   return self[map][name]
end

-- Who gives a field that the core does not know; nil when nobody does.
local function giver(self, want)
   return not schema.of "flow".names[want] and find_in(self, "givers", want) or nil
end

-- Who fills a channel that is not the core's.
local function publisher(self, channel)
   return not schema.is_kind(channel) and find_in(self, "publishers", channel) or nil
end

local function add(self, found, list, seen)
   seen[found.path] = true
   local ext, why = load.file(found.path, { say = function (line)
      self.say(("%s: %s"):format(found.name, line))
   end })
   if not ext then return nil, why end
   list[#list + 1] = ext
   local others = {}
   for _, channel in ipairs(ext.reads or {}) do others[#others + 1] = publisher(self, channel) end
   local sees_flows = not ext.reads or ext.reads[1] == "flow"
   for _, want in ipairs(sees_flows and ext.manifest.wants or {}) do
      others[#others + 1] = giver(self, want)
   end
   for _, other in ipairs(others) do
      local ok = seen[other.path] or nil
      if not ok then ok, why = add(self, other, list, seen) end
      if not ok then return nil, why end
   end
   return ext
end

-- Loads what was found anew, so that nothing of an earlier run is left in it: all that have to run,
-- in order, and the extensions of `founds` among them.  Nil and the reason when one does not load
-- or has not what it wants.
function company:together(founds)
   local list, seen, own = {}, {}, {}
   for i, found in ipairs(founds) do
      for _, ext in ipairs(list) do own[i] = ext.path == found.path and ext or own[i] end
      local why
      if not own[i] then own[i], why = add(self, found, list, seen) end
      if not own[i] then return nil, why end
   end
   local order, why = graph.sort(list)
   if not order then return nil, why end
   return order, own
end

-- The same for one: itself, and all.
function company:of(found)
   local order, own = self:together { found }
   if not order then return nil, own end
   return own[1], order
end

return company

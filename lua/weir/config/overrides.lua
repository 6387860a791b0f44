-- The overrides of an entry of `extensions`: a map by id, or a list, in which those without an id
-- are for the entry's own.

local nearest = require "weir.nearest"

local overrides = {}

-- All overrides in a node: { id, node }, the id absent where none is said.
local function list_of(node)
   local list = {}
   for i, item in ipairs(node.items or {}) do list[i] = { node = item } end
   for i, one in ipairs(node.entries or {}) do list[i] = { id = one.name, node = one.node } end
   return list
end

-- An override for an id that is nearly the entry's own makes an instance more, which was hardly
-- meant.
local function doubt(entry, one, tell)
   if one.id == entry.id or not nearest(one.id, { entry.id }) then return end
   tell(one.node, ("'%s' is an instance of its own beside '%s': did you mean '%s'?"):format(one.id,
      entry.id, entry.id))
end

-- The overrides of `entry`, whose node is given: { id, change }.  read(node) makes a change of one,
-- fault(node, text) and warn(node, text) are told what is wrong and what is strange.
function overrides.of(entry, node, read, how)
   local found, list = node.by.override, {}
   if not found then return list end
   local is_nothing = found.node.kind == "scalar" and found.node.type == "null"
   if found.node.kind == "scalar" and not is_nothing then
      how.fault(found.node, "'override' is a map by id, or a list of what is changed")
   end
   for _, one in ipairs(list_of(found.node)) do
      local change = read(one.node)
      one.id = one.id or change.id or entry.id
      list[#list + 1] = { id = one.id, change = change }
      doubt(entry, one, how.warn)
   end
   return list
end

return overrides

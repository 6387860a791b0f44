-- Where in a YAML file a thing stands that was found wrong later.
--
--    places.of({ override, entry }, { "options", "depth" })      --> the node of that key

local places = {}

-- The key or item at the end of a path from a node; nil when there is none.
local function follow(node, path)
   local at = node
   for _, step in ipairs(path) do
      if not node then return nil end
      local entry = node.by and node.by[step]
      at = entry and entry.key or node.items and node.items[step]
         or node.kind == "scalar" and step == 1 and node or nil         -- one stands for a list
      node = entry and entry.node or at
      if not at then return nil end
   end
   return at
end

-- The node at the end of the path in the first of the nodes that has it; where none has all of it,
-- as much of it as there is.
function places.of(nodes, path)
   for size = #path, 0, -1 do
      for _, node in ipairs(nodes) do
         local found = follow(node, { unpack(path, 1, size) })
         if found then return found end
      end
   end
end

return places

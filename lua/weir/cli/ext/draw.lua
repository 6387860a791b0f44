-- A pipeline's graph (weir.pipeline.graph) as a tree for people, and for Graphviz.

local text = require "weir.text"

local draw = {}

-- ---- a tree -----------------------------------------------------------------------------------

-- Adds the lines of a node and of what comes after it; what was shown before is only named.
local function add(self, edge, here, indent, is_last)
   local first = self.seen[here] == nil
   self.seen[here] = true
   local stem = edge and indent .. (is_last and "└─ " or "├─ ") or ""
   local label = edge and edge.label
   self.lines[#self.lines + 1] = stem
      .. (label and self.paint(text.safe(label), "cyan") .. " → " or "")
      .. self.paint(text.safe(here.name), "bold") .. "  " .. self.paint(here.kind, "dim")
      .. (first and "" or self.paint(", as above", "dim"))
   if not first then return end
   local edges = self.graph:from(here)
   local below = edge and indent .. (is_last and "   " or "│  ") or ""
   for i, after in ipairs(edges) do add(self, after, after.to, below, i == #edges) end
end

-- The lines of a tree; paint(text, colour) colours.
function draw.tree(graph, paint)
   local self = { graph = graph, paint = paint, seen = {}, lines = {} }
   local has_parent = {}
   for _, edge in ipairs(graph.edges) do has_parent[edge.to] = true end
   for _, node in ipairs(graph.nodes) do
      if not has_parent[node] then add(self, nil, node, "", true) end
   end
   return table.concat(self.lines, "\n") .. "\n"
end

-- ---- Graphviz -----------------------------------------------------------------------------------

local SHAPES = {
   input = "folder", channel = "cds", feature = "box", inference = "hexagon", extractor = "box3d",
   reporting = "note",
}

local COLOURS = {
   input = "#eeeeee", channel = "#fff3c4", feature = "#d6e9ff", inference = "#e3dbff",
   extractor = "#d9f2d9", reporting = "#ffe0d6",
}

local function quoted(word) return '"' .. text.safe(word):gsub('[\\"]', "\\%0") .. '"' end

local function id_of(node) return quoted(node.kind .. " " .. node.name) end

-- The text of a graph for `dot`.
function draw.dot(graph)
   local lines = {
      "digraph weir {", "   rankdir=LR", '   node [fontname="sans-serif", style=filled]',
      '   edge [fontname="sans-serif", fontsize=10]',
   }
   for _, node in ipairs(graph.nodes) do
      lines[#lines + 1] = ("   %s [label=%s, shape=%s, fillcolor=%q]"):format(id_of(node),
         quoted(node.name), SHAPES[node.kind], COLOURS[node.kind])
   end
   for _, edge in ipairs(graph.edges) do
      local label = edge.label and (" [label=%s]"):format(quoted(edge.label)) or ""
      lines[#lines + 1] = ("   %s -> %s%s"):format(id_of(edge.from), id_of(edge.to), label)
   end
   return table.concat(lines, "\n") .. "\n}\n"
end

return draw

-- What a pipeline looks like: inputs, extensions and channels as nodes, and what goes from one to
-- the next as edges.
--
--    local made = graph.of(order, jobs)
--    for _, edge in ipairs(made.edges) do print(edge.from.name, edge.to.name, edge.label) end

local schema = require "weir.schema"

local graph = {}
graph.__index = graph

local FEW = 3                             -- fields, or files, that are named one by one

-- "a, b, c"; of many only how many.
local function few(names, word)
   if #names <= FEW then return table.concat(names, ", ") end
   return ("%d %s"):format(#names, word)
end

local function node(self, kind, name)
   local key = kind .. " " .. name
   if not self.by[key] then
      self.by[key] = { kind = kind, name = name, edges = {} }
      table.insert(self.nodes, self.by[key])
   end
   return self.by[key]
end

-- Adds an edge, with a list of what goes along it; one edge between two nodes carries all of it.
local function connect(self, from, to, what)
   local edge = from.edges[to]
   if not edge then
      edge = { from = from, to = to, what = {} }
      from.edges[to] = edge
      table.insert(self.edges, edge)
   end
   if what then table.insert(edge.what, what) end
end

-- ---- inputs -----------------------------------------------------------------------------------

local function name_of(job)
   local names = { unpack(job.files) }
   for _, face in ipairs(job.interfaces) do names[#names + 1] = face end
   return names[1] and few(names, "inputs") or "captures"
end

-- The nodes of the inputs that an extension sees; without any, one that stands for them.
local function inputs_of(self, ext, jobs)
   local list = {}
   for _, job in ipairs(jobs) do
      if job.sees(ext) then list[#list + 1] = node(self, "input", name_of(job)) end
   end
   return list[1] and list or { node(self, "input", "captures") }
end

-- ---- extensions ---------------------------------------------------------------------------------

-- Connects an extension with those that give the fields of flows that it wants; returns whether
-- there are any.
local function connect_givers(self, ext, here, gives)
   local has_any = false
   for _, want in ipairs(ext.manifest.wants or {}) do
      local giver = not schema.of "flow".names[want] and gives[want]
      if giver then connect(self, giver, here, want) end
      has_any = has_any or giver ~= nil and giver ~= false
   end
   return has_any
end

local function connect_all(self, ext, jobs, gives)
   local here = node(self, ext.kind, ext.name)
   here.about = ext.manifest.about
   local reads_flows = (ext.reads or { "flow" })[1] == "flow"
   local has_givers = reads_flows and connect_givers(self, ext, here, gives)
   for _, channel in ipairs(ext.reads or { "flow" }) do
      if not schema.is_kind(channel) then
         connect(self, node(self, "channel", channel), here)
      elseif not (has_givers and channel == "flow") then
         for _, input in ipairs(inputs_of(self, ext, jobs)) do
            connect(self, input, here, ext.reads and channel or nil)
         end
      end
   end
   for _, channel in ipairs(ext.publish or {}) do
      connect(self, here, node(self, "channel", channel))
   end
   for name in pairs(not ext.publish and ext.manifest.gives or {}) do gives[name] = here end
end

-- The graph of extensions in their order (weir.extension.graph) over jobs (weir.pipeline): nodes
-- { kind, name, about } and edges { from, to, label }.
function graph.of(order, jobs)
   local self = setmetatable({ nodes = {}, edges = {}, by = {} }, graph)
   local gives = {}
   for _, ext in ipairs(order) do connect_all(self, ext, jobs, gives) end
   for _, edge in ipairs(self.edges) do
      edge.label = edge.what[1] and few(edge.what, "fields") or nil
   end
   return self
end

-- The edges that leave a node, in order.
function graph:from(from)
   local list = {}
   for _, edge in ipairs(self.edges) do list[#list + 1] = edge.from == from and edge or nil end
   return list
end

return graph

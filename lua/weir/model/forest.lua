-- Trees of decisions in the core's memory: readers of models tell them node by node.
--
--    local build = forest.builder { features = 2, outputs = 1, as = "double" }
--    build:tree(1)                                        -- adds to the first output
--    build:split { feature = 1, threshold = 0.5, left = 1, right = 2 }
--    build:leaf { 0.25 }
--    build:leaf { -1 }
--    local trees = assert(build:finish())                 -- trees:score(rows, count, sums)

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local forest, builder, trees = {}, {}, {}
builder.__index, trees.__index = builder, trees

local AS = {
   double = C.WEIR_FOREST_DOUBLE, rounded = C.WEIR_FOREST_ROUNDED, single = C.WEIR_FOREST_SINGLE,
}

local single = ffi.typeof "float"

-- A number as single precision has it.
function forest.single(x) return tonumber(single(x)) end

-- An array that grows by the half as soon as it is full.
local function grown(list, wanted)
   if wanted <= list.room then return list end
   list.room = math.max(64, math.floor(wanted * 1.5))
   local array = ffi.new(list.type, list.room)
   if list.array then ffi.copy(array, list.array, list.count * ffi.sizeof(list.item)) end
   list.array = array
   return list
end

local function list_of(item)
   return { item = item, type = ffi.typeof(item .. "[?]"), room = 0, count = 0 }
end

-- The next place in a list.
local function place(list)
   grown(list, list.count + 1)
   list.count = list.count + 1
   return list.array[list.count - 1]
end

-- o: features, outputs (how many there are), as ("double", "rounded" or "single": how numbers are
-- compared, see enum weir_forest_as).
function forest.builder(o)
   return setmetatable({
      features = o.features, outputs = o.outputs, as = AS[o.as],
      nodes = list_of "struct weir_forest_node", values = list_of "double",
      trees = list_of "struct weir_forest_tree",
   }, builder)
end

-- Begins a tree, whose leaves add to one output (from 1), or have a value for each where it is nil.
function builder:tree(output)
   local tree = place(self.trees)
   tree.first, tree.count = self.nodes.count, 0
   tree.output = output and output - 1 or self.outputs
   self.at = tree
end

-- A node: feature (from 0), threshold, left and right (nodes of this tree, from 0), absent_left and
-- zero_absent (flags).  The first one is the tree's root.
function builder:split(o)
   local node = place(self.nodes)
   self.at.count = self.at.count + 1
   node.feature, node.threshold, node.left, node.right = o.feature, o.threshold, o.left, o.right
   node.how = (o.absent_left and C.WEIR_FOREST_ABSENT_LEFT or 0)
      + (o.zero_absent and C.WEIR_FOREST_ZERO_ABSENT or 0)
end

-- A leaf: what it adds, to one output or to each.
function builder:leaf(values)
   local node = place(self.nodes)
   self.at.count = self.at.count + 1
   node.left, node.right, node.value = -1, -1, self.values.count
   for _, value in ipairs(values) do
      grown(self.values, self.values.count + 1)
      self.values.array[self.values.count] = value
      self.values.count = self.values.count + 1
   end
end

-- The trees; or nil and what is wrong with them.
function builder:finish()
   local plan = ffi.new "struct weir_forest_plan"
   plan.trees, plan.tree_count = self.trees.array, self.trees.count
   plan.nodes, plan.node_count = self.nodes.array, self.nodes.count
   plan.values, plan.value_count = self.values.array, self.values.count
   plan.features, plan.outputs, plan.as = self.features, self.outputs, self.as
   local handle = C.weir_forest_new(plan)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_forest_free) }, trees)
end

-- Adds what they say of `count` rows (an array of numbers, NaN where absent) to as many rows of
-- sums.
function trees:score(rows, count, sums)
   C.weir_forest_score(self.handle, rows, count, sums)
end

return forest

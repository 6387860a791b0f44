-- Flows a second of CPU about which a forest of 100 trees of depth 8 says what they are: 20
-- features in columns of Lua, 256 flows at once.

local forest = require "weir.model.forest"
local model  = require "weir.model"

local TREES, DEPTH, FEATURES, FLOWS, TIMES = 100, 8, 20, 256, 1000

-- A full tree of thresholds by chance.
local function tree(build)
   build:tree()
   for i = 0, 2 ^ DEPTH - 2 do
      build:split { feature = math.random(0, FEATURES - 1), threshold = math.random(),
         left = 2 * i + 1, right = 2 * i + 2 }
   end
   for _ = 1, 2 ^ DEPTH do build:leaf { math.random(), math.random() } end
end

-- A model of that form, of which only the trees are then others.
local function large()
   local names, batch = {}, {}
   for f = 1, FEATURES do
      local column = {}
      for i = 1, FLOWS do column[i] = math.random() end
      names[f], batch["f" .. f] = ('"f%d"'):format(f), column
   end
   local made = assert(model.of(([[{"weir_model":1,"features":[%s],"labels":["a","b"],
      "average":true,"compare":"float32","trees":[]}]]):format(table.concat(names, ","))))
   local build = forest.builder { features = FEATURES, outputs = 2, as = "rounded" }
   for _ = 1, TREES do tree(build) end
   made.scorer, made.divisor = assert(build:finish()), TREES
   return made, batch
end

local made, batch = large()
made:score(batch, FLOWS)
local before = os.clock()
for _ = 1, TIMES do
   made:score(batch, FLOWS)
   for i = 1, FLOWS do made:best(i) end
end
print(("%.0f"):format(FLOWS * TIMES / (os.clock() - before)))

-- Reads models of XGBoost that were saved as JSON: boosted trees of numbers.
--
-- Numbers are single precision there, and are added in the order of the trees: so it is here.

local document = require "weir.model.document"
local forest   = require "weir.model.forest"
local sorted   = require "weir.sorted"

local xgboost = {}

local MOST = 1000                         -- classes

-- By objective: how sums become what is asked for, and whether the base is a probability.
local OBJECTIVES = {
   ["binary:logistic"]  = { link = "logistic", is_base_probable = true, classes = 2 },
   ["binary:logitraw"]  = {},
   ["multi:softprob"]   = { link = "softmax", is_multiple = true },
   ["multi:softmax"]    = { link = "softmax", is_multiple = true },
   ["reg:logistic"]     = { link = "alone", is_base_probable = true },
   ["reg:squarederror"] = {},
   ["reg:linear"]       = {},
}

function xgboost.is(value)
   return type(value) == "table" and type(value.learner) == "table"
end

local function objective_of(learner)
   local name = learner:object "objective":text "name"
   local known = OBJECTIVES[name]
   if known then return known end
   local names = sorted(OBJECTIVES)
   document.fail("learner.objective.name: '%s' cannot be used: it can be %s", name,
      table.concat(names, ", "))
end

local single = forest.single

local function logit(p) return -math.log(single(single(1 / single(p)) - 1)) end

-- What sums begin with: "5E-1", or "[5E-1]" with a number for each output.
local function base_of(param, objective, outputs)
   local text = param:text "base_score"
   local list = {}
   for word in text:gsub("^%[(.*)%]$", "%1"):gmatch "[^,]+" do
      local number = tonumber(word)
      if not number or number - number ~= 0 then
         param:fail("base_score", "'%s' is no number", text:sub(1, 40))
      end
      if objective.is_base_probable and (number <= 0 or number >= 1) then
         param:fail("base_score", "'%s' is no probability between 0 and 1", word:sub(1, 40))
      end
      list[#list + 1] = objective.is_base_probable and logit(number) or number
   end
   if #list ~= 1 and #list ~= outputs then
      param:fail("base_score", "it has %d numbers for %d outputs", #list, outputs)
   end
   for i = 2, outputs do list[i] = list[i] or list[1] end
   return list
end

local function is_categorical(tree)
   if not tree:has "split_type" then return false end
   for _, kind in ipairs(tree:list "split_type".value) do
      if kind ~= 0 then return true end
   end
end

-- Tells one tree to the builder.
local function add_tree(build, tree, output, features)
   local param = tree:object "tree_param"
   local count = param:digits("num_nodes", 1)
   if is_categorical(tree) then
      tree:fail("split_type", "splits by category cannot be used: train with numbers")
   elseif param:has "size_leaf_vector" and param:digits "size_leaf_vector" > 1 then
      param:fail("size_leaf_vector", "leaves of more than one number cannot be used")
   end
   local lefts = tree:wholes("left_children", count, -1)
   local rights = tree:wholes("right_children", count, -1)
   local asked = tree:wholes("split_indices", count)
   local numbers = tree:numbers("split_conditions", count)
   local absent = tree:list("default_left", count).value
   build:tree(output)
   local split = {}
   for i = 1, count do
      if lefts[i] == -1 then
         build:leaf { numbers[i] }
      else
         if asked[i] >= features then
            tree:fail("split_indices", "entry %d is %d, of %d features", i - 1, asked[i], features)
         end
         split.feature, split.threshold, split.left, split.right = asked[i], numbers[i], lefts[i],
            rights[i]
         split.absent_left = absent[i] == true or absent[i] == 1
         build:split(split)
      end
   end
end

-- The trees that count: with early stopping those up to the best round, as its own classes do.
local function used(learner, model, outputs, total)
   local attributes = learner:has "attributes" and learner:object "attributes"
   if not attributes or not attributes:has "best_iteration" then return total end
   local param = model:object "gbtree_model_param"
   local parallel = param:has "num_parallel_tree" and param:digits "num_parallel_tree" or 1
   local rounds = attributes:digits "best_iteration" + 1
   return math.min(total, rounds * outputs * math.max(1, parallel))
end

local function trees_of(learner, outputs, features)
   local booster = learner:object "gradient_booster"
   local kind = booster:text "name"
   if kind ~= "gbtree" then
      document.fail("learner.gradient_booster.name: '%s' cannot be used: it can be gbtree", kind)
   end
   local model = booster:object "model"
   local trees, total = model:list "trees"
   local outputs_of = model:wholes("tree_info", total, 0, outputs - 1)
   local build = forest.builder { features = features, outputs = outputs, as = "single" }
   for i = 1, used(learner, model, outputs, total) do
      add_tree(build, trees:object(i), outputs_of[i] + 1, features)
   end
   local made, why = build:finish()
   if not made then document.fail("learner.gradient_booster.model.trees: %s", why) end
   return made
end

-- What weir.model knows of a document.
function xgboost.read(value)
   local learner = document.of(value):object "learner"
   local param = learner:object "learner_model_param"
   local objective = objective_of(learner)
   local classes = objective.is_multiple and param:digits("num_class", 2, MOST) or objective.classes
   local outputs = objective.is_multiple and classes or 1
   local features = param:digits("num_feature", 1, 65535)
   local names = learner:has "feature_names" and learner:texts "feature_names" or {}
   if #names > 0 and #names ~= features then
      learner:fail("feature_names", "it has %d names for %d features", #names, features)
   end
   return {
      format = "xgboost", features = #names > 0 and names or nil, feature_count = features,
      classes = classes, outputs = outputs, base = base_of(param, objective, outputs),
      link = objective.link, is_single = true, takes_absent = true,
      scorer = trees_of(learner, outputs, features),
   }
end

return xgboost

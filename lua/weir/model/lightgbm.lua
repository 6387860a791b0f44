-- Reads models of LightGBM as it writes them: lines of text, `name=values`, a block for each tree.

local bit      = require "bit"
local document = require "weir.model.document"
local forest   = require "weir.model.forest"

local lightgbm = {}

local MOST = 1000                         -- classes
local CATEGORY, ABSENT_LEFT = 1, 2        -- bits of decision_type; behind them what is absent:
local NONE, ZERO = 0, 1                   -- nothing (NaN counts as 0), 0 and NaN, or NaN alone

local BEHIND = "^feature.importances:"    -- what comes behind the trees in older versions

local REGRESSIONS = {
   regression = true, regression_l1 = true, huber = true, fair = true, quantile = true, mape = true,
}

function lightgbm.is(text) return text:find "^tree\r?\n" ~= nil end

-- The values of a block of lines by their names, from the line at `at` on, up to the next block;
-- and where that begins.
local function block(text, at)
   local values = {}
   while at <= #text do
      local from, to, line = text:find("([^\r\n]*)\r?\n?", at)
      local name, value = line:match "^([%w_]+)=(.*)$"
      local is_next = line:find "^Tree=" or line == "end of trees" or line:find(BEHIND)
      if is_next and at ~= values.begin then return values, from end
      if name then values[name] = value elseif line ~= "" then values[line] = "" end
      at = to + 1
   end
   return values, at
end

local function fail(place, name, format, ...)
   document.fail("%s: %s: %s", place, name, format:format(...))
end

local function text_of(values, name, place)
   return values[name] or fail(place, name, "it is missing")
end

local function whole(values, name, place, low, high)
   local value = tonumber(text_of(values, name, place))
   if not value or value % 1 ~= 0 or value < low or value > high then
      fail(place, name, "it is no whole number from %d to %d", low, high)
   end
   return value
end

-- `count` finite numbers; with `low` and `high` whole ones.
local function numbers(values, name, place, count, low, high)
   local list = {}
   for word in text_of(values, name, place):gmatch "%S+" do
      local value = tonumber(word)
      if not value or value - value ~= 0 then
         fail(place, name, "entry %d is no finite number", #list)
      elseif low and (value % 1 ~= 0 or value < low or value > high) then
         fail(place, name, "entry %d is %s, no whole number from %d to %d", #list, word, low, high)
      end
      list[#list + 1] = value
      if #list > count then break end
   end
   if #list ~= count then
      fail(place, name, "it has %s %d entries", #list > count and "more than" or "not", count)
   end
   return list
end

-- How a node treats what is absent.
local function absent_of(split, decision)
   local absent = bit.band(bit.rshift(decision, 2), 3)
   split.absent_left = bit.band(decision, ABSENT_LEFT) ~= 0
   split.zero_absent = absent == ZERO
   if absent == NONE then split.absent_left = split.threshold >= 0 end      -- as a 0 goes
end

-- Children are nodes, or -1 - i for leaf i, which stands behind the nodes here.
local function child_of(value, nodes)
   if value >= 0 then return value end
   return nodes - 1 - value
end

local function add_tree(build, values, place, output, features)
   local leaves = whole(values, "num_leaves", place, 1, 2 ^ 30)
   local nodes = leaves - 1
   if values.num_cat and values.num_cat ~= "0" then
      fail(place, "num_cat", "splits by category cannot be used: train with numbers")
   elseif values.is_linear and values.is_linear ~= "0" then
      fail(place, "is_linear", "linear trees cannot be used")
   end
   build:tree(output)
   local scores = numbers(values, "leaf_value", place, leaves)
   if nodes > 0 then
      local asked = numbers(values, "split_feature", place, nodes, 0, features - 1)
      local thresholds = numbers(values, "threshold", place, nodes)
      local decisions = numbers(values, "decision_type", place, nodes, 0, 11)
      local lefts = numbers(values, "left_child", place, nodes, -leaves, nodes - 1)
      local rights = numbers(values, "right_child", place, nodes, -leaves, nodes - 1)
      local split = {}
      for i = 1, nodes do
         if bit.band(decisions[i], CATEGORY) ~= 0 then
            fail(place, "decision_type", "splits by category cannot be used: train with numbers")
         end
         split.feature, split.threshold = asked[i], thresholds[i]
         split.left, split.right = child_of(lefts[i], nodes), child_of(rights[i], nodes)
         absent_of(split, decisions[i])
         build:split(split)
      end
   end
   for _, score in ipairs(scores) do build:leaf { score } end
end

-- What the objective makes of sums: a link, the number of classes, and by what the logistic's
-- argument is multiplied.
local function objective_of(head)
   local text = head.objective or "regression"
   local name, sigmoid = text:match "^%S+", tonumber(text:match "sigmoid:(%S+)" or 1)
   if not sigmoid or sigmoid - sigmoid ~= 0 then
      document.fail("objective: '%s' has no finite sigmoid", text:sub(1, 60))
   elseif name == "binary" then
      return "logistic", 2, sigmoid
   elseif name == "multiclass" or name == "softmax" then
      return "softmax", whole(head, "num_class", "head", 2, MOST), 1
   elseif name == "multiclassova" or name == "multiclass_ova" then
      return "alone", whole(head, "num_class", "head", 2, MOST), sigmoid
   elseif REGRESSIONS[name] and not text:find "sqrt" then
      return nil, nil, 1
   end
   document.fail("objective: '%s' cannot be used: it can be binary, multiclass, multiclassova, "
      .. "regression", text:sub(1, 60))
end

-- Reads the trees from `at` on: the forest, and how many they are.
local function trees_of(text, at, features, outputs)
   local build = forest.builder { features = features, outputs = outputs, as = "double" }
   local count = 0
   while text:find("^Tree=", at) do
      local place = text:match("^[^\r\n]*", at)
      local _, behind = text:find("[\r\n]+", at)
      local values
      values, at = block(text, (behind or #text) + 1)
      add_tree(build, values, place:sub(1, 20), count % outputs + 1, features)
      count = count + 1
   end
   if not text:find("^end of trees", at) and not text:find(BEHIND, at) then
      document.fail("tree %d: the file ends before its trees do", count)
   end
   local made, why = build:finish()
   if not made then document.fail("%s", why) end
   return made, count
end

-- What weir.model knows of a text.
function lightgbm.read(text)
   local head, at = block(text, 1)
   local link, classes, sigmoid = objective_of(head)
   local outputs = whole(head, "num_tree_per_iteration", "head", 1, MOST)
   if outputs ~= (link ~= "logistic" and classes or 1) then
      fail("head", "num_tree_per_iteration", "%d trees a round do not fit the objective", outputs)
   end
   local count = whole(head, "max_feature_idx", "head", 0, 65534) + 1
   local names = {}
   for name in text_of(head, "feature_names", "head"):gmatch "%S+" do names[#names + 1] = name end
   if #names ~= count then
      fail("head", "feature_names", "it has %d names for %d features", #names, count)
   end
   local trees, total = trees_of(text, at, count, outputs)
   local rounds = head.average_output and math.max(1, total / outputs) or 1
   return {
      format = "lightgbm", features = names, feature_count = count, classes = classes,
      outputs = outputs, base = {}, link = link, takes_absent = true, scorer = trees,
      divisor = rounds, factor = sigmoid,
   }
end

return lightgbm

-- Models that others trained: their libraries' answers, which tests/models/make.py wrote down, and
-- files that are wrong.

local json  = require "weir.json"
local model = require "weir.model"
local try   = require "try"

local FOLDER = "tests/models/"

-- Of a model: its rows as columns, how many they are, and the library's answers.
local function vectors(name)
   local known = assert(json.decode(try.contents(FOLDER .. name .. ".rows.json")))
   local batch = {}
   for f, feature in ipairs(known.features) do
      batch[feature] = {}
      for i, row in ipairs(known.rows) do
         batch[feature][i] = type(row[f]) == "number" and row[f] or nil
      end
   end
   return batch, #known.rows, known
end

-- The largest difference between what Weir and the library say.
local function worst(made, name)
   local batch, count, known = vectors(name)
   local scores, width = made:score(batch, count)
   local most = 0
   assert(count >= 16)
   for i, answer in ipairs(known.answers) do
      assert.equal(#answer, width)
      for k, value in ipairs(answer) do
         local got = scores[(i - 1) * width + k - 1]
         local off = math.abs(got - value) / math.max(1, math.abs(value))
         assert(off == off, ("%s: row %d is NaN"):format(name, i))
         most = math.max(most, off)
      end
   end
   return most
end

-- What equality means: trees of double sums to the last bit, exponentials to the last but one.
local EXACT, ROUNDED = 0, 1e-14

local LEARNT = {
   tree = EXACT, forest = EXACT, extra = EXACT, ["forest-number"] = EXACT,
   ["boosted-number"] = EXACT, boosted = ROUNDED, boosted3 = ROUNDED, histogram = ROUNDED,
   logistic = ROUNDED, logistic3 = ROUNDED, ["logistic-each"] = ROUNDED,
   ["logistic-two"] = ROUNDED, linear = 1e-12,
}

describe("what scikit-learn says", function ()
   for name, most in pairs(LEARNT) do
      it(("is what Weir says: %s"):format(name), function ()
         local made = assert(model.open(FOLDER .. name .. ".json"))
         assert.equal("weir", made.format)
         local off = worst(made, name)
         assert(off <= most, ("off by %g"):format(off))
      end)
   end
end)

describe("what XGBoost says", function ()
   local FEATURES = { "bytes_toserver", "bytes_toclient", "duration", "dest_port" }
   for _, name in ipairs { "xgb", "xgb-dozens", "xgb3", "xgb-parallel", "xgb-number", "xgb-share",
      "xgb-early" } do
      it(("is what Weir says, to the last bit: %s"):format(name), function ()
         local made = assert(model.open(FOLDER .. name .. ".json", { features = FEATURES }))
         assert.equal("xgboost", made.format)
         assert.equal(0, worst(made, name))
      end)
   end

   it("begins with base_score, in the spelling of version 3, too", function ()
      local text = try.contents(FOLDER .. "xgb.json")
      local other, changed = text:gsub('"base_score":"([^"]+)"', '"base_score":"[%1]"')
      assert.equal(1, changed)
      assert.equal(worst(model.of(text), "xgb"), worst(model.of(other), "xgb"))
   end)

   it("has names only when it was trained with some", function ()
      local text = try.contents(FOLDER .. "xgb-share.json")
      local _, why = model.of(text)
      assert.equal("its 4 features have no names: name them in 'features'", why)
      _, why = model.of(text, { features = { "a", "b" } })
      assert.equal("2 features are named, and the model has 4", why)
   end)
end)

-- ---- LightGBM --------------------------------------------------------------------------------

-- A text as LightGBM writes it, of trees that are told by hand.
local function lightgbm(head, trees)
   local parts = { "tree\nversion=v4\n" .. head .. "\n" }
   for i, tree in ipairs(trees) do
      parts[#parts + 1] = ("\nTree=%d\n%s\nis_linear=0\nshrinkage=1\n\n"):format(i - 1, tree)
   end
   return table.concat(parts) .. "\nend of trees\n\nfeature_importances:\na=1\n\nparameters:\n"
      .. "[objective: none]\nend of parameters\n\npandas_categorical:null\n"
end

local HEAD = "num_class=%d\nnum_tree_per_iteration=%d\nlabel_index=0\nmax_feature_idx=1\n"
   .. "%sfeature_names=a b\nfeature_infos=[0:9] [0:9]\ntree_sizes=1 2 3"

local function head_of(classes, trees, objective)
   return HEAD:format(classes, trees, objective and "objective=" .. objective .. "\n" or "")
end

-- a <= 2 ? (b <= 5 ? 1 : 10) : 100.  How each node takes what is absent is told by its decision:
-- 2 is left, 4 is 0 and NaN, 8 is NaN; 0 takes NaN as 0.
local function three(decisions)
   return "num_leaves=3\nnum_cat=0\nsplit_feature=0 1\nsplit_gain=9 8\nthreshold=2 5\n"
      .. "decision_type=" .. decisions .. "\nleft_child=1 -1\nright_child=-3 -2\n"
      .. "leaf_value=1 10 100\nleaf_weight=1 1 1\nleaf_count=1 1 1\ninternal_value=0 0\n"
      .. "internal_weight=0 0\ninternal_count=3 2"
end

local NAN = 0 / 0

-- What a model says of the rows { a, b }, each a list of its numbers.
local function said(made, rows)
   local a, b, list = {}, {}, {}
   for i, row in ipairs(rows) do a[i], b[i] = row[1], row[2] end
   local scores, width = made:score({ a = a, b = b }, #rows)
   for i = 1, #rows do
      list[i] = {}
      for k = 1, width do list[i][k] = scores[(i - 1) * width + k - 1] end
   end
   return list
end

local function first_of(lists)
   local list = {}
   for i, numbers in ipairs(lists) do list[i] = numbers[1] end
   return list
end

-- LightGBM is in no package of Debian: what these give was worked out by hand from what its format
-- is documented to mean, and for larger trees by a walk over them in Python.
describe("a text of LightGBM", function ()
   it("says what a walk over its trees says", function ()
      local made = assert(model.open(FOLDER .. "lightgbm.txt"))
      assert.equal("lightgbm", made.format)
      assert(worst(made, "lightgbm") <= ROUNDED)
   end)

   local function plain(decisions)
      return assert(model.of(lightgbm(head_of(1, 1, "regression"), { three(decisions) })))
   end

   it("goes left at a threshold, and right beyond it", function ()
      local rows = { { 2, 5 }, { 2, 5.000001 }, { 2.000001, 0 }, { -7, -7 } }
      assert.same({ 1, 10, 100, 1 }, first_of(said(plain "2 2", rows)))
   end)

   it("takes NaN as 0 where nothing was absent when it was trained", function ()
      assert.same({ 1, 10, 100 }, first_of(said(plain "0 0", { { NAN, NAN }, { NAN, 9 }, { 3 } })))
      local tree = three "0 0":gsub("threshold=2 5", "threshold=-1 5")
      local turned = lightgbm(head_of(1, 1), { tree })
      assert.same({ 100 }, first_of(said(assert(model.of(turned)), { { NAN, 1 } })))
   end)

   it("sends NaN where the node says, and 0 as any number", function ()
      assert.same({ 100, 1, 10 }, first_of(said(plain "8 8", { { NAN, 1 }, { 0, 0 }, { 1 } })))
      assert.same({ 1, 1, 100 }, first_of(said(plain "10 10", { { NAN, 1 }, { 1 }, { 3 } })))
   end)

   it("sends 0 along with NaN where that was absent", function ()
      assert.same({ 100, 100, 100, 1 },
         first_of(said(plain "4 4", { { 0, 1 }, { NAN, 1 }, { 1e-36, 1 }, { 1e-34, 1 } })))
      assert.same({ 1, 100 }, first_of(said(plain "6 6", { { 0, 0 }, { 3, 0 } })))
   end)

   it("sums its trees, also those that are one leaf", function ()
      local text = lightgbm(head_of(1, 1, "regression"),
         { three "2 2", "num_leaves=1\nnum_cat=0\nleaf_value=0.5", three "2 2" })
      assert.same({ 2.5, 200.5 }, first_of(said(assert(model.of(text)), { { 0, 0 }, { 9, 0 } })))
   end)

   it("means a probability by binary, with its sigmoid", function ()
      local text = lightgbm(head_of(1, 1, "binary sigmoid:0.5"), { three "2 2" })
      local made = assert(model.of(text, { labels = { "good", "bad" } }))
      local p = 1 / (1 + math.exp(-0.5))
      local got = said(made, { { 0, 0 } })[1]
      assert(math.abs(got[2] - p) < 1e-15 and math.abs(got[1] - (1 - p)) < 1e-15)
      assert.equal("bad", (made:best(1)))
   end)

   it("has a tree for each class in turn", function ()
      local one = "num_leaves=1\nnum_cat=0\nleaf_value=%g"
      local trees = { one:format(1), one:format(2), one:format(0), one:format(1), one:format(0),
         one:format(-1) }
      local made = assert(model.of(lightgbm(head_of(3, 3, "multiclass num_class:3"), trees)))
      local got, e = said(made, { { 0, 0 } })[1], math.exp
      local sum = e(2) + e(2) + e(-1)
      for k, value in ipairs { e(2) / sum, e(2) / sum, e(-1) / sum } do
         assert(math.abs(got[k] - value) < 1e-15)
      end
      assert.equal("0", (made:best(1)))                  -- the first of those that are equal
      made = assert(model.of(lightgbm(head_of(3, 3, "multiclassova num_class:3 sigmoid:1"), trees)))
      got = said(made, { { 0, 0 } })[1]
      assert(math.abs(got[3] - 1 / (1 + e(1))) < 1e-15)
   end)

   it("is averaged where it is a forest", function ()
      local text = lightgbm(head_of(1, 1, "regression") .. "\naverage_output",
         { three "2 2", "num_leaves=1\nnum_cat=0\nleaf_value=0" })
      assert.same({ 0.5 }, first_of(said(assert(model.of(text)), { { 0, 0 } })))
   end)

   it("may have lines that end as those of other systems", function ()
      local text = lightgbm(head_of(1, 1, "regression"), { three "2 2" }):gsub("\n", "\r\n")
      assert.same({ 1 }, first_of(said(assert(model.of(text)), { { 0, 0 } })))
   end)

   local good = lightgbm(head_of(1, 1, "regression"), { three "2 2" })
   for _, case in ipairs {
      { "num_cat=0", "num_cat=1", "Tree=0: num_cat: splits by category cannot be used" },
      { "decision_type=2 2", "decision_type=2 3", "decision_type: splits by category" },
      { "decision_type=2 2", "decision_type=2 99", "decision_type: entry 1 is 99" },
      { "is_linear=0", "is_linear=1", "is_linear: linear trees cannot be used" },
      { "left_child=1 -1", "left_child=0 -1", "tree 0, node 0: more than one way leads to it" },
      { "left_child=1 -1", "left_child=7 -1", "left_child: entry 0 is 7" },
      { "right_child=-3 -2", "right_child=-3 -1", "tree 0, node 2: more than one way" },
      { "right_child=-3 -2", "right_child=-4 -2", "right_child: entry 0 is -4" },
      { "threshold=2 5", "threshold=nan 5", "threshold: entry 0 is no finite number" },
      { "threshold=2 5", "threshold=2", "threshold: it has not 2 entries" },
      { "threshold=2 5", "threshold=2 5 6", "threshold: it has more than 2 entries" },
      { "threshold=2 5\n", "", "threshold: it is missing" },
      { "split_feature=0 1", "split_feature=0 2", "split_feature: entry 1 is 2" },
      { "leaf_value=1 10 100", "leaf_value=1 10 inf", "leaf_value: entry 2 is no finite" },
      { "num_leaves=3", "num_leaves=999999999", "leaf_value: it has not 999999999 entries" },
      { "num_leaves=3", "num_leaves=x", "num_leaves: it is no whole number" },
      { "max_feature_idx=1", "max_feature_idx=2", "feature_names: it has 2 names for 3" },
      { "objective=regression", "objective=lambdarank", "objective: 'lambdarank' cannot be used" },
      { "objective=regression", "objective=regression sqrt", "'regression sqrt' cannot be used" },
      { "objective=regression", "objective=binary sigmoid:nan", "no finite sigmoid" },
      { "num_tree_per_iteration=1", "num_tree_per_iteration=3", "3 trees a round do not fit" },
      { "end of trees.*", "", "tree 1: the file ends before its trees do" },
   } do
      it(("is refused with the place: %s"):format(case[2]), function ()
         local pattern = case[1]:gsub("%-", "%%-")
         local text, changed = good:gsub(pattern, case[2], 1)
         assert.equal(1, changed)
         local made, why = model.of(text)
         assert(not made and why:find(case[3], 1, true), why)
      end)
   end
end)

-- ---- files that are wrong ---------------------------------------------------------------------

local GOOD = [==[{"weir_model":1,"features":["a","b"],"labels":["no","yes"],"compare":"float32",
   "trees":[{"left":[1,-1,-1],"right":[2,-1,-1],"feature":[0,-1,-1],"threshold":[0.5,0,0],
   "value":[[],[1,0],[0.25,0.75]]}]}]==]

local function refuses(text, reason)
   local made, why = model.of(text)
   assert.is_nil(made)
   assert(why:find(reason, 1, true), why)
end

describe("a document that is wrong", function ()
   it("is right before it is changed", function ()
      local made = assert(model.of(GOOD))
      assert.same({ { 1, 0 }, { 0.25, 0.75 } }, said(made, { { 0.5, 0 }, { 0.6, 0 } }))
      assert.same({ "yes", 0.75, 2 }, { made:best(2) })
   end)

   for _, case in ipairs {
      { '"left":[1', '"left":[0', "trees: tree 0, node 0: more than one way leads to it" },
      { '"left":[1', '"left":[2', "trees: tree 0, node 2: more than one way leads to it" },
      { '"left":[1', '"left":[3', "tree 0, node 0: a child that is no node of the tree" },
      { '"left":[1', '"left":[-2', "trees[0].left[0]: it is no whole number from -1" },
      { '"left":[1', '"left":[1.5', "trees[0].left[0]: it is no whole number" },
      { '"left":[1', '"left":["1"', "trees[0].left[0]: it is no whole number" },
      { '"left":[1', '"left":[1e99', "trees[0].left[0]: it is no whole number" },
      { '"right":[2', '"right":[-1', "tree 0, node 0: a child that is no node of the tree" },
      { '"feature":[0', '"feature":[2', "trees[0].feature[0]: it is no whole number from -1 to 1" },
      { '"feature":[0', '"feature":[-1', "trees[0].feature: entry 0 is none" },
      { '"threshold":[0.5', '"threshold":[NaN', "trees[0].threshold[0]: it is no finite number" },
      { '"threshold":[0.5', '"threshold":[1e999', "trees[0].threshold[0]: it is no finite number" },
      { '"threshold":[0.5,', '"threshold":[', "trees[0].threshold: it has 2 entries, not 3" },
      { '[0.25,0.75]', '[0.25]', "trees[0].value[2]: it has 1 entries, not 2" },
      { '[0.25,0.75]', '0.25', "trees[0].value[2]: it is no object" },
      { '[0.25,0.75]', '[0.25,null]', "trees[0].value[2][1]: it is no finite number" },
      { '"float32"', '"float16"', "compare: it is neither float32 nor float64" },
      { '["a","b"]', '[]', "features: there are 0, not 1 to 65535" },
      { '["a","b"]', '"ab"', "features: it is no object" },
      { '["a","b"]', '["a",7]', "features[1]: it is no text" },
      { '["no","yes"]', '["no"]', "labels: there are 1, not 2 to 1000" },
      { '"weir_model":1', '"weir_model":2', "version 2 is newer than this Weir" },
      { '"weir_model":1', '"weir_model":{}', "weir_model: it is no whole number" },
      { '"weir_model":1,', '', "it is JSON, but of no model that can be read" },
      { '"compare"', '"link":"tanh","compare"', "link: 'tanh' is none" },
      { '"compare"', '"prepare":[{"kind":"x"}],"compare"', "prepare[0].kind: 'x' is none" },
      { '"compare"', '"prepare":[{"kind":"standard","mean":[0,0],"scale":[1,0]}],"compare"',
        "prepare[0].scale: entry 1 is 0" },
      { '"trees":[{', '"trees":[[[[{', "Expected" },
   } do
      it(("is refused with the place: %s"):format(case[2]), function ()
         local at, behind = GOOD:find(case[1], 1, true)
         refuses(GOOD:sub(1, at - 1) .. case[2] .. GOOD:sub(behind + 1), case[3])
      end)
   end

   it("is refused where a tree is too deep", function ()
      local lefts, rights, features, numbers, values = {}, {}, {}, {}, {}
      for i = 0, 1100 do
         lefts[#lefts + 1], rights[#rights + 1] = 2 * i + 1, 2 * i + 2
         lefts[#lefts + 1], rights[#rights + 1] = -1, -1
      end
      lefts[#lefts + 1], rights[#rights + 1] = -1, -1
      for i = 1, #lefts do                               -- node 2i goes to leaf 2i+1 and node 2i+2
         features[i], numbers[i], values[i] = 0, 0, "[1,0]"
         if i % 2 == 1 and lefts[i] ~= -1 then lefts[i], rights[i] = i, i + 1 end
      end
      local function list(t) return table.concat(t, ",") end
      refuses(([[{"weir_model":1,"features":["a"],"labels":["n","y"],"compare":"float64","trees":[
         {"left":[%s],"right":[%s],"feature":[%s],"threshold":[%s],"value":[%s]}]}]]):format(
         list(lefts), list(rights), list(features), list(numbers), list(values)),
         "tree 0: it has more than 1000 levels")
   end)

   it("is told apart from what it is", function ()
      refuses("\128\4\149", "it is a pickle, which could run any code: write it with "
         .. "weir_export.py, which is beside the extension 'model'")
      refuses("{L\0\0\0\0\0\0\1", "it is a binary model of XGBoost: save it as JSON")
      refuses("id,label\n1,2\n", "it is neither JSON nor a text of LightGBM")
      refuses("", "it is neither JSON nor a text of LightGBM")
      refuses(("["):rep(5000), "it is neither JSON")
      refuses('{"a":' .. ("["):rep(5000), "nested")
      local _, why = model.open "tests/models/none.json"
      assert.equal("cannot read model tests/models/none.json: No such file or directory", why)
      _, why = model.open "tests"
      assert(why:find("cannot read model 'tests'", 1, true), why)
   end)
end)

describe("a document of XGBoost that is wrong", function ()
   local text = try.contents(FOLDER .. "xgb.json")
   for _, case in ipairs {
      { '"name":"binary:logistic"', '"name":"rank:pairwise"', "'rank:pairwise' cannot be used" },
      { '"name":"gbtree"', '"name":"dart"', "gradient_booster.name: 'dart' cannot be used" },
      { '"base_score":"[^"]+"', '"base_score":"1E0"', "base_score: '1E0' is no probability" },
      { '"base_score":"[^"]+"', '"base_score":"[nan]"', "base_score: '[nan]' is no number" },
      { '"base_score":"[^"]+"', '"base_score":"1E-1,2E-1"', "it has 2 numbers for 1 outputs" },
      { '"base_score":"[^"]+",', '', "learner_model_param.base_score: it is no text" },
      { '"num_feature":"4","num_t', '"num_feature":"3","num_t', "it has 4 names for 3 features" },
      { '"num_nodes":"%d+"', '"num_nodes":"4000000"', "trees[0].left_children: it has" },
      { '"num_nodes":"%d+"', '"num_nodes":"0"', "num_nodes: it is no whole number from 1" },
      { '"split_type":%[0', '"split_type":[1', "trees[0].split_type: splits by category" },
      { '"left_children":%[1', '"left_children":[0', "node 0: more than one way leads to it" },
      { '"split_indices":%[%d+', '"split_indices":[4', "split_indices: entry 0 is 4, of 4" },
      { '"split_conditions":%[[^,]+', '"split_conditions":[1E39', "tree 0, node 0: a threshold" },
      { '"tree_info":%[0', '"tree_info":[1', "tree_info[0]: it is no whole number from 0 to 0" },
      { '"trees":%[', '"trees":[7,', "tree_info: it has 5 entries, not 6" },
   } do
      it(("is refused with the place: %s"):format(case[2]), function ()
         local other, changed = text:gsub(case[1], case[2], 1)
         assert.equal(1, changed)
         refuses(other, case[3])
      end)
   end
end)

describe("the exporter for scikit-learn", function ()
   if not try.has "python3" then return pending "python3 is not installed" end

   it("refuses an imputer of other values than NaN", function ()
      local out, err, code = try.run([[cd extensions/inference/model && python3 -B -c '
import weir_export
class SimpleImputer:
    add_indicator, statistics_, missing_values = False, [1.5], float("nan")
step = SimpleImputer()
print(weir_export.scaler(step, 1)["values"])
step.missing_values = 0
weir_export.scaler(step, 1)']])
      assert.same({ "[1.5]\n", 1 }, { out, code })
      assert.truthy(err:find "an imputer of 0 cannot be exported: what is missing is NaN")
   end)
end)

describe("a model", function ()
   it("takes texts by its codes, flags as 0 and 1, and nothing else for a number", function ()
      local text = GOOD:gsub('"compare"', '"encode":{"a":["TCP","UDP"]},"compare"')
      local made = assert(model.of(text))
      local batch = { a = { "TCP", "UDP", false, true, "SCTP" }, b = { 0, 0, 0, 0, 0 } }
      made:score(batch, 5)
      local labels = {}
      for i = 1, 5 do labels[i] = made:best(i) or "?" end
      assert.same({ "no", "yes", "no", "yes", "?" }, labels)
      local ok, why = pcall(made.score, made, { a = { 0 }, b = { "x" } }, 1)
      assert(not ok and why:find "'b' is a string, and the model takes numbers")
      ok, why = pcall(made.score, made, { a = { 0 } }, 1)
      assert(not ok and why:find "there is no column 'b'")
   end)

   it("says nothing of a row without what it needs, and goes on", function ()
      local made = assert(model.of(GOOD))
      made:score({ a = { 0, nil, 1 }, b = { 0, 0, 0 } }, 3)
      assert.same({ "no", 1, 1 }, { made:best(1) })
      assert.same({}, { made:best(2) })
      assert.same({ "yes", 0.75, 2 }, { made:best(3) })
   end)

   -- A tree with a leaf at each level: what is at most n gets n, up to `depth`.
   local function ladder(depth)
      local lists = { left = {}, right = {}, feature = {}, threshold = {}, value = {} }
      local function node(left, right, threshold, value)
         local at = #lists.left + 1
         lists.left[at], lists.right[at], lists.feature[at] = left, right, 0
         lists.threshold[at], lists.value[at] = threshold, value
      end
      for level = 0, depth - 1 do
         node(2 * level + 1, 2 * level + 2, level, {})
         node(-1, -1, 0, { level })
      end
      node(-1, -1, 0, { depth })
      return assert(model.of(json.encode {
         weir_model = 1, features = { "a" }, compare = "float64", trees = { lists },
      }))
   end

   it("follows its trees down to any depth, with one row and with many", function ()
      for _, depth in ipairs { 1, 7, 8, 9, 16, 17, 40 } do
         local made, batch, count = ladder(depth), { a = {} }, depth + 9
         for i = 1, count do batch.a[i] = i - 1 end
         local scores = made:score(batch, count)
         for i = 1, count do assert.equal(math.min(i - 1, depth), scores[i - 1]) end
         assert.equal(depth, made:score({ a = { 99 } }, 1)[0])
      end
   end)

   it("says the same of any number of rows at once", function ()
      local made = assert(model.open(FOLDER .. "xgb-dozens.json"))
      local batch, count = vectors "xgb-dozens"
      local all, one, alone = {}, {}, {}
      local scores = made:score(batch, count)
      for i = 1, count do all[i] = scores[2 * i - 1] end
      for i = 1, count do
         for name, column in pairs(batch) do one[name] = { column[i] } end
         alone[i] = made:score(one, 1)[1]
      end
      assert.same(all, alone)
   end)
end)

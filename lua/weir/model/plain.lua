-- Reads the JSON that weir_export.py makes of models of scikit-learn: trees or weights, and
-- what is done to their features before.  docs/models.md describes it.

local document = require "weir.model.document"
local forest   = require "weir.model.forest"
local linear   = require "weir.model.linear"
local link     = require "weir.model.link"
local prepare  = require "weir.model.prepare"

local plain = {}

local VERSION = 1
local MOST = 1000                         -- labels
local WIDEST = 65535                      -- features
local COMPARES = { float32 = "rounded", float64 = "double" }

function plain.is(value) return type(value) == "table" and value.weir_model ~= nil end

-- Tells one tree to the builder: arrays with an entry for each node, of which a leaf's left is -1.
local function add_tree(build, tree, features, outputs)
   local lefts, count = tree:wholes("left", nil, -1), #tree.value.left
   local rights = tree:wholes("right", count, -1)
   local asked = tree:wholes("feature", count, -1, features - 1)
   local thresholds = tree:numbers("threshold", count)
   local absent = tree:has "absent_left" and tree:list("absent_left", count).value
   local values = tree:list("value", count)
   local output = tree:has "output" and tree:whole("output", 0, outputs - 1)
   build:tree(output and output + 1)
   local split = {}
   for i = 1, count do
      if lefts[i] == -1 then
         build:leaf(values:numbers(i, output and 1 or outputs))
      else
         if asked[i] < 0 then tree:fail("feature", "entry %d is none", i - 1) end
         split.feature, split.threshold, split.left, split.right = asked[i], thresholds[i],
            lefts[i], rights[i]
         split.absent_left = absent and absent[i] == true
         build:split(split)
      end
   end
   return absent
end

local function trees_of(doc, features, outputs)
   local as = COMPARES[doc:text "compare"]
   if not as then doc:fail("compare", "it is neither float32 nor float64") end
   local build = forest.builder { features = features, outputs = outputs, as = as }
   local list, count = doc:list "trees"
   local takes_absent = count > 0
   for i = 1, count do
      takes_absent = add_tree(build, list:object(i), features, outputs) and takes_absent
   end
   local made, why = build:finish()
   if not made then doc:fail("trees", "%s", why) end
   return made, count, takes_absent
end

local function weights_of(doc, features, outputs)
   local list, weights = doc:list("weights", outputs), {}
   for i = 1, outputs do weights[i] = list:numbers(i, features) end
   return linear.new(weights, doc:numbers("starts", outputs))
end

-- Texts as numbers, by feature: { proto = { "TCP", "UDP" } } makes UDP 1.
local function codes_of(doc)
   local codes = {}
   if not doc:has "encode" then return codes end
   local encode = doc:object "encode"
   for name in pairs(encode.value) do
      codes[name] = {}
      for i, text in ipairs(encode:texts(name)) do codes[name][text] = i - 1 end
   end
   return codes
end

local function link_of(doc, classes)
   if not doc:has "link" then return nil end
   local name = doc:text "link"
   if not link.is(name) then
      doc:fail("link", "'%s' is none: it can be alone, each, logistic, softmax", name:sub(1, 40))
   elseif name == "logistic" and classes ~= 2 then
      doc:fail("link", "logistic is of two labels")
   end
   return name
end

-- What weir.model knows of a document.
function plain.read(value)
   local doc = document.of(value)
   if doc:whole("weir_model", 1, 1000) ~= VERSION then
      doc:fail("weir_model", "version %d is newer than this Weir: it reads %d", value.weir_model,
         VERSION)
   end
   local names = doc:texts "features"
   local labels = doc:has "labels" and doc:texts "labels"
   if #names == 0 or #names > WIDEST then
      doc:fail("features", "there are %d, not 1 to %d", #names, WIDEST)
   end
   if labels and (#labels < 2 or #labels > MOST) then
      doc:fail("labels", "there are %d, not 2 to %d", #labels, MOST)
   end
   local classes = labels and #labels
   local how = link_of(doc, classes)
   local outputs = how ~= "logistic" and classes or 1
   local made = {
      format = "weir", features = names, feature_count = #names, labels = labels or nil,
      classes = classes or nil, outputs = outputs, link = how, codes = codes_of(doc),
   }
   local count, takes_absent
   if doc:has "weights" then
      made.scorer, takes_absent = weights_of(doc, #names, outputs), false
   else
      made.scorer, count, takes_absent = trees_of(doc, #names, outputs)
      made.divisor = doc.value.average == true and math.max(1, count) or 1
   end
   local is_whole
   made.steps, is_whole = prepare.read(doc, #names)
   made.takes_absent = takes_absent or is_whole
   made.base = doc:has "base" and doc:numbers("base", outputs) or {}
   return made
end

return plain

-- Models that others trained: read from a file, asked for many rows at once.
--
--    local forest = assert(model.open "forest.json")
--    local batch = { bytes_toserver = { 512, 90000 }, dest_port = { 443, 4444 } }
--    local scores = forest:score(batch, 2)                -- scores[0] … of row 1, then of row 2
--    print(forest:best(2))                                --> bot  0.93
--
-- What a file may be: JSON of XGBoost, text of LightGBM, and JSON of weir_export.py, beside the
-- extension `model`, for what scikit-learn trained.  A file of a stranger is safe to read: it is
-- numbers, all checked.

local columns  = require "weir.columns"
local json     = require "weir.json"
local lightgbm = require "weir.model.lightgbm"
local link     = require "weir.model.link"
local plain    = require "weir.model.plain"
local xgboost  = require "weir.model.xgboost"

local model, trained = {}, {}
trained.__index = trained

local LARGEST = 67108864                  -- bytes of a file

-- ---- reading ----------------------------------------------------------------------------

local function contents(path)
   local file, why = io.open(path, "rb")
   if not file then return nil, ("cannot read model %s"):format(why) end
   local text
   text, why = file:read(LARGEST + 1)
   file:close()
   if not text then
      return nil, ("cannot read model '%s': %s"):format(path, why or "it is empty")
   end
   if #text > LARGEST then return nil, ("'%s' has more than %d bytes"):format(path, LARGEST) end
   return text
end

-- What a text that is no model is, as far as its first bytes tell.
local function stranger(text)
   if text:find "^\128" then
      return "it is a pickle, which could run any code: write it with weir_export.py, which is "
         .. "beside the extension 'model'"
   elseif text:find "^{?L" or text:find "^binf" then
      return "it is a binary model of XGBoost: save it as JSON, save_model('model.json')"
   elseif not text:find "^%s*{" then
      return "it is neither JSON nor a text of LightGBM"
   end
end

-- Raises what is wrong.
local function read(text)
   if lightgbm.is(text) then return lightgbm.read(text) end
   local why = stranger(text)
   local value
   if not why then value, why = json.decode(text) end
   if value == nil then error({ reason = why }, 0) end
   if plain.is(value) then return plain.read(value) end
   if xgboost.is(value) then return xgboost.read(value) end
   error({ reason = "it is JSON, but of no model that can be read: see docs/models.md" }, 0)
end

local function names_of(made, given)
   local names = given and #given > 0 and given or made.features
   if names and #names ~= made.feature_count then
      return nil, ("%d features are named, and the model has %d"):format(#names, made.feature_count)
   elseif not names then
      return nil, ("its %d features have no names: name them in 'features'"):format(
         made.feature_count)
   end
   return names
end

local function labels_of(made, given)
   if not made.classes then return nil end
   local labels = given and #given > 0 and given or made.labels or {}
   if #labels > 0 and #labels ~= made.classes then
      return nil, ("%d labels are named, and the model has %d"):format(#labels, made.classes)
   end
   for i = #labels + 1, made.classes do labels[i] = tostring(i - 1) end
   return labels
end

-- A model of the text of a file.  options: features and labels, lists of names, for files that have
-- none.  nil and the reason when it cannot be used.
function model.of(text, options)
   local ok, made = pcall(read, text)
   if not ok and type(made) == "table" then return nil, made.reason end
   if not ok then error(made, 0) end
   options = options or {}
   local why
   made.features, why = names_of(made, options.features)
   if not made.features then return nil, why end
   made.labels, why = labels_of(made, options.labels)
   if why then return nil, why end
   made.width = made.classes or made.outputs
   made.room = 0
   return setmetatable(made, trained)
end

-- The same of a file.
function model.open(path, options)
   local text, why = contents(path)
   if not text then return nil, why end
   local made
   made, why = model.of(text, options)
   if not made then return nil, ("model '%s': %s"):format(path, why) end
   return made
end

-- Says which numbers the texts of a feature are, where the file does not.
function trained:encode(feature, numbers)
   self.codes = self.codes or {}
   self.codes[feature] = self.codes[feature] or numbers
end

-- ---- scoring ------------------------------------------------------------------------------

-- A value as a number: texts by the codes of the feature.
local function number_of(value, codes, name)
   if value == true then return 1 elseif value == false then return 0 end
   if type(value) == "string" and codes then return codes[value] or 0 / 0 end
   error(("'%s' is a %s, and the model takes numbers"):format(name, type(value)), 4)
end

-- Puts columns (arrays by feature, from 1, nil where absent) into rows of numbers.
local function fill(self, batch, count)
   local rows, features = self.rows, self.feature_count
   for f, name in ipairs(self.features) do
      local column, codes = batch[name], self.codes and self.codes[name]
      if column == nil then error(("there is no column '%s'"):format(name), 3) end
      for i = 1, count do
         local value = column[i]
         if value == nil then
            value = 0 / 0
         elseif type(value) ~= "number" then
            value = number_of(value, codes, name)
         end
         rows[(i - 1) * features + f - 1] = value
      end
   end
end

-- Makes what a model that needs all values says of rows with holes NaN.
local function silence(self, count, holes)
   for i = 0, count - 1 do
      for k = 0, holes[i] and self.width - 1 or -1 do self.scores[i * self.width + k] = 0 / 0 end
   end
end

local function holes_of(self, count)
   local holes, rows, features = {}, self.rows, self.feature_count
   for at = 0, self.takes_absent and -1 or count * features - 1 do
      if rows[at] ~= rows[at] then holes[math.floor(at / features)] = true end
   end
   return holes
end

-- Room for rows; kept for the next call.
local function make_room(self, count)
   if count <= self.room then return end
   self.room = count
   self.rows = columns.array("number", count * self.feature_count)
   self.scores = columns.array("number", count * math.max(self.width, self.outputs))
end

-- Puts sums, of which there may be one for two classes, where there is room for probabilities.
local function spread(self, count)
   local scores = self.scores
   for i = count - 1, 0, -1 do scores[2 * i] = scores[i] end
end

-- What it says of `count` rows: `width` numbers each, from 0, valid until the next call.  With
-- labels these are their probabilities, else it is a number.  `batch`: an array for each feature,
-- from 1, nil where absent; where a model needs a value that is absent it says NaN.
function trained:score(batch, count)
   make_room(self, count)
   fill(self, batch, count)
   for _, step in ipairs(self.steps or {}) do step(self.rows, count) end
   local holes, scores, outputs = holes_of(self, count), self.scores, self.outputs
   for k = 0, outputs - 1 do
      local base = self.base[k + 1] or 0
      for i = 0, count - 1 do scores[i * outputs + k] = base end
   end
   self.scorer:score(self.rows, count, scores)
   local divisor, factor = self.divisor or 1, self.factor or 1
   if divisor ~= 1 or factor ~= 1 then
      for at = 0, count * outputs - 1 do scores[at] = scores[at] / divisor * factor end
   end
   if self.link then
      if self.link == "logistic" then spread(self, count) end
      link.apply(self.link, scores, count, self.width, self.is_single)
   end
   if next(holes) then silence(self, count, holes) end
   return scores, self.width
end

-- The likeliest label of row `i` (from 1) of the last call, how likely it is and its number; nil
-- where the model says nothing.  Without labels: nil and the number.
function trained:best(i)
   local scores, width = self.scores, self.width
   local at, best = (i - 1) * width, 0
   if not self.labels then return nil, scores[at] end
   for k = 1, width - 1 do
      if scores[at + k] > scores[at + best] then best = k end
   end
   local score = scores[at + best]
   if score ~= score then return nil end
   return self.labels[best + 1], score, best + 1
end

return model

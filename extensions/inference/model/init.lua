-- What a trained model says of flows: one of XGBoost (JSON), LightGBM (text), or scikit-learn by
-- way of weir_export.py beside this file.  Its features are fields of flows, by any of their names.

local weir   = require "weir"
local fields = require "weir.model.fields"
local model  = require "weir.model"

local judge = weir.inference {
   about   = "what a trained model says of flows: XGBoost, LightGBM, scikit-learn",
   options = {
      file = "",                          -- the model; without one that of the sample
      threshold = 0.5,                    -- of two labels: above it, it is the second
      least = 0,                          -- a label that is less likely is not given
      features = {}, labels = {},         -- names, where the file has none, or others
      prefix = "",                        -- of the fields' names, for several models at once
      scores = false,                     -- also how likely each label is
   },
   needs   = { "read:." },
}

local function raise(format, ...) error(format:format(...), 0) end

-- The fields that the features are, and for each feature that is a text its numbers.
local function wants_of(made)
   local wants, is_wanted, codes = {}, {}, {}
   for i, feature in ipairs(made.features) do
      local name, numbers = fields.of(feature)
      if not name then raise("%s", numbers) end
      if not is_wanted[name] then wants[#wants + 1], is_wanted[name] = name, true end
      codes[i] = { feature = feature, field = name, numbers = numbers }
   end
   return wants, codes
end

-- What it wants and gives is known once its model is read.
function judge:fields()
   local o = self.options
   local file = o.file ~= "" and o.file or self.folder .. "/sample.json"
   local made, why = model.open(file, { features = o.features, labels = o.labels })
   if not made then raise("%s", why) end
   local wants, columns = wants_of(made)
   for _, column in ipairs(columns) do made:encode(column.feature, column.numbers) end
   self.model, self.columns, self.labels = made, columns, made.labels
   self.score, self.label, self.all = o.prefix .. "score", o.prefix .. "label",
      o.scores and o.prefix .. "scores" or nil
   local gives = { [self.score] = made.labels and "probability" or "number" }
   if made.labels then gives[self.label] = "label" end
   if self.all then gives[self.all] = "list" end
   return { wants = wants, gives = gives, files = { file } }
end

function judge:start()
   if self.options.file == "" then
      self.log:warning("no file is named: this is the sample's model, which knows invented flows")
   end
end

-- The label of a row, and how likely it is.
local function answer(self, i)
   local label, score = self.model:best(i)
   if not label or #self.labels > 2 then return label, score end
   local second = self.model.scores[2 * i - 1]
   if second > self.options.threshold then return self.labels[2], second end
   return self.labels[1], 1 - second
end

-- How likely each label is; nil where the model says nothing.
local function all_of(scores, i, width)
   local list = {}
   for k = 1, width do
      local score = scores[(i - 1) * width + k - 1]
      if score ~= score then return nil end
      list[k] = score
   end
   return list
end

function judge:infer(batch, out)
   local given = {}
   for _, column in ipairs(self.columns) do given[column.feature] = batch[column.field] end
   local scores, width = self.model:score(given, batch.n)
   for i = 1, batch.n do
      local label, score = answer(self, i)
      if score == score and (not label or score >= self.options.least) then
         out[self.score][i] = score
         if label then out[self.label][i] = label end
      end
      if self.all then out[self.all][i] = all_of(scores, i, width) end
   end
end

return judge

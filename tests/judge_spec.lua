-- The extension `model`: which fields it wants and gives, by its options and the model's own names.

local engine = require "weir.extension.engine"
local graph  = require "weir.extension.graph"
local host   = require "weir.host"
local json   = require "weir.json"
local load   = require "weir.extension.load"
local reload = require "weir.extension.reload"
local try    = require "try"
local weir   = require "weir"

local PATH, SAMPLE = "extensions/inference/model", "extensions/inference/model/sample.pcap"

local function loaded(set) return load.file(PATH, { set = set }) end

-- A model of one split, as a file: above `threshold` it is 90 % the second label.
local function file_of(feature, threshold, more)
   return try.file(([==[{"weir_model":1,"features":["%s"],"labels":["low","high"],%s
      "compare":"float64","trees":[{"left":[1,-1,-1],"right":[2,-1,-1],"feature":[0,-1,-1],
      "threshold":[%s,0,0],"value":[[],[0.8,0.2],[0.1,0.9]]}]}]==]):format(feature, more or "",
      threshold), ".json")
end

-- What a command prints of the sample's flows, sorted by their client's port.
local function shown(options)
   local out, err, code = try.weir(("read -q -r %s --only flow -T json %s"):format(SAMPLE, options))
   assert.equal(0, code, err)
   local list = {}
   for i, line in ipairs(try.lines(out)) do list[i] = assert(json.decode(line)) end
   table.sort(list, function (a, b) return a.src_port < b.src_port end)
   for i, flow in ipairs(list) do list[i] = flow.ext or {} end
   return list
end

local function by_file(path, ...)
   local words = { "--ext model --set model.file=" .. path }
   for _, word in ipairs { ... } do words[#words + 1] = word end
   local list = shown(table.concat(words, " "))
   os.remove(path)
   return list
end

describe("the extension model", function ()
   it("wants the fields that the model's features are", function ()
      local ext = assert(loaded {})
      assert.same({ "bytes_toserver", "bytes_toclient", "duration", "dest_port" },
         ext.manifest.wants)
      assert.same({ label = "label", score = "probability" }, ext.manifest.gives)
      assert.truthy(ext.files[2]:find "sample.json$")
   end)

   it("is other code when its model is another", function ()
      local path = file_of("duration", 1)
      local one = assert(loaded { file = path }).code
      assert.equal(one, assert(loaded { file = path }).code)
      local other = file_of("duration", 2)
      os.rename(other, path)
      assert.not_equal(one, assert(loaded { file = path }).code)
      os.remove(path)
   end)

   it("takes another model as soon as its file is replaced", function ()
      local path, other = file_of("duration", 1), file_of("duration", -1)
      local logged, told = {}, {}
      local run = assert(engine.new({ assert(loaded { file = path }) }, {
         tell = function (line) told[#told + 1] = line end,
         log = function (line) logged[#logged + 1] = line end,
      }))
      local capture = assert(weir.open(SAMPLE, run:measures { packets = false, flows = true }))
      assert(run:attach(capture) and reload.watch(run))
      os.rename(other, path)
      local deadline = host.clock() + 3
      while #logged + #told == 0 and host.clock() < deadline do run.reloader:look() end
      assert.truthy(tostring(logged[1]):find "extension 'model' is reloaded: generation 2", told[1])
      run.reloader:close()
      run:stop()
      capture:close()
      os.remove(path)
   end)

   it("names fields as it is told, and gives all scores when asked", function ()
      local ext = assert(loaded { prefix = "bot_", scores = true })
      assert.same({ bot_label = "label", bot_score = "probability", bot_scores = "list" },
         ext.manifest.gives)
      local flow = shown("--ext model --set model.prefix=bot_ --set model.scores=true")[1]
      assert.same({ bot_label = "benign", bot_score = 1, bot_scores = { 1, 0, 0 } }, flow)
   end)

   it("takes the names of NFStream, of Zeek, of CICFlowMeter and the core's", function ()
      for feature, most in pairs {
         src2dst_bytes = "500", orig_pkts = "30", ["src2dst_max_ps"] = "500",
         [" Total Fwd Packets"] = "30", ["Tot Fwd Pkts"] = "30", total_fwd_packet = "30",
      } do
         local options = feature:find "[Tt]ot" and "--ext cicflow" or ""
         local path = file_of(feature, most)
         local first = by_file(path, options)[1]
         assert.truthy(first.label == "low" or first.label == "high", feature)
      end
   end)

   it("knows the numbers of protocols", function ()
      for _, feature in ipairs { "protocol", "proto", "Protocol" } do
         local list = by_file(file_of(feature, 5))
         assert.same({ "high", 0.9 }, { list[1].label, list[1].score })
         list = by_file(file_of(feature, 6))
         assert.same({ "low", 0.8 }, { list[1].label, list[1].score })
      end
   end)

   it("says the second of two labels above the threshold, and none that is too seldom", function ()
      local function labels(...)
         local list = by_file(file_of("dest_port", 100), ...)
         return { list[1].label or "-", list[1].score or "-", list[4].label or "-" }
      end
      assert.same({ "high", 0.9, "low" }, labels())                        -- 443, and 21
      assert.same({ "low", 1 - 0.9, "low" }, labels "--set model.threshold=0.95")
      assert.same({ "high", 0.9, "high" }, labels "--set model.threshold=0.1")
      assert.same({ "high", 0.9, "-" }, labels "--set model.least=0.85")
   end)

   it("says nothing of a flow without what the model needs", function ()
      local list = by_file(file_of("burstiness", 0.5), "--ext burstiness")
      assert.truthy(list[1].label)
      assert.same({}, list[4])                           -- one packet: no burstiness
   end)

   it("gives a number where the model does", function ()
      local path = "tests/models/forest-number.json"
      assert.same({ score = "number" }, assert(loaded { file = path }).manifest.gives)
      local list = shown("--ext model --set model.file=" .. path)
      assert.truthy(list[1].score and not list[1].label)
   end)

   it("names features and labels of files that have none", function ()
      local ext = assert(loaded { file = "tests/models/xgb-share.json",
         features = { "bytes_toserver", "bytes_toclient", "duration", "dest_port" } })
      assert.same({ "bytes_toserver", "bytes_toclient", "duration", "dest_port" },
         ext.manifest.wants)
      local list = shown("--ext model --set model.file=tests/models/xgb.json "
         .. "--set model.labels=no,bot")
      assert.truthy(list[1].label == "no" or list[1].label == "bot")
   end)

   it("is not loaded without a model that it can use, and says why", function ()
      local function why(set)
         local ext, reason = loaded(set)
         assert.is_nil(ext)
         return reason
      end
      assert.truthy(why { file = "/none.json" }
         :find "^extensions/.*init.lua: cannot read model /none.json: No such file")
      assert.truthy(why { file = "tests/models/xgb-share.json" }:find "have no names: name them")
      assert.truthy(why { file = "tests/models/xgb.json", labels = { "a" } }
         :find "1 labels are named")
      local path = file_of("a.+b", 1)
      assert.is_truthy(loaded { file = path })
      os.remove(path)
      path = file_of("7", 1)
      assert.truthy(why { file = path }:find "the feature '7' is called as no field can be")
      os.remove(path)
   end)

   it("says which feature nobody gives", function ()
      local path = file_of("Total Fwd Packets", 1)
      local _, why = graph.sort { assert(loaded { file = path }) }
      assert.truthy(why:find "'model' wants 'total_fwd_packet', which nobody gives")
      os.remove(path)
   end)
end)

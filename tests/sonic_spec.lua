-- Sonic Engine's hello-world, as its config.yaml has it: a feature finds who talks to whom, an
-- inference asks a reputation service about them, a report writes what it says into a log.

local extend  = require "extend"
local find    = require "weir.extension.find"
local http    = require "weir.http"
local json    = require "weir.json"
local serving = require "serving"
local try     = require "try"

local YAML = [[
metadata:
  extensions_folder: ./extensions
  replace_existing: false
categories:
  - name: feature
    description: what is measured
  - name: inference
    description: what follows from it
  - name: reporting
    description: who is told
extensions:
  - id: hello_world_feature
    category: feature
    source: hello_world
    channels:
      input:
        files: [SAMPLE]
      publish: [helloWorldFeatureExtensionChannel]
  - id: hello_world_inference
    category: inference
    source: lookup
    models:
      - url: http://127.0.0.1:PORT
    options:
      key: ${REPUTATION_KEY}
      rate: ""
    channels:
      subscribe: [helloWorldFeatureExtensionChannel]
      publish: [helloWorldInferenceExtensionChannel]
    override:
      quiet_inference:
        description: the same, which asks nobody
        models: []
        channels:
          publish: [nobody]
  - id: hello_world_reporting
    category: reporting
    source: text_log
    channels:
      subscribe: [helloWorldInferenceExtensionChannel]
    options:
      file: LOG
      format: json
]]

describe("Sonic Engine's hello-world", function ()
   if not try.has "python3" then return pending "python3 is not installed" end
   local server, port, folder

   setup(function ()
      server, port = serving.start("reputation", "right")
      folder = extend.folder()
   end)
   teardown(function ()
      server:close()
      extend.remove(folder)
   end)

   -- Runs the pipeline in its folder; returns the rows of its log, and what it said.
   local function run(key)
      local root = try.run "pwd":gsub("\n", "")
      local text = YAML:gsub("SAMPLE", root .. "/samples/web.pcap"):gsub("PORT", port)
         :gsub("LOG", folder .. "/log.txt")
      extend.write(folder .. "/weir.yaml", text)
      local said, err, code = try.run(("REPUTATION_KEY=%s %s run %s/weir.yaml -W %s/%s"):format(
         key, try.program, folder, folder, key))
      assert.equal(0, code, err)
      local rows = {}
      for i, line in ipairs(try.lines(try.contents(folder .. "/log.txt", true))) do
         rows[i] = assert(json.decode(line))
      end
      return rows, said .. err
   end

   it("means the same here, from the packets to the log", function ()
      if not find.path "text_log" then return pending "there is no text_log" end
      local rows, said = run "right"
      assert(#rows > 2)
      for _, row in ipairs(rows) do
         local a, b = tonumber(row.source:match "%d+$"), tonumber(row.destination:match "%d+$")
         assert.equal(math.max(a, b), row.malicious)
         assert.equal(a >= b and row.source or row.destination, row.looked_up)
      end
      local asked = json.decode(http.get(("http://127.0.0.1:%s/asked"):format(port)).body)
      local seen = {}
      for _, one in ipairs(asked) do
         assert.is_nil(seen[one], one)
         seen[one] = true
      end
      assert(#asked >= 2)
      assert.is_nil(said:find "right")
   end)

   it("goes on without the service, and says why", function ()
      if not find.path "text_log" then return pending "there is no text_log" end
      local rows, said = run "wrong-secret"
      assert(#rows > 2)
      for _, row in ipairs(rows) do assert.is_nil(row.malicious) end
      assert.truthy(said:find "it does not accept the key", said)
      assert.is_nil(said:find "secret")
   end)
end)

-- weir ext check over a weir.yaml: what is found before anything runs.

local cjson = require "cjson"
local desk  = require "desk"

local KEEP = [[
local weir = require "weir"
local keep = weir.reporting {
   about = "keeps", wants = { "gap" }, options = { path = "x", most = 1, loud = false },
}
function keep:row() end
return keep
]]

local RELAY = [[
local weir = require "weir"
local relay = weir.inference {
   about = "hands on", wants = { "gap" }, gives = { more = "number" },
   subscribe = { "gaps" }, publish = { "mores" },
}
function relay:infer() end
return relay
]]

-- What is said of a weir.yaml among files; and the exit code.
local function check(yaml, arguments)
   local said, code
   desk.with({
      ["weir.yaml"] = yaml, ["gaps.lua"] = desk.gaps, ["keep.lua"] = KEEP, ["relay.lua"] = RELAY,
      ["x.pcap"] = desk.capture, ["plain"] = yaml,
   }, function (weir)
      local out, err, exit = weir("ext check " .. (arguments or "weir.yaml"))
      assert.equal("", err)
      said, code = out, exit
   end)
   return said, code
end

local GOOD = [[
inputs: { files: x.pcap }
extensions:
  - { id: gaps, category: feature, source: gaps.lua }
  - id: keep
    category: reporting
    source: ./keep.lua
    options: { path: y }
]]

describe("weir ext check weir.yaml", function ()
   it("finds nothing wrong with what is right, whatever the file is called", function ()
      local out, code = check(GOOD)
      assert.equal("ok       weir.yaml\n", out)
      assert.equal(0, code)
      assert.equal("ok       plain\n", (check(GOOD, "plain")))
      assert.equal("ok       weir.yaml\nok       gaps\n", (check(GOOD, "gaps.lua weir.yaml")
         :gsub("hint.-\n", "")))
   end)

   it("finds all options that are wrong, and tells no secret", function ()
      local out, code = check(GOOD .. [[
    override:
      keep: { options: { pth: z, most: many, loud: [1] } }
      other: { options: { most: "${HOME}" } }
]])
      assert.equal([[
error    weir.yaml:9:46: option 'keep.loud': it is true or false, not a table
error    weir.yaml:9:34: option 'keep.most': it is a number, not 'many'
error    weir.yaml:9:26: option 'keep.pth': there is none, did you mean 'path'?
error    weir.yaml:10:27: option 'other.most': it is a number, not '${HOME}'
]], out)
      assert.equal(4, code)
   end)

   it("finds sources, inputs and secrets that are not there", function ()
      local out = check [[
inputs: { files: [x.pcap, gone.pcap], interfaces: nowhere0 }
extensions:
  - { id: gaps, source: gap.lua }
  - { id: far, source: "https://example.org/far.git" }
  - { id: near, source: burstyness }
  - { id: keep, source: keep.lua, channels: { input: { files: [a, ./b] } } }
]]
      assert.truthy(out:find "weir.yaml:3:17: 'gaps': no file or folder 'gap.lua'\n")
      assert.truthy(out:find "weir.yaml:4:16: 'far' is not installed: 'weir ext install weir.yaml'")
      assert.truthy(out:find "weir.yaml:5:17: 'near': no extension 'burstyness': did you mean 'b")
      assert.truthy(out:find "weir.yaml:1:27: no capture or folder 'gone.pcap'\n")
      assert.truthy(out:find "weir.yaml:1:51: no interface 'nowhere0'")
      assert.truthy(out:find "weir.yaml:6:64: no capture or folder 'a'\n")
      assert.truthy(out:find "weir.yaml:6:67: no capture or folder './b'\n")
      out = check [[
inputs: { files: x.pcap, filter: tcp prt 80 }
extensions: [{ id: gaps, source: gaps.lua }]
]]
      assert.equal("error    weir.yaml:1:26: filter 'tcp prt 80': can't parse filter expression: "
         .. "syntax error\n", out)
      out = check "channels: { url: '${WEIR_NOT_SET}' }\nextensions: []\n"
      assert.equal("error    weir.yaml:1:18: the environment has no 'WEIR_NOT_SET': set it before "
         .. "the start\n", out)
   end)

   it("finds wants and channels that nobody answers, and circles", function ()
      local out = check [[
inputs: { files: x.pcap }
extensions:
  - { id: keep, source: keep.lua }
  - { id: relay, source: relay.lua }
]]
      assert.truthy(out:find "weir.yaml:3:17: 'keep' wants 'gap', which nobody gives")
      assert.truthy(out:find "weir.yaml:4:18: 'relay' reads the channel 'gaps', which nobody")
      out = check [[
inputs: { files: x.pcap }
extensions:
  - { id: gaps, source: gaps.lua, channels: { publish: gaps } }
  - { id: relay, source: relay.lua, channels: { subscribe: [gaps, backs] } }
  - { id: back, source: relay.lua, channels: { subscribe: mores, publish: backs } }
]]
      assert.truthy(out:find("weir.yaml:5:59: a circle of channels: 'back' reads 'mores', which "
         .. "comes of what it publishes: let it publish on another one\n", 1, true))
   end)

   it("says the same of them as a run does", function ()
      desk.with({
         ["weir.yaml"] = "inputs: { files: x.pcap }\nextensions:\n"
            .. "  - { id: back, source: relay.lua, channels: { subscribe: [mores] } }\n",
         ["relay.lua"] = RELAY, ["x.pcap"] = desk.capture,
      }, function (weir)
         local out = weir "ext check weir.yaml"
         local _, err, code = weir "run weir.yaml"
         local _, drawn = weir "ext graph weir.yaml"
         assert.truthy(out:find("weir.yaml:3:60: a circle of channels", 1, true), out)
         assert.equal((out:gsub("error    ", "weir: ")), err)
         assert.equal(2, code)
         assert.equal(err, drawn)
      end)
   end)

   it("wonders about what has nothing to see, and what nobody reads", function ()
      local out, code = check [[
extensions:
  - { id: gaps, category: reporting, source: gaps.lua, channels: { publish: gaps } }
  - id: relay
    source: relay.lua
    channels: { input: { files: x.pcap } }
]]
      assert.equal([[
warning  weir.yaml:2:17: 'gaps' is a feature, not a reporting
hint     weir.yaml:5:5: 'relay' publishes 'mores', which nobody here reads
warning  weir.yaml:2:5: 'gaps' sees captures, and none is named: say 'inputs: { files: [FILE] }', ]]
         .. [[or run with '-r FILE'
warning  weir.yaml:5:17: the input of 'relay' is for nobody: it reads the channel 'gaps'
]], out)
      assert.equal(1, code)
   end)

   it("finds what channels cannot be, and says all of it as JSON, too", function ()
      local out = check("channels: { url: 'redis://u:p@h:99999/0' }\n" .. GOOD, "--json weir.yaml")
      assert.same({
         path = "weir.yaml", severity = "error",
         message = "weir.yaml:1:13: channels: a url is redis://user:password@host:port/database",
      }, cjson.decode(out))
      out = check(GOOD, "--json weir.yaml")
      assert.same({ path = "weir.yaml", severity = "ok" }, cjson.decode(out))
   end)

   it("leaves no logs behind", function ()
      desk.with({ ["weir.yaml"] = GOOD .. "    log: { dir: logs }\n", ["gaps.lua"] = desk.gaps,
         ["keep.lua"] = KEEP, ["x.pcap"] = desk.capture }, function (weir, root)
         local _, _, code = weir "ext check weir.yaml"
         assert.equal(0, code)
         assert.is_nil(io.open(root .. "/logs/keep.log"))
      end)
   end)
end)

-- weir ext graph: the tree, and what Graphviz is given.

local desk = require "desk"

local function of(kind, manifest)
   return ('local weir = require "weir"\nlocal x = weir.%s { about = "x", %s }\n'
      .. "function x:infer() end\nfunction x:row() end\nreturn x\n"):format(kind, manifest)
end

local FILES = {
   ["weir.yaml"] = [[
inputs: { files: [a.pcap, b.pcap] }
extensions:
  - { id: gaps, source: gaps.lua }
  - id: hello
    source: gaps.lua
    channels: { publish: hellos, input: { files: c.pcap } }
  - { id: twice, source: twice.lua }
  - { id: look, source: look.lua }
  - { id: log, source: keep.lua, channels: { subscribe: [looks, hellos] } }
  - { id: keep, source: keep.lua, log: { dir: logs } }
  - { id: flows, source: flows.lua }
]],
   ["gaps.lua"] = desk.gaps, ["twice.lua"] = desk.twice,
   ["look.lua"] = of("inference", 'wants = { "gap" }, gives = { bad = "number" }, '
      .. 'subscribe = { "hellos" }, publish = { "looks" }'),
   ["keep.lua"] = of("reporting", 'wants = { "gap" }'),
   ["flows.lua"] = of("reporting", 'wants = { "src_ip" }'),
}

describe("weir ext graph", function ()
   it("shows inputs, fields and channels as a tree", function ()
      desk.with(FILES, function (weir, root)
         local out, err, code = weir "ext graph"
         assert.equal("", err)
         assert.equal([[
a.pcap, b.pcap  input
├─ gaps  feature
│  ├─ gap → twice  feature
│  └─ gap → keep  reporting
└─ flow → flows  reporting
c.pcap  input
└─ hello  feature
   └─ hellos  channel
      ├─ look  inference
      │  └─ looks  channel
      │     └─ log  reporting
      └─ log  reporting, as above
]], out)
         assert.equal(0, code)
         assert.is_nil(io.open(root .. "/logs/keep.log"))
         out = weir "ext graph twice.lua gaps.lua"
         assert.equal("captures  input\n└─ gaps  feature\n   └─ gap → twice  feature\n", out)
      end)
   end)

   it("writes it for Graphviz", function ()
      desk.with(FILES, function (weir)
         local out = weir "ext graph --dot weir.yaml"
         for _, line in ipairs {
            'digraph weir {', '"input a.pcap, b.pcap" [label="a.pcap, b.pcap", shape=folder',
            '"feature gaps" -> "reporting keep" [label="gap"]',
            '"feature hello" -> "channel hellos"\n', '"channel looks" -> "reporting log"\n',
         } do
            assert.truthy(out:find(line, 1, true), line)
         end
      end)
   end)

   it("refuses what does not go together", function ()
      desk.with({ ["weir.yaml"] = "extensions: [{ id: a, source: keep.lua }]\n",
         ["keep.lua"] = FILES["keep.lua"] }, function (weir)
         local _, err, code = weir "ext graph"
         assert.truthy(err:find "'a' wants 'gap', which nobody gives")
         assert.equal(4, code)
         _, err, code = weir "ext graph weir.yaml other.yaml"
         assert.truthy(err:find "one weir.yaml at a time: 'other.yaml' is too much")
         assert.equal(2, code)
      end)
   end)
end)

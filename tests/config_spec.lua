-- weir.yaml: what it may say, and what is said about it.

local config = require "weir.config"

local function wrong(text)
   local value, faults = config.parse(text, "weir.yaml")
   assert.is_nil(value)
   return table.concat(faults, "\n")
end

local function instances(text)
   local value, faults = config.parse(text, "weir.yaml")
   assert(value, faults and table.concat(faults, "\n"))
   local by, order = {}, {}
   for i, instance in ipairs(value.instances) do
      by[instance.id], order[i] = instance, instance.id
   end
   return by, order
end

local ENTRY = [[
extensions:
  - id: hello
    category: feature
    source: ./hello
    options: { depth: 1, deep: { a: 1, b: 2 } }
    channels: { input: { files: [a.pcap] }, publish: [hellos] }
]]

describe("weir.yaml", function ()
   it("makes an instance of each entry", function ()
      local by, order = instances(ENTRY)
      assert.same({ "hello" }, order)
      assert.same({ "a.pcap" }, by.hello.channels.input.files)
      assert.is_nil(by.hello.override)
   end)

   it("takes overrides as a map by id, deep", function ()
      local by, order = instances(ENTRY .. [[
    override:
      hello: { options: { deep: { b: 3 } } }
      other: { channels: { input: { files: b.pcap } } }
]])
      assert.same({ "hello", "other" }, order)
      assert.same({ depth = 1, deep = { a = 1, b = 3 } }, by.hello.options)
      assert.same({ depth = 1, deep = { a = 1, b = 2 } }, by.other.options)
      assert.same({ input = { files = { "b.pcap" } }, publish = { "hellos" } }, by.other.channels)
   end)

   it("takes overrides as a list, with and without ids", function ()
      local by, order = instances(ENTRY .. [[
    override:
      - branch: main
      - id: second
        branch: dup/1
      - { id: third, description: changed }
]])
      assert.same({ "hello", "second", "third" }, order)
      assert.equal("main", by.hello.branch)
      assert.equal("dup/1", by.second.branch)
      assert.is_nil(by.third.branch)
      assert.equal("./hello", by.third.source)
   end)

   it("says where a name is wrong, and what is near", function ()
      local said = wrong "extensions:\n  - sourc: x\n    id: a\n"
      assert.equal("weir.yaml:2:5: 'extensions'[1] has no 'sourc': did you mean 'source'?\n"
         .. "weir.yaml:2:5: 'extensions'[1] needs 'source'", said)
      assert.truthy(wrong(ENTRY .. "    override: { hello: { optoins: {} } }\n")
         :find "weir.yaml:7:26: .*did you mean 'options'?")
      assert.truthy(wrong(ENTRY .. "extras: 1\n"):find "weir.yaml:7:1: it has no 'extras'")
   end)

   it("says where a value is wrong", function ()
      assert.truthy(wrong "channels: { transport: rediss }\n"
         :find "weir.yaml:1:24: 'transport' cannot be 'rediss': did you mean 'redis'?")
      assert.truthy(wrong "extensions: { id: a }\n":find "1:13: 'extensions' is a list, not a map")
      assert.truthy(wrong "channels: { most: many }\n"
         :find "1:19: 'most' is a number, not a string")
      assert.truthy(wrong "workspace: [a]\n":find "'workspace' is a string, not a list")
      assert.truthy(wrong(ENTRY .. "categories: [{ name: inference }]\n")
         :find "weir.yaml:3:15: no category 'feature'")
   end)

   it("refuses one id for two", function ()
      assert.truthy(wrong(ENTRY .. "  - { id: hello, source: ./other }\n")
         :find "weir.yaml:7:5: a second instance is called 'hello'")
   end)

   it("takes secrets from the environment", function ()
      assert.truthy(wrong "channels: { url: '${WEIR_TEST_NOWHERE}' }\n"
         :find "1:18: the environment has no 'WEIR_TEST_NOWHERE'")
      local value = assert(config.parse("workspace: '${HOME}/x'\n", "weir.yaml"))
      assert.equal(os.getenv "HOME" .. "/x", value.workspace)
   end)

   it("reads Sonic Engine's own example", function ()
      local by = instances [[
metadata:
  extensions_folder: ./extensions
  replace_existing: false
categories:
  - { name: feature, description: streams traffic }
  - { name: inference, description: detects }
  - { name: reporting, description: logs }
extensions:
  - id: hello_world_feature
    category: feature
    source: https://git.example/hello-world-feature.git
    override:
      hello_world_feature: { branch: main }
      second: { branch: dup/1 }
      third: { description: another one }
  - { id: hello_world_inference, category: inference, source: ./inference }
  - { id: hello_world_reporting, category: reporting, source: ./reporting }
]]
      assert.equal("dup/1", by.second.branch)
      assert.equal("another one", by.third.description)
      assert.equal("reporting", by.hello_world_reporting.category)
   end)
end)

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

   it("keeps texts that look like numbers as they stand", function ()
      local by = instances(ENTRY
         .. "    branch: 1.10\n    version: 2.0\n    override: { 1.50: {} }\n")
      assert.same({ "1.10", "2.0" }, { by.hello.branch, by.hello.version })
      assert.truthy(by["1.50"])
   end)

   it("changes nothing by an override of nothing, and empties lists", function ()
      local by = instances(ENTRY .. [[
    override:
      hello: { options: {}, channels: { input: {} } }
      other: { options: { deep: {} }, channels: { publish: [] } }
]])
      assert.same({ depth = 1, deep = { a = 1, b = 2 } }, by.hello.options)
      assert.same({ "a.pcap" }, by.hello.channels.input.files)
      assert.same({ depth = 1, deep = { a = 1, b = 2 } }, by.other.options)
      assert.same({ input = { files = { "a.pcap" } }, publish = {} }, by.other.channels)
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

   it("names secrets, and shows them nowhere", function ()
      local home = os.getenv "HOME"
      for _, text in ipairs {
         "channels: { transport: '${HOME}' }", "keep: 'x${HOME}'", "size: '${HOME}'",
         ENTRY .. "    log: { level: '${HOME}' }",
         ENTRY .. "  - { id: '${HOME}', source: x }",
         "categories: [{ name: a }]\n" .. ENTRY:gsub("feature", "'${HOME}'"),
      } do
         local said = wrong(text .. "\n")
         assert.truthy(said:find("${HOME}", 1, true), said)
         assert.falsy(said:find(home, 1, true), said)
      end
   end)

   it("says where text cannot be meant as it stands", function ()
      for text, want in pairs {
         ["keep: 1d\nsize: 1G\nkeep: 2d\n"] = "3:1: 'keep' stands here a second time; the first is "
            .. "in line 1",
         ["inputs:\n\tfiles: a\n"] = "2:1: a tab: YAML is indented with blanks",
         ["channels: { most: 012 }\n"] = "1:19: 012 can be read in two ways: write 12 for the "
            .. "number, or '012' for the text",
         ["keep: 7 days\n"] = "1:1: '7 days' is no span, such as 90s, 12h or 7d",
         ["size: much\n"] = "1:1: 'much' is no size, such as 10M or 2G",
         [ENTRY .. "    log: { size: 10X }\n"] = "7:12: '10X' is no size, such as 10M or 2G",
         [ENTRY .. "    override: hello\n"] = "7:15: 'override' is a map by id, or a list of what "
            .. "is changed",
      } do
         assert.equal("weir.yaml:" .. want, wrong(text))
      end
   end)

   it("lets no id and no category lead out of its folder", function ()
      for _, bad in ipairs { "../x", "a/b", "..", ".hidden", "''", "a b", ("x"):rep(101) } do
         assert.truthy(wrong(("extensions:\n  - id: %s\n    source: x\n"):format(bad))
            :find "^weir.yaml:2:5: id '.*': it is made of letters, digits")
         assert.truthy(wrong(ENTRY .. ("    override: { hello: { category: %s } }\n"):format(bad))
            :find "^weir.yaml:7:26: category '.*': it is made of letters")
         assert.truthy(wrong(ENTRY .. ("    override: { %s: {} }\n"):format(bad))
            :find "^weir.yaml:%d:%d+: id '.*': it is made of letters")
      end
   end)

   it("wonders about an override for an id that is nearly another", function ()
      local value = config.parse(ENTRY .. "    override: { helo: {}, second: {} }\n", "weir.yaml")
      assert.same({ "weir.yaml:7:23: 'helo' is an instance of its own beside 'hello': did you mean "
         .. "'hello'?" }, value.warnings)
   end)

   it("remembers where an instance says something", function ()
      local value = config.parse(ENTRY .. "    override: { two: { options: { depth: 2 } } }\n", "y")
      assert.equal("y:7:35: ", config.where(value, "y", "two", "options", "depth"))
      assert.equal("y:5:26: ", config.where(value, "y", "two", "options", "deep"))
      assert.equal("y:5:16: ", config.where(value, "y", "hello", "options", "depth"))
      assert.equal("y:6:34: ", config.where(value, "y", "two", "channels", "input", "files", 1))
      assert.equal("y:7:24: ", config.where(value, "y", "two", "options", "other"))
      assert.equal("y:1:1: ", config.where(value, "y", nil, "inputs", "files"))
   end)
end)

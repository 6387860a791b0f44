-- JSON: written, read, and what the web sends for it.

local host = require "weir.host"
local json = require "weir.json"

local function again(text, options)
   local value, why = json.read(text, options)
   return value == nil and why or json.encode(value)
end

describe("json.read", function ()
   it("reads JSON", function ()
      assert.equal('{"a":[1,true,"x\\"y"],"b":{}}', again '{"b": {}, "a": [1, true, "x\\"y"]}')
      for text, value in pairs { ['"x"'] = "x", ["12"] = 12, ["true"] = true, ["-1.5"] = -1.5 } do
         assert.equal(value, json.read(text))
      end
   end)

   it("passes over what guards it, comments, and what follows", function ()
      for _, text in ipairs {
         ")]}'\n{\"a\":[1]}", "while(1);{\"a\":[1]}", "for (;;);{\"a\":[1]}",
         "callback({\"a\":[1]});", "/* c */ {\"a\": // d\n [1]}", "{\"a\":[1,],}",
         "\239\187\191{\"a\":[1]} trailing {", "var data = {\"a\":[1]};",
         "{\"a\":[1]}{\"b\":2}", "{\"a\":[1 , ] }",
      } do
         assert.equal('{"a":[1]}', again(text), text)
      end
   end)

   it("takes escapes of JavaScript, and repairs what is no character", function ()
      assert.equal("A'\n\t/", json.read [["\x41\'
	\/"]])
      assert.equal("😀\239\191\189\239\191\189x", json.read [["\ud83d\ude00\ud83d\udc0x"]]
         :gsub("\\udc0", "\239\191\189"))
      assert.equal("\\uZZ", json.read [["\uZZ"]])
   end)

   it("refuses what is no JSON, and what ends early", function ()
      for _, text in ipairs {
         "", "<html><script>x = {}", '{"a":1', "[1 2]", '{"a"}', "[1}", "]", '"x',
         '{"a":"\\', "nope", "[1,,2]", "\0", "/*",
      } do
         local value, why = json.read(text)
         assert.is_nil(value)
         assert.equal("string", type(why))
      end
   end)

   it("is bounded in depth, values and bytes", function ()
      assert.truthy(again(("["):rep(1e6)):find "inside each other")
      assert.truthy(again("[" .. ("[],"):rep(6e5) .. "1]"):find "1000000 values")
      assert.truthy(again("[1,2,3]", { values = 2 }):find "2 values")
      assert.truthy(again("[[1]]", { depth = 1 }):find "inside")
      assert.truthy(again("[1,2,3]", { bytes = 5 }):find "5 bytes")
   end)

   it("takes a time that is linear in its size", function ()
      local units = {
         "[", "{", '"', "\\", "/*", "//", "[],", " ", '"\\u', '{"a":', "1", "/", ",",
      }
      for _, unit in ipairs(units) do
         for _, head in ipairs { "", "[", '"', '["' } do
            local began = host.cpu()
            json.read(head .. unit:rep(1e6 / #unit))
            assert(host.cpu() - began < 1, head .. unit)
         end
      end
   end)
end)

describe("json.encode", function ()
   it("writes numbers with the digits that they have", function ()
      for _, value in ipairs { 0.1, 1 / 3, 2 / 3, 9.95, 2 ^ 53 + 2, 2 ^ 60, 1e300, -0.25 } do
         assert.equal(value, tonumber(json.encode(value)))
      end
      assert.equal("[0.1,0.3333333333333333,1767225600.123456,1767225600.002,9007199254740991]",
         json.encode { 0.1, 1 / 3, 1767225600.123456, 1767225600002e6 / 1e9, 2 ^ 53 - 1 })
   end)

   it("writes no more digits than are wanted", function ()
      assert.equal("[0.333,0.1,12345]", json.encode({ 1 / 3, 0.1, 12345 }, 3))
      assert.equal('{"a":0.33,"b":[0.67]}', json.record({ { "a", 1 / 3 }, { "b", { 2 / 3 } } }, 2))
      assert.equal("0.6666666666666666", json.encode(2 / 3))
   end)
end)

describe("json.at", function ()
   local value = json.read '{"a":{"b":[{"c":5},{"c":"x"}]},"x.y":{"z":1},"n":null,"f":false}'

   it("finds a value by its path", function ()
      assert.equal(5, json.at(value, "a.b[0].c"))
      assert.equal("x", json.at(value, "a.b[-1].c"))
      assert.equal(1, json.at(value, '["x.y"].z'))
      assert.equal(false, json.at(value, "f"))
      assert.equal(2, json.at({ { 1, 2 } }, "[0][1]"))
   end)

   it("finds nothing where there is none, or null", function ()
      for _, path in ipairs { "b", "a.b[2].c", "a.b[0].c.d", "n", "n.x", "a[0]", "a.b[-3]" } do
         assert.is_nil(json.at(value, path))
      end
      assert.is_nil(json.at(nil, "a"))
   end)

   it("takes no path that is none", function ()
      for _, path in ipairs { "a..b", "a[", "a[x]", ".", "a.", "[1]x" } do
         assert.is_false(pcall(json.at, value, path))
      end
      assert.is_false(pcall(json.at, value))
   end)
end)

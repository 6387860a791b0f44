-- YAML with its places.

local yaml = require "weir.yaml"

-- A node as plain values.
local function plain(node)
   if node.kind == "scalar" then return node.value end
   local all = {}
   for i, item in ipairs(node.items or {}) do all[i] = plain(item) end
   for _, entry in ipairs(node.entries or {}) do all[entry.name] = plain(entry.node) end
   return all
end

local function read(text) return plain(assert(yaml.read(text, "x.yaml"))) end

local function wrong(text)
   local root, why = yaml.read(text, "x.yaml")
   assert.is_nil(root)
   return why
end

describe("YAML", function ()
   it("reads maps, lists and scalars as YAML 1.2 has them", function ()
      assert.same({ a = 1, b = { "x", "y", 2.5, -3, 1e3 }, c = { d = true, e = "yes", f = "off" } },
         read "a: 1\nb: [x, 'y', 2.5, -3, 1e3]\nc: {d: true, e: yes, f: off}\n")
      assert.same({ a = "012", b = "1_000", c = 16, d = 15, e = "0xg", f = "-0x1" },
         read "a: '012'\nb: 1_000\nc: 0x10\nd: 0o17\ne: 0xg\nf: -0x1\n")
      assert.same({ ["1.10"] = 1.1, ["1.1"] = 2 }, read "1.10: 1.10\n1.1: 2\n")
      assert.same({ text = "two\nlines\n" }, read "text: |\n  two\n  lines\n")
      assert.same({}, read "")
      assert.same({}, read "a: ~\nb: null\nc:\n")
   end)

   it("knows where things stand", function ()
      local root = assert(yaml.read("a:\n  - b: 1\n    c: 2\n", "x.yaml"))
      local item = root.by.a.node.items[1]
      assert.same({ 2, 5 }, { item.line, item.column })
      assert.same({ 3, 8 }, { item.by.c.node.line, item.by.c.node.column })
   end)

   it("follows aliases", function ()
      assert.same({ a = { x = 1 }, b = { x = 1 } }, read "a: &n {x: 1}\nb: *n\n")
      assert.equal("x.yaml:1:4: '*n' stands for nothing before it", wrong "a: *n\n")
      assert.truthy(wrong "a: &n [*n]\n")
   end)

   it("says what is wrong, and where", function ()
      assert.equal("x.yaml:3:1: 'a' stands here a second time; the first is in line 1",
         wrong "a: 1\nb: 2\na: 3\n")
      assert.equal("x.yaml:2:1: a tab: YAML is indented with blanks", wrong "a:\n\tb: 1\n")
      assert.equal("x.yaml:1:4: 012 can be read in two ways: write 12 for the number, "
         .. "or '012' for the text", wrong "a: 012\n")
      assert.truthy(wrong "a: [1, 2\n":find "^x.yaml:%d+:%d+: this is no YAML: ")
      assert.truthy(wrong "? [a]\n: b\n":find "a key is a word")
      assert.equal("x.yaml:2:4: \\xFF is no character of a YAML, which is UTF-8",
         wrong "a: \195\188\nb: \255\n")
      assert.equal("x.yaml:1:5: \\x01 is no character of a YAML, which is UTF-8", wrong "a: b\1\n")
      assert.truthy(wrong "a: 1\n---\nb: 2\n":find "^x.yaml:2:1: a second document")
   end)

   it("is not led to depths and heights", function ()
      assert.truthy(wrong(("["):rep(200)):find "deep")
      local laughs = { "a0: &a0 [x]" }
      for i = 1, 40 do
         laughs[#laughs + 1] = ("a%d: &a%d [*a%d, *a%d]"):format(i, i, i - 1, i - 1)
      end
      assert.truthy(yaml.read(table.concat(laughs, "\n"), "x.yaml"))
      assert.truthy(wrong("[" .. ("1,"):rep(200000) .. "]"):find "more than 100000 values")
   end)
end)

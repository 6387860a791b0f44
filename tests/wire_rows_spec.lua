-- Rows as texts, and back: the same row, or a clear word why not.

local ffi  = require "ffi"
local try  = require "try"
local wire = require "weir.channel.wire"

-- The row, sent and received.
local function sent(row) return assert(wire.read(assert(wire.write(row)))) end

describe("a row that travels", function ()
   it("comes back as it was", function ()
      for _, row in ipairs {
         { row_id = "1" }, { row_id = "", a = true, b = false, c = {}, d = { {}, { x = {} } } },
         { row_id = "1", list = { 1, 2.5, "x", { y = 1 } } },
         { row_id = "1", map = { ["a b"] = 1, [""] = 2, ['"\\/'] = 3 } },
         { row_id = "1", text = '"\\/\0\1\127\n\r\t caf\195\169 \240\159\152\128' },
         { row_id = "1", ["na\nme"] = "x" },
      } do assert.same(row, sent(row)) end
   end)

   it("has its numbers exactly", function ()
      for _, n in ipairs { 0, -1, 0.1, 1 / 3, 1e308, 5e-324, 2 ^ 53, -2 ^ 53 + 1, 2 ^ 63, 1e15,
         1700000000.123456, 123456789012345 } do assert.equal(n, sent { row_id = "1", n = n }.n) end
      assert.equal('{"n":9007199254740991}', (wire.write { n = 2 ^ 53 - 1 }))
   end)

   it("has bytes that are no text in base64, and mistakes nothing for them", function ()
      assert.equal('{"name_b64":"Y2Fm6Q=="}', (wire.write { name = "caf\233" }))
      assert.equal('{"l":["x",{"b64":"/w=="}]}', (wire.write { l = { "x", "\255" } }))
      for _, row in ipairs {
         { row_id = "\255\0" }, { row_id = "1", m = { k = "\128\128" } },
         { row_id = "1", l = { "\254", "x", { "\255" } } },
         { row_id = "1", b64 = "x", x_b64 = "AAAA", l = { { b64 = "AAAA" }, { b64 = "\255" } } },
         { row_id = "1", a_b64 = 1, x = "AAAA", x_b64_b64 = "b", l_b64 = { "\255" } },
         { row_id = "1", ["_b64"] = "" },
      } do assert.same(row, sent(row)) end
   end)

   it("is the same for rows of any values", function ()
      local random = try.random(7)
      local function text()
         local bytes = {}
         for i = 1, random(12) do bytes[i] = string.char(random(256)) end
         return table.concat(bytes)
      end
      local function value(depth)
         local what = random(depth > 3 and 4 or 6)
         if what == 0 then return text() end
         if what == 1 then return (random(2000001) - 1000000) * 2 ^ (random(200) - 100) end
         if what == 2 then return random(2) == 0 end
         if what == 3 then return ("x"):rep(random(5)) end
         local made = {}
         for i = 1, random(5) do
            made[what == 4 and i or ("k%d%s"):format(i, random(3) == 0 and "_b64" or "")] =
               value(depth + 1)
         end
         return made
      end
      for i = 1, 2000 do
         local row = { row_id = tostring(i), a = value(1), b = value(1), c_b64 = value(1) }
         assert.same(row, sent(row))
      end
   end)

   it("says which field cannot", function ()
      local round = {}
      round.x = round
      for said, value in pairs {
         ["field x is a function"] = print, ["field x is a cdata"] = ffi.new "int64_t",
         ["field x is not a finite number"] = 0 / 0, ["too many tables"] = round,
         ["neither 1, 2, 3"] = { [3] = 1 }, ["field x has keys"] = { 1, 2, a = 1 },
         ["key that is not UTF-8"] = { ["\255"] = 1 }, ["is a userdata"] = io.stdout,
         ["more than 16777216 bytes"] = ("x"):rep(2 ^ 24),
      } do
         local made, why = wire.write { row_id = "1", x = value }
         assert.is_nil(made)
         assert.truthy(why:find(said, 1, true), why)
      end
   end)

   it("is no row when a stranger's text is none", function ()
      for _, text in ipairs {
         "", "x", "1", "[]", "{}", '{"row_id":1}', '{"row_id":NaN}', '{"row_id":"1"',
         '{"row_id":"1","x":0x10}',
         '{"row_id":"1","x_b64":"%"}', '{"row_id":"1","l":[{"b64":"%"}]}', '{"row_id":"1"} {}',
         '{"row_id":"1","x":' .. ("["):rep(100) .. ("]"):rep(100) .. "}",
      } do
         local row, why = wire.read(text)
         assert(row == nil and type(why) == "string", text)
      end
   end)
end)

-- Columns in the core's memory: sorting, picking, dictionaries, the bound of all of them.

local columns = require "weir.columns"
local try     = require "try"

local function array(store, values)
   local made = columns.array(store, #values)
   for i, value in ipairs(values) do made[i - 1] = value end
   return made
end

local function order(keys, count)
   local rows = columns.array("id", count)
   for i = 0, count - 1 do rows[i] = i end
   columns.sort(rows, count, keys)
   local list = {}
   for i = 0, count - 1 do list[i + 1] = rows[i] end
   return table.concat(list, " ")
end

describe("columns", function ()
   it("are sorted as values are, what is absent first and ties as they stand", function ()
      local numbers = array("number", { 3, -1, 0 / 0, 0, -0.0, 1e300, -1e300, 3, 1 / 0, 5e-324 })
      assert.equal("2 6 1 3 4 9 0 7 5 8", order({ { numbers, "number" } }, 10))
      assert.equal("8 5 0 7 9 3 4 1 6 2", order({ { numbers, "number", true } }, 10))
      local times = array("time", { 5LL, columns.NEVER, -7LL, 2LL ^ 62 + 1, 2LL ^ 62 })
      assert.equal("1 2 0 4 3", order({ { times, "time" } }, 5))
      local ids = array("id", { 2, 1, 2, 0, 1 })
      assert.equal("3 1 4 0 2", order({ { ids, "id" } }, 5))
      assert.equal("3 1 4 2 0", order({ { ids, "id" }, { times, "time" } }, 5))
      assert.equal("3 4 1 0 2", order({ { ids, "id" }, { times, "time", true } }, 5))
   end)

   it("are sorted as Lua sorts", function ()
      local random, a, b = try.random(4), {}, {}
      for i = 1, 5000 do a[i], b[i] = random(50) - 25, random(1000) / 7 end
      local wanted = {}
      for i = 1, 5000 do wanted[i] = i - 1 end
      table.sort(wanted, function (i, k)
         if a[i + 1] ~= a[k + 1] then return a[i + 1] > a[k + 1] end
         if b[i + 1] ~= b[k + 1] then return b[i + 1] < b[k + 1] end
         return i < k
      end)
      assert.equal(table.concat(wanted, " "), order({ { array("number", a), "number", true },
         { array("number", b), "number" } }, 5000))
   end)

   it("give the values of rows, and nothing for no row", function ()
      local rows = array("id", { 2, columns.NO_ROW, 0 })
      local found = columns.gather(array("number", { 1, 2, 3 }), "number", rows, 3)
      assert.equal(3, found[0])
      assert(found[1] ~= found[1])
      assert.equal(1, found[2])
      assert(columns.gather(array("time", { 1LL, 2LL, 3LL }), "time", rows, 3)[1]
         == columns.NEVER)
      assert.equal(0, columns.gather(array("id", { 1, 2, 3 }), "id", rows, 3)[1])
   end)

   it("grow, keep what they have, and give their memory back", function ()
      collectgarbage()
      collectgarbage()
      local before = columns.held()
      local made = columns.grown(array("number", { 1, 2, 3 }), "number", 100000)
      assert.equal(3, made[2])
      assert.equal(0, made[99999])
      assert.equal(before + 800000, columns.held())
      made = nil
      collectgarbage()
      collectgarbage()
      assert.equal(before, columns.held(), tostring(made))
   end)

   it("read whole numbers exactly", function ()
      assert(columns.int64 "9223372036854775807" == 0x7fffffffffffffffLL)
      assert(columns.int64 "-1" == -1LL)
   end)
end)

describe("a dictionary", function ()
   it("has each text once, whatever is in it", function ()
      local words, texts = columns.dictionary(), { "", "a", "a\0b", "a\0", ("x"):rep(5000) }
      for i, text in ipairs(texts) do assert.equal(i, words:add(text)) end
      for i, text in ipairs(texts) do
         assert.equal(i, words:add(text))
         assert.equal(i, words:find(text))
         assert.equal(text, words:text(i))
      end
      assert.equal(0, words:find "b")
      assert.is_nil(words:text(0))
   end)

   it("finds each of very many", function ()
      local words = columns.dictionary()
      for i = 1, 100000 do assert(words:add("name" .. i) == i) end
      for i = 1, 100000, 77 do assert.equal(i, words:find("name" .. i)) end
      assert.equal(100000, words:count())
   end)

   it("orders them by their bytes", function ()
      local words = columns.dictionary()
      for _, text in ipairs { "b", "a\255", "", "a", "a\0", "é" } do words:add(text) end
      local ranks, list = words:ranks(), {}
      for id = 0, 6 do list[id + 1] = ranks[id] end
      assert.same({ 0, 5, 4, 1, 2, 3, 6 }, list)
   end)

   it("numbers values and pairs, absent ones 0", function ()
      local words = columns.dictionary()
      local ids = words:ids(array("number", { 5, 0 / 0, 5, -0.0, 0 }), "number", nil, 5)
      assert.same({ 1, 0, 1, 2, 2 }, { ids[0], ids[1], ids[2], ids[3], ids[4] })
      local pairs_of = columns.dictionary()
      pairs_of:pair(ids, array("id", { 1, 1, 1, 0, 1 }), 5)
      assert.same({ 1, 2, 1, 3, 4 }, { ids[0], ids[1], ids[2], ids[3], ids[4] })
   end)
end)

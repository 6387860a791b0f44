-- Numbers as the program writes them: the shortest text that reads back as the same double.

local ffi    = require "ffi"
local output = require "weir.output"
local plan   = require "weir.plan"
local schema = require "weir.schema"
local try    = require "try"

-- The texts of an array of numbers: written as members of flows that nobody measured.
local function texts(numbers)
   local flows = ffi.new("struct weir_flow[?]", #numbers)
   for i, number in ipairs(numbers) do flows[i - 1].flow_id = number end
   local batch = ffi.new "struct weir_batch"
   batch.flows = flows
   local at, path = schema.of "flow".names.flow_id.at, try.path()
   local fields = { { kind = "flow", name = "number", as = "number", at = at } }
   local out = assert(output.open(path))
   assert(out:records(plan.new(fields, { shape = "separated" }), batch, 0, #numbers))
   assert(out:close())
   return try.lines(try.contents(path, true))
end

-- How many digits a text has before its exponent, without zeros at its ends.
local function digits(text)
   return #text:gsub("e.*", ""):gsub("%D", ""):gsub("^0+", ""):gsub("0+$", "")
end

-- How many digits printf needs to tell it from its neighbours.
local function needed(number)
   for count = 1, 17 do
      if tonumber(("%%.%de"):format(count - 1):format(number)) == number then return count end
   end
end

local function check(make)
   local numbers = {}
   for i = 1, 3000 do numbers[i] = make(i) end
   for i, text in ipairs(texts(numbers)) do
      assert(tonumber(text) == numbers[i], ("%.17g is written %s"):format(numbers[i], text))
      assert(digits(text) <= needed(numbers[i]), ("%.17g is long: %s"):format(numbers[i], text))
   end
end

describe("a number is written", function ()
   local random = math.random

   it("as people write it", function ()
      for text, number in pairs {
         ["0"] = 0, ["7"] = 7, ["-7"] = -7, ["1234567890123"] = 1234567890123, ["0.1"] = 0.1,
         ["9007199254740991"] = 2 ^ 53 - 1, ["1e+22"] = 1e22, ["37795.5"] = 37795.5,
         ["0.30000000000000004"] = 0.1 + 0.2, ["0.0001"] = 0.0001, ["1.25e-05"] = 0.0000125,
         ["333.3333333333333"] = 1000 / 3, ["-0.5"] = -0.5, ["1e-09"] = 1e-9, ["1e-300"] = 1e-300,
         ["4503599627370495.5"] = 2 ^ 52 - 0.5, ["0.015625"] = 2 ^ -6,
      } do
         assert.equal(text, texts { number }[1])
      end
   end)

   it("so that it reads back, and no longer than that takes: means", function ()
      check(function () return random(1000000) / random(5000) end)
   end)

   it("and decimals", function ()
      check(function (i) return random(100000000) / 10 ^ (i % 10) end)
   end)

   it("and numbers of every size", function ()
      check(function (i) return (1 + random()) * 2 ^ (i % 1000 - 500) end)
   end)

   it("and powers of two, whose neighbours are not equally far, and those", function ()
      check(function (i) return 2 ^ (i % 100 - 45) * (1 + (i % 3 - 1) * 2 ^ -52) end)
   end)

   it("and whole numbers of any count of digits", function ()
      check(function (i) return math.floor(10 ^ (i % 16)) - i % 2 + random(9) end)
   end)
end)

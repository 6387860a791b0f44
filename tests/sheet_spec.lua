-- Tables as a terminal gets them.

local sheet = require "weir.sheet"
local text  = require "weir.text"

-- A sheet that writes into the array it returns with.
local function open(options)
   local out = {}
   options.write = function (s) out[#out + 1] = s end
   return sheet.new(options), out
end

-- What a sheet of `options` shows of `rows`.
local function show(options, rows)
   local s, out = open(options)
   for _, row in ipairs(rows) do s:row(row) end
   s:finish()
   return table.concat(out)
end

local function columns()
   return { { name = "host", shrink = 1 }, { name = "n", align = "right" } }
end

describe("a sheet", function ()
   it("is a header and aligned rows, two spaces apart, without trailing spaces", function ()
      assert.equal("host            n\nexample.org     5\na            1234\n\n",
         show({ columns = columns() }, { { "example.org", 5 }, { "a", 1234 }, {} }))
   end)

   it("is its header when there are no rows", function ()
      assert.equal("host  n\n", show({ columns = columns() }, {}))
   end)

   it("shows whole numbers in full, and any other value as Lua does", function ()
      local list = { { name = "v" } }
      assert.equal("v\n123456789012345\n0.5\ntrue\n\n",
         show({ columns = list }, { { 123456789012345 }, { 0.5 }, { true }, { nil } }))
   end)

   it("cannot be used to drive the terminal", function ()
      assert.equal("host                  n\n\\x1B]0;x\\x07\\x0Aevil  1\n" ..
         "\\xFFbyte              2\n",
         show({ columns = columns() }, { { "\27]0;x\7\nevil", 1 }, { "\255byte", 2 } }))
      assert.equal("\\x1B[1m\n", show({ columns = { { name = "\27[1m" } } }, {}))
   end)

   it("aligns by what a character covers, not by its bytes", function ()
      assert.equal("host    n\nBücher  1\n日本    2\n",
         show({ columns = columns() }, { { "Bücher", 1 }, { "日本", 2 } }))
   end)

   it("shrinks the columns that may, and marks what is cut", function ()
      local rows = { { "a.very.long.example.org", 12345 } }
      assert.equal("host          n\na.very.…  12345\n",
         show({ columns = columns(), width = 15 }, rows))
      assert.equal("host          n\na.very.~  12345\n",
         show({ columns = columns(), width = 15, ascii = true }, rows))
   end)

   it("shrinks by weight, the widest first", function ()
      local list = { { name = "a", shrink = 1 }, { name = "b", shrink = 2 }, { name = "c" } }
      local row = { ("a"):rep(20), ("b"):rep(20), ("c"):rep(6) }
      local out = show({ columns = list, width = 34 }, { row })
      assert.equal(("a"):rep(15) .. "…  " .. ("b"):rep(7) .. "…  cccccc", out:match "\n(.-)\n")
   end)

   it("leaves out what can be spared, highest first, and narrows no more than needed", function ()
      local function out(width)
         local list = {
            { name = "id", spare = 1 }, { name = "host", shrink = 1, min = 9 },
            { name = "ended", spare = 2 }, { name = "n" },
         }
         return show({ columns = list, width = width }, { { 1, "example.org", "idle", 7 } })
      end
      assert.equal("id  host         ended  n\n1   example.org  idle   7\n", out(25))
      assert.equal("id  host       ended  n\n1   example.…  idle   7\n", out(23))
      assert.equal("id  host         n\n1   example.org  7\n", out(22))
      assert.equal("host       n\nexample.…  7\n", out(12))
      assert.equal("host       n\nexample.…  7\n", out(5))
   end)

   it("cuts names but no cells where cells must not be cut", function ()
      local function out(cell)
         local list = { { name = "a.long.name", min = "cells", shrink = 1, align = "right" } }
         return show({ columns = list, width = 2 }, { { cell } })
      end
      assert.equal("a.long.…\n    1234\n", out(1234))
      assert.equal("a.long.n…\n123456789\n", out(123456789))
   end)

   it("cuts the middle where the end matters", function ()
      local list = { { name = "to", shrink = 1, cut = "middle" } }
      assert.equal("to\n192.16…4:443\n",
         show({ columns = list, width = 12 }, { { "192.168.178.24:443" } }))
   end)

   it("leaves no column out when nothing can shrink further", function ()
      assert.equal("host      n\nexa…  12345\n",
         show({ columns = columns(), width = 5 }, { { "example", 12345 } }))
   end)

   it("keeps a fixed width", function ()
      local list = { { name = "time", width = 3, shrink = 9 }, { name = "x" } }
      assert.equal("ti…  x\n12…  y\n1    z\n",
         show({ columns = list }, { { 1234, "y" }, { 1, "z" } }))
   end)

   it("holds rows back to choose widths, then streams", function ()
      local s, out = open { columns = columns(), width = 80 }
      for i = 1, 199 do s:row { "host" .. i, i } end
      assert.equal(0, #out)
      s:row { "host200", 200 }
      assert.equal(1, #out)
      s:row { "a.longer.host", 1 }
      assert.equal("a.long…    1\n", out[2])
      s:finish()
      assert.equal(2, #out)
   end)

   it("lets later cells of the last column use the rest of the line", function ()
      local s, out = open { columns = { { name = "n" }, { name = "host" } }, width = 12 }
      s:flush()
      s:row { 1, "a" }
      s:flush()
      s:row { 2, "example.or" }
      s:row { 3, "example.org" }
      assert.same({ "n  host\n1  a\n", "2  example.…\n", "3  example.…\n" }, out)
   end)

   it("cuts nothing when there is no width to keep", function ()
      local s, out = open { columns = columns() }
      s:row { "a", 1 }
      s:flush()
      s:row { "example.org", 123 }
      assert.equal("example.org  123\n", out[2])
   end)

   it("remembers what a cell was, not the table it came in", function ()
      local s, out = open { columns = columns() }
      local row = { "a", 1 }
      s:row(row)
      row[1] = "b"
      s:row(row)
      s:finish()
      assert.equal("host  n\na     1\nb     1\n", out[1])
   end)

   it("colours when asked: header bold, cells by name or by function", function ()
      local list = {
         { name = "a", colour = "dim" },
         { name = "b", colour = function (value, row) return value > row[1] and "red" or nil end },
      }
      assert.equal("\27[1ma\27[0m  \27[1mb\27[0m\n" ..
         "\27[2m1\27[0m  \27[31m2\27[0m\n\27[2m1\27[0m  0\n",
         show({ columns = list, colour = true }, { { 1, 2 }, { 1, 0 } }))
      assert.equal("a  b\n1  2\n", show({ columns = list }, { { 1, 2 } }))
   end)

   it("refuses a colour that does not exist", function ()
      local s = open { columns = { { name = "a", colour = "gren" } }, colour = true }
      assert.has_error(function () s:row { 1 } end, "no colour 'gren'")
   end)

   it("is quick with cells of a million spaces", function ()
      assert.equal("v\nx…\n", show({ columns = { { name = "v", shrink = 1 } }, width = 2 },
         { { "x" .. (" "):rep(1e6) .. "y" } }))
   end)
end)

describe("sheet.bar", function ()
   it("measures in eighths", function ()
      assert.equal("██████████", sheet.bar(1, 10))
      assert.equal("█████", sheet.bar(0.5, 10))
      assert.equal("█▌", sheet.bar(0.15, 10))
      assert.equal("", sheet.bar(0, 10))
   end)

   it("shows what is more than nothing, and stays in its width", function ()
      assert.equal("▏", sheet.bar(1e-9, 10))
      assert.equal("██", sheet.bar(7, 2))
      assert.equal("", sheet.bar(-1, 2))
      for i = 0, 100 do assert(text.width(sheet.bar(i / 100, 7)) <= 7) end
   end)
end)

describe("sheet.bars", function ()
   it("are as high as their share of the highest; what is more than nothing shows", function ()
      assert.equal("▁▄█ ▁", sheet.bars { 1, 8, 16, 0, 1e-9 })
      assert.equal("  ", sheet.bars { 0, 0 })
      assert.equal("", sheet.bars {})
   end)
end)

describe("sheet.size", function ()
   it("is three digits and a unit", function ()
      local want = {
         [0] = "0 B", [1] = "1 B", [999] = "999 B", [1000] = "1 kB", [1900] = "1.9 kB",
         [999499] = "999 kB", [999500] = "1 MB", [2.01e9] = "2.01 GB", [12.34e12] = "12.3 TB",
         [5e21] = "5000 EB",
      }
      for bytes, said in pairs(want) do assert.equal(said, sheet.size(bytes)) end
   end)
end)

describe("sheet.count", function ()
   it("groups digits by three", function ()
      local want = {
         [0] = "0", [999] = "999", [1000] = "1 000", [123456] = "123 456", [5681828] = "5 681 828",
         [-123] = "-123", [-123456] = "-123 456", [2 ^ 53] = "9 007 199 254 740 992",
      }
      for n, said in pairs(want) do assert.equal(said, sheet.count(n)) end
   end)
end)

describe("sheet.duration", function ()
   it("takes the two units that matter", function ()
      local want = {
         [0] = "0 s", [4e-9] = "4 ns", [350e-6] = "350 µs", [0.012] = "12 ms", [0.99996] = "1 s",
         [1.2] = "1.2 s", [59.9] = "59.9 s", [59.97] = "1 min", [60] = "1 min",
         [200] = "3 min 20 s", [3599.6] = "1 h", [7800] = "2 h 10 min", [84700] = "23 h 32 min",
         [86399] = "1 d", [273600] = "3 d 4 h", [-1.5] = "-1.5 s",
      }
      for seconds, said in pairs(want) do assert.equal(said, sheet.duration(seconds)) end
   end)
end)

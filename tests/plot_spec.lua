-- Plots of views: which one is made of which columns, its axes, and that no name is markup.

local scale   = require "weir.view.plot.scale"
local try     = require "try"
local viewing = require "viewing"
local weir    = require "weir"

local NAMES = { { name = "name", class = "text" }, { name = "bytes", class = "number" } }
local TIMES = {
   { name = "start", class = "time" }, { name = "bytes", class = "number" },
   { name = "proto", class = "text" },
}

local function second(n) return 1767225600000000000LL + n * 1000000000LL end

local function labels(axis)
   local list = {}
   for i, tick in ipairs(axis.ticks) do list[i] = tick.label end
   return table.concat(list, " | ")
end

describe("an axis", function ()
   it("has round numbers with their units", function ()
      assert.equal("0 | 500 B | 1 kB | 1.5 kB | 2 kB",
         labels(scale.new(0, 1900, { name = "bytes_toclient", class = "number" }, 4)))
      assert.equal("0 | 2 | 4 | 6", labels(scale.new(1, 6, { name = "n", class = "number" }, 4)))
      assert.equal("0 | 1 min | 2 min | 3 min",
         labels(scale.new(0, 170, { name = "d", class = "seconds" }, 4)))
      assert.equal("0 | 200 µs | 400 µs | 600 µs | 800 µs | 1 ms",
         labels(scale.new(0, 0.001, { name = "d", class = "span" }, 5)))
      assert.equal("-2 | -1 | 0 | 1", labels(scale.new(-2, 1, { name = "n", class = "number" }, 4)))
      assert.equal("0 | 200 k | 400 k | 600 k",
         labels(scale.new(0, 5.5e5, { name = "n", class = "number" }, 4)))
   end)

   it("has times as precise as they are apart", function ()
      local column = { name = "t", class = "time" }
      assert.equal("00:00 | 00:05 | 00:10", labels(scale.new(1767225600, 1767226200, column, 3)))
      assert.equal("00:00:00 | 00:00:05 | 00:00:10",
         labels(scale.new(1767225600, 1767225610, column, 3)))
      assert.equal("00:00:00.0 | 00:00:00.5 | 00:00:01.0",
         labels(scale.new(1767225600, 1767225601, column, 3)))
      assert.equal("2026-01-01 | 2026-01-08 | 2026-01-15",
         labels(scale.new(1767225600, 1767225600 + 15 * 86400, column, 3)):gsub("%-0[^|]-|", "%0"))
   end)

   it("stands one value, too", function ()
      assert.equal(1, scale.new(5, 5, { name = "n", class = "number" }, 4):place(6))
      assert.equal(0, scale.new(0, 0, { name = "n", class = "number" }, 4):place(0))
   end)
end)

describe("a plot", function ()
   it("is of bars where there are names", function ()
      local plot = viewing.memory(NAMES, { { "a", 1000 }, { "b", 500 }, { nil, 0 } }):plot()
      assert.equal("bars", plot.kind)
      assert.equal([[
bytes by name
a       ████████████████████ 1 kB
b       ██████████ 500 B
(none)   0
]], plot:text { width = 35 })
      assert.equal("bytes by name\na       #### 1 kB\nb       ## 500 B\n(none)   0\n",
         plot:text { width = 19, ascii = true })
   end)

   it("is a line over time, where absent values are passed over", function ()
      local plot = viewing.memory({ TIMES[1], TIMES[2] }, { { second(0), 0 }, { second(10), 100 },
         { second(5), 50 }, { nil, 7 }, { second(6), nil } }):plot()
      assert.equal("lines", plot.kind)
      assert.equal([[
bytes by start
100 B |            **
      |         ***
 50 B |      ***
      |  ****
    0 |**
       00:00:00  2026-01-01
]], (plot:text { width = 21, height = 5, ascii = true }:gsub(" +\n", "\n")))
      assert.truthy(plot:text():find "⠁" or plot:text():find "[\226][\160-\163]")
   end)

   it("has a line for each name, and says which are left out", function ()
      local rows = {}
      for i = 1, 8 do
         rows[#rows + 1] = { second(0), i, "p" .. i }
         rows[#rows + 1] = { second(9), i, "p" .. i }
      end
      local plot = viewing.memory(TIMES, rows):plot()
      assert.equal("p8 p7 p6 p5 p4 p3", ("%s %s %s %s %s %s"):format(plot.lines[1].name,
         plot.lines[2].name, plot.lines[3].name, plot.lines[4].name, plot.lines[5].name,
         plot.lines[6].name))
      assert.equal("2 more lines are left out", plot.note)
      assert.equal("bytes by start and proto", plot.title)
      local _, count = plot:svg():gsub("<polyline", "")
      assert.equal(6, count)
   end)

   it("is a histogram of numbers alone, which counts each once", function ()
      local rows = {}
      for i = 1, 1000 do rows[i] = { nil, i % 97 / 10 } end
      local plot = viewing.memory(NAMES, rows):select("bytes"):plot()
      assert.equal("histogram", plot.kind)
      local sum = 0
      for i, bin in ipairs(plot.bins) do
         sum = sum + bin.count
         for _, row in ipairs(rows) do
            local is_in = row[2] >= bin.low and (row[2] < bin.high or i == #plot.bins)
            if is_in then bin.count = bin.count - 1 end
         end
         assert.equal(0, bin.count)
      end
      assert.equal(1000, sum)
   end)

   it("is a sparkline when asked", function ()
      local plot = viewing.memory(NAMES, { { nil, 1 }, { nil, 4 }, { nil, 8 } }):plot {
         kind = "sparkline",
      }
      assert.equal("bytes\n▁▄█  1 B to 8 B", tostring(plot))
   end)

   it("is of nothing without an error", function ()
      for _, kind in ipairs { "bars", "lines", "histogram", "sparkline" } do
         local x = kind == "lines" and { TIMES[1], TIMES[2] } or NAMES
         local plot = viewing.memory(x, {}):plot { kind = kind }
         assert(#tostring(plot) > 3)
         assert.truthy(plot:svg():find "^<svg")
      end
   end)

   it("says what it cannot be of", function ()
      local function objection(of, options)
         local ok, why = pcall(function () of = of:plot(options) end)
         assert.is_false(ok)
         return why:gsub("^[^:]*:%d+: ", "")
      end
      local of = viewing.memory(NAMES, {})
      assert.equal("plot: there are no numbers in it", (objection(of:select "name")))
      assert.equal("plot: 'name' is no number", (objection(of, { y = "name" })))
      assert.equal("plot: bins is a whole number from 1 on, not 0", (objection(of, { bins = 0 })))
      assert.equal("plot: width is a whole number from 1 on, not x",
         (objection(of, { width = "x" })))
      assert.equal("plot: no plot 'pie': there are bars, lines, histogram and sparkline",
         (objection(of, { kind = "pie" })))
      assert.truthy(objection(weir.open "samples/web.pcap".flows):find "say what")
   end)
end)

describe("a plot as SVG", function ()
   it("is XML in which no name is markup", function ()
      local path = try.path ".svg"
      local plot = viewing.memory(NAMES, { { "<script>&'\"\27", 5 }, { "é", 2 } }):plot {
         title = "<b>", rows = 5,
      }
      assert.is_true(plot:svg(path))
      local text = try.contents(path)
      assert.is_nil(text:find("<script>", 1, true))
      assert.is_nil(text:find("<b>", 1, true))
      assert.truthy(text:find("&lt;script&gt;&amp;&#39;&quot;\\x1B", 1, true))
      if try.has "xmllint" then
         local _, err, code = try.run("xmllint --noout " .. path)
         assert.equal(0, code, err)
      end
      os.remove(path)
   end)

   it("has no more points than can be seen", function ()
      local rows = {}
      for i = 1, 20000 do rows[i] = { second(i), i % 100 } end
      local plot = viewing.memory({ TIMES[1], TIMES[2] }, rows):plot()
      local points = plot:svg():match 'points="([^"]*)"'
      local _, count = points:gsub(",", "")
      assert(count < 2000 and count > 900, count)
   end)

   it("says why it cannot be written", function ()
      local ok, why = viewing.memory(NAMES, { { "a", 1 } }):plot():svg "/nonexistent/x.svg"
      assert.is_nil(ok)
      assert.truthy(why:find "/nonexistent")
   end)
end)

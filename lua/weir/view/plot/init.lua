-- Plots of views: bars, lines, a histogram or a sparkline, in text or as SVG.
--
--    local plot = flows:group "dest_name":sum "bytes_toclient":plot()
--    print(plot)
--    plot:svg "talkers.svg"
--
-- A plot: { kind, title, note, x (a column), y (a column), bars { label, value }, lines { name,
-- points { x, y } }, bins { low, high, count }, values }.

local output = require "weir.output"
local run    = require "weir.view.run"
local scale  = require "weir.view.plot.scale"
local words  = require "weir.view.words"

local plot = {}
plot.__index = plot

local BARS = 30                           -- at most, unless told
local LINES = 6
local BINS = 20

local function fail(message, ...) error({ misuse = message:format(...) }, 0) end

local NUMBERS = { number = true, seconds = true, span = true }

local function is_number(column) return NUMBERS[column.class] end
local function is_place(column) return column.class == "time" or is_number(column) end

-- ---- what is drawn -----------------------------------------------------------------------------

local function first_of(scope, is, but)
   for i, column in ipairs(scope) do
      if is(column) and column ~= but then return column, i end
   end
end

local function named(scope, name)
   if name == nil then return nil end
   return scope[name] or fail("no field '%s' in what is plotted", tostring(name))
end

local KINDS = { bars = true, lines = true, histogram = true, sparkline = true }

local function check(options)
   for _, name in ipairs { "rows", "bins", "width", "height" } do
      local value = options[name]
      if value ~= nil and not (type(value) == "number" and value >= 1 and value % 1 == 0) then
         fail("%s is a whole number from 1 on, not %s", name, tostring(value))
      end
   end
   if options.kind and not KINDS[options.kind] then
      fail("no plot '%s': there are bars, lines, histogram and sparkline", tostring(options.kind))
   end
end

-- The columns that a plot is of, and its kind: what was said, or what the columns suggest.
local function choose(scope, options)
   check(options)
   if scope.is_record and not (options.x or options.y) then
      fail "say what: view:select(\"start\", \"bytes_toclient\"):plot(), or plot { x = …, y = … }"
   end
   local kind, x, y = options.kind, named(scope, options.x), named(scope, options.y)
   if kind ~= "histogram" and kind ~= "sparkline" then
      x = x or first_of(scope, function (c) return c.class == "time" end, y)
         or first_of(scope, function (c) return not is_place(c) end, y)
   end
   y = y or first_of(scope, is_number, x) or fail "there are no numbers in it"
   if not x and kind ~= "histogram" and kind ~= "sparkline" and kind ~= "bars" then
      local other = first_of(scope, is_number, y)
      if other and not options.y then x, y = y, other end
   end
   if not is_number(y) then fail("'%s' is no number", y.name) end
   if not kind and x and is_number(x) then return nil, x, y end
   kind = kind or not x and "histogram" or x.class == "time" and "lines" or "bars"
   if (kind == "lines" or kind == "bars") and not x then fail("%s need a second field", kind) end
   if kind == "lines" and not is_place(x) then fail("'%s' is no number and no time", x.name) end
   local by = named(scope, options.by)
   if kind == "lines" and not by then
      by = first_of(scope, function (c) return not is_place(c) end, x)
   end
   return kind, x, y, by
end

local function double(column, value)
   if value ~= nil and column.store == "time" then return tonumber(value) / 1e9 end
   return value
end

-- ---- what it shows -----------------------------------------------------------------------------

local fill = {}

function fill.bars(self, rows, options)
   self.bars = {}
   for _, row in ipairs(rows) do
      if #self.bars == (options.rows or BARS) then
         self.note = ("and %d more"):format(#rows - #self.bars)
         break
      end
      if row.y then
         local label = row.x ~= nil and tostring(words.shown(self.x, row.x)) or "(none)"
         self.bars[#self.bars + 1] = { label = label, value = row.y }
      end
   end
end

-- Lines by the name of each, those with most first; in the order of x.
function fill.lines(self, rows)
   local by_name, list = {}, {}
   for _, row in ipairs(rows) do
      local name = row.by ~= nil and tostring(row.by) or ""
      local line = by_name[name]
      if not line then
         line = { name = name, points = {}, sum = 0 }
         by_name[name], list[#list + 1] = line, line
      end
      local x = double(self.x, row.x)
      if x and row.y then
         line.points[#line.points + 1] = { x, row.y, #line.points }
         line.sum = line.sum + math.abs(row.y)
      end
   end
   for i, line in ipairs(list) do
      line.place = i
      table.sort(line.points, function (a, b)
         if a[1] ~= b[1] then return a[1] < b[1] end
         return a[3] < b[3]
      end)
   end
   table.sort(list, function (a, b)
      if a.sum ~= b.sum then return a.sum > b.sum end
      return a.place < b.place
   end)
   if #list > LINES then self.note = ("%d more lines are left out"):format(#list - LINES) end
   for i = #list, 1, -1 do
      if i > LINES or #list[i].points == 0 then table.remove(list, i) end
   end
   self.lines = list
end

function fill.sparkline(self, rows)
   self.values = {}
   for _, row in ipairs(rows) do
      if row.y then self.values[#self.values + 1] = row.y end
   end
end

function fill.histogram(self, rows, options)
   fill.sparkline(self, rows)
   local low, high = math.huge, -math.huge
   for _, value in ipairs(self.values) do
      low, high = math.min(low, value), math.max(high, value)
   end
   self.bins = {}
   if #self.values == 0 then return end
   local borders = scale.bins(low, high, options.bins or BINS)
   for i = 1, #borders - 1 do
      self.bins[i] = { low = borders[i], high = borders[i + 1], count = 0 }
   end
   local step = borders[2] - borders[1]
   for _, value in ipairs(self.values) do
      local i = math.max(1, math.min(#self.bins, math.floor((value - borders[1]) / step) + 1))
      if value < self.bins[i].low then i = i - 1 end       -- where the division was rounded up
      if i < #self.bins and value >= self.bins[i].high then i = i + 1 end
      self.bins[i].count = self.bins[i].count + 1
   end
end

local function title_of(self, by)
   if self.kind == "histogram" then return ("rows by %s"):format(self.y.name) end
   if self.kind == "sparkline" then return self.y.name end
   return ("%s by %s"):format(self.y.name, self.x.name) .. (by and " and " .. by.name or "")
end

-- The plot of a view.  options: kind, x, y, by (names of fields), title, rows (bars at most), bins;
-- for text width, height and ascii; for SVG width and height.
function plot.new(view, options)
   local self = setmetatable({ options = options }, plot)
   local by
   self.kind, self.x, self.y, by = choose(view.scope, options)
   local at, rows = {}, {}
   for i, column in ipairs(view.scope) do at[column.name] = i end
   for row in run.rows(view) do
      rows[#rows + 1] = {
         x = self.x and row[at[self.x.name]], by = by and row[at[by.name]],
         y = double(self.y, row[at[self.y.name]]),
      }
   end
   -- By numbers: a few are names of something, many are places on an axis.
   self.kind = self.kind or #rows > BARS and "lines" or "bars"
   fill[self.kind](self, rows, options)
   self.title = options.title or title_of(self, by)
   return self
end

-- ---- how it is drawn ---------------------------------------------------------------------------

-- In characters, `width` columns wide.
function plot:text(options)
   local how = setmetatable(options or {}, { __index = self.options })
   return require "weir.view.plot.text"(self, how)
end

function plot:__tostring() return (self:text():gsub("\n$", "")) end

-- As SVG: the text of it; with a path true, or nil and the reason.
function plot:svg(path)
   local drawn = require "weir.view.plot.svg"(self, self.options)
   if not path then return drawn end
   local out, why = output.open(path)
   if not out then return nil, why end
   local ok, reason = out:write(drawn)
   local closed, failed = out:close()
   if not ok then return nil, reason end
   return closed, failed
end

return plot

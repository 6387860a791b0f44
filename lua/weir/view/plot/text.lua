-- Plots in characters: bars of blocks, lines of Braille dots; without UTF-8 of # and *.

local bit   = require "bit"
local host  = require "weir.host"
local scale = require "weir.view.plot.scale"
local sheet = require "weir.sheet"
local text  = require "weir.text"

local WIDTH, HEIGHT = 72, 12

local draw = {}

-- ---- bars --------------------------------------------------------------------------------------

local function bar(fraction, width, ascii)
   if not ascii then return sheet.bar(fraction, width) end
   return ("#"):rep(math.ceil(math.max(0, math.min(1, fraction)) * width))
end

local function pad(s, width, is_right)
   local spaces = (" "):rep(math.max(0, width - text.width(s)))
   return is_right and spaces .. s or s .. spaces
end

-- Lines of { label, value, words }, as long as their share of the largest.
local function bars(list, how, is_right)
   local label_width, value_width, most = 0, 0, 0
   for _, item in ipairs(list) do
      item.label = text.cut(text.safe(item.label, how.ascii), math.floor(how.width / 2))
      label_width = math.max(label_width, text.width(item.label))
      value_width = math.max(value_width, text.width(item.words))
      most = math.max(most, item.value)
   end
   local room = math.max(4, how.width - label_width - value_width - 4)
   local lines = {}
   for i, item in ipairs(list) do
      local drawn = most > 0 and bar(item.value / most, room, how.ascii) or ""
      lines[i] = ("%s  %s %s"):format(pad(item.label, label_width, is_right), drawn, item.words)
   end
   return lines
end

function draw.bars(plot, how)
   local list = {}
   for i, item in ipairs(plot.bars) do
      list[i] = { label = item.label, value = item.value, words = scale.said(plot.y, item.value) }
   end
   return bars(list, how)
end

function draw.histogram(plot, how)
   local list = {}
   for i, bin in ipairs(plot.bins) do
      list[i] = {
         label = scale.said(plot.y, bin.low) .. (how.ascii and " - " or " – ")
            .. scale.said(plot.y, bin.high),
         value = bin.count, words = sheet.count(bin.count),
      }
   end
   return bars(list, how, true)
end

-- ---- sparklines --------------------------------------------------------------------------------

-- As many values as there is room for: each the mean of those it stands for.
local function resampled(values, most)
   if #values <= most then return values end
   local out = {}
   for i = 1, most do
      local first, last = math.floor((i - 1) * #values / most) + 1, math.floor(i * #values / most)
      local sum = 0
      for k = first, last do sum = sum + values[k] end
      out[i] = sum / (last - first + 1)
   end
   return out
end

local function spark(values, ascii)
   if not ascii then return sheet.bars(values) end
   local heights, most, out = " .:-=+*#%@", 0, {}
   for _, value in ipairs(values) do most = math.max(most, value) end
   for i, value in ipairs(values) do
      local at = value > 0 and math.ceil(value / most * 9) + 1 or 1
      out[i] = heights:sub(at, at)
   end
   return table.concat(out)
end

local function extent(values)
   local low, high = math.huge, -math.huge
   for _, value in ipairs(values) do low, high = math.min(low, value), math.max(high, value) end
   return low, high
end

function draw.sparkline(plot, how)
   if #plot.values == 0 then return { "nothing" } end
   local low, high = extent(plot.values)
   return { ("%s  %s to %s"):format(spark(resampled(plot.values, how.width - 20), how.ascii),
      scale.said(plot.y, low), scale.said(plot.y, high)) }
end

-- ---- lines -------------------------------------------------------------------------------------

local DOTS = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } }

local canvas = {}
canvas.__index = canvas

local function new_canvas(width, height, ascii)
   local self = { width = width, height = height, ascii = ascii, cells = {},
      across = ascii and 1 or 2, down = ascii and 1 or 4 }
   for y = 0, height - 1 do self.cells[y] = {} end
   return setmetatable(self, canvas)
end

-- A dot, counted from the left and from the top.
function canvas:dot(x, y)
   local row = self.cells[math.floor(y / self.down)]
   local at = math.floor(x / self.across)
   if not row or at < 0 or at >= self.width then return end
   row[at] = self.ascii and 1 or bit.bor(row[at] or 0, DOTS[x % 2 + 1][y % 4 + 1])
end

function canvas:line(x, y, to_x, to_y)
   local steps = math.max(math.abs(to_x - x), math.abs(to_y - y), 1)
   for i = 0, steps do
      self:dot(math.floor(x + (to_x - x) * i / steps + 0.5),
         math.floor(y + (to_y - y) * i / steps + 0.5))
   end
end

local function braille(bits)
   return string.char(0xe2, 0xa0 + math.floor(bits / 64), 0x80 + bits % 64)
end

function canvas:row(y)
   local out = {}
   for x = 0, self.width - 1 do
      local cell = self.cells[y][x]
      out[x + 1] = not cell and " " or self.ascii and "*" or braille(cell)
   end
   return (table.concat(out):gsub(" +$", ""))
end

-- The words under an axis, each where its tick is.
local function under(axis, indent, width)
   local out, at = (" "):rep(indent), indent
   for _, tick in ipairs(axis.ticks) do
      local label_width = text.width(tick.label)
      local from = indent + math.floor(axis:place(tick.value) * (width - 1) - label_width / 2 + 0.5)
      from = math.max(indent, math.min(from, indent + width - label_width))
      if at == indent or from > at + 1 then
         out = out .. (" "):rep(from - at) .. tick.label
         at = from + label_width
      end
   end
   return out
end

-- One line with axes.
local function chart(plot, line, how)
   local x, y = scale.extents { line }
   local ys = scale.new(y[1], y[2], plot.y, 4)
   local indent = 0
   for _, tick in ipairs(ys.ticks) do indent = math.max(indent, text.width(tick.label)) end
   local width, height = how.width - indent - 2, how.height
   local xs = scale.new(x[1], x[2], plot.x, math.max(2, math.floor(width / 14)))
   local area = new_canvas(width, height, how.ascii)
   local across, down = width * area.across - 1, height * area.down - 1
   local from
   for _, point in ipairs(line.points) do
      local to = { math.floor(xs:place(point[1]) * across + 0.5),
         math.floor((1 - ys:place(point[2])) * down + 0.5) }
      area:line(from and from[1] or to[1], from and from[2] or to[2], to[1], to[2])
      from = to
   end
   local labels = {}
   for _, tick in ipairs(ys.ticks) do
      labels[math.floor((1 - ys:place(tick.value)) * (height - 1) + 0.5)] = tick.label
   end
   local lines, mark = {}, how.ascii and "|" or "│"
   for row = 0, height - 1 do
      lines[row + 1] = pad(labels[row] or "", indent, true) .. " " .. mark .. area:row(row)
   end
   lines[#lines + 1] = under(xs, indent + 2, width) .. (xs.day and "  " .. xs.day or "")
   return lines
end

-- Several lines: a sparkline each, all over the same time.
local function several(plot, how)
   local x = scale.extents(plot.lines)
   local lines, label_width = {}, 0
   for _, line in ipairs(plot.lines) do
      line.label = text.cut(text.safe(line.name ~= "" and line.name or "(none)", how.ascii), 24)
      label_width = math.max(label_width, text.width(line.label))
   end
   local width = math.max(8, how.width - label_width - 16)
   for i, line in ipairs(plot.lines) do
      local values = {}
      for k = 1, width do values[k] = 0 end
      for _, point in ipairs(line.points) do
         local at = x[2] > x[1] and (point[1] - x[1]) / (x[2] - x[1]) * (width - 1) or 0
         values[math.floor(at) + 1] = math.max(values[math.floor(at) + 1], point[2])
      end
      local _, high = extent(values)
      lines[i] = ("%s  %s  to %s"):format(pad(line.label, label_width), spark(values, how.ascii),
         scale.said(plot.y, high))
   end
   local xs = scale.new(x[1], x[2], plot.x, math.max(2, math.floor(width / 14)))
   lines[#lines + 1] = under(xs, label_width + 2, width) .. (xs.day and "  " .. xs.day or "")
   return lines
end

function draw.lines(plot, how)
   if #plot.lines == 0 then return { "nothing" } end
   return plot.lines[2] and several(plot, how) or chart(plot, plot.lines[1], how)
end

-- The text of a plot.  how: width, height, ascii.
return function (plot, how)
   how = {
      width = how.width or math.min(host.width "stdout" or WIDTH, 100), ascii = how.ascii,
      height = how.height or HEIGHT,
   }
   local lines = draw[plot.kind](plot, how)
   table.insert(lines, 1, text.safe(plot.title, how.ascii))
   if plot.note then lines[#lines + 1] = (how.ascii and "... " or "… ") .. plot.note end
   return table.concat(lines, "\n") .. "\n"
end

-- Plots as SVG: no script, no font of its own, nothing from elsewhere; all text is escaped.

local scale = require "weir.view.plot.scale"
local sheet = require "weir.sheet"
local text  = require "weir.text"
local words = require "weir.view.words"

local WIDTH, HEIGHT = 720, 360
local TOP, RIGHT, BOTTOM = 44, 24, 34
local LETTER = 6.6                        -- pixels of one, about
local BAR, GAP = 20, 8

-- Colours that people tell apart who see few.
local COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9" }

local escape = words.escape

local pen = {}
pen.__index = pen

function pen:add(format, ...) self[#self + 1] = format:format(...) end

function pen:label(x, y, label, how)
   self:add('<text x="%.1f" y="%.1f"%s>%s</text>', x, y, how or "", escape(label))
end

local function open(width, height, title)
   local self = setmetatable({}, pen)
   self:add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"'
      .. ' font-family="system-ui, sans-serif" font-size="12" fill="#333" role="img">', width,
      height, width, height)
   self:add("<title>%s</title>", escape(title))
   self:add('<rect width="%d" height="%d" fill="#fff"/>', width, height)
   self:label(16, 22, title, ' font-size="14" font-weight="600"')
   return self
end

function pen:close(note, width, height)
   if note then
      self:label(width - 16, height - 8, "… " .. note, ' text-anchor="end" fill="#777"')
   end
   self:add "</svg>"
   return table.concat(self, "\n") .. "\n"
end

local draw = {}

-- ---- bars --------------------------------------------------------------------------------------

function draw.bars(plot, how)
   local width = how.width or WIDTH
   local height = TOP + #plot.bars * (BAR + GAP) + 20
   local labels, said, low, high, longest, widest = {}, {}, 0, 0, 0, 0
   for i, item in ipairs(plot.bars) do
      labels[i], said[i] = text.cut(item.label, 32), scale.said(plot.y, item.value)
      low, high = math.min(low, item.value), math.max(high, item.value)
      longest = math.max(longest, text.width(labels[i]))
      widest = math.max(widest, text.width(said[i]))
   end
   local left = 16 + longest * LETTER + 8
   local room = width - left - widest * LETTER - RIGHT
   local factor = high > low and room / (high - low) or 0
   local out = open(width, height, plot.title)
   for i, item in ipairs(plot.bars) do
      local y = TOP + (i - 1) * (BAR + GAP)
      local from, to = (math.min(0, item.value) - low) * factor, (math.max(0, item.value) - low)
         * factor
      out:label(left - 8, y + 15, labels[i], ' text-anchor="end"')
      if item.value ~= 0 then
         out:add('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>', left + from, y,
            math.max(1, to - from), BAR, COLOURS[1])
      end
      out:label(left + to + 6, y + 15, said[i], ' fill="#555"')
   end
   return out:close(plot.note, width, height)
end

-- ---- axes --------------------------------------------------------------------------------------

-- The part of the picture that is between axes, with these drawn.
local function area(out, plot, xs, ys, width, height)
   local left = 0
   for _, tick in ipairs(ys.ticks) do left = math.max(left, text.width(tick.label)) end
   left = 24 + left * LETTER
   local top, bottom, right = TOP + (plot.lines and plot.lines[2] and 18 or 0), height - BOTTOM,
      width - RIGHT
   local box = {
      bottom = bottom, top = top, left = left, right = right,
      x = function (value) return left + xs:place(value) * (right - left) end,
      y = function (value) return bottom - ys:place(value) * (bottom - top) end,
   }
   for _, tick in ipairs(ys.ticks) do
      local y = box.y(tick.value)
      out:add('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>', left, y, right, y,
         tick.value == 0 and "#999" or "#e4e4e4")
      out:label(left - 8, y + 4, tick.label, ' text-anchor="end" fill="#555"')
   end
   local last
   for _, tick in ipairs(xs.ticks) do
      local x, half = box.x(tick.value), text.width(tick.label) * LETTER / 2
      if not last or x - half > last + 8 then
         out:add('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#999"/>', x, bottom, x,
            bottom + 4)
         out:label(math.min(x, width - half - 4), bottom + 18, tick.label,
            ' text-anchor="middle" fill="#555"')
         last = x + half
      end
   end
   return box
end

-- What is beside the title: the day of times.
local function beside(out, words_there, width)
   if not words_there then return end
   out:label(width - 16, 22, words_there, ' text-anchor="end" fill="#777"')
end

-- ---- lines -------------------------------------------------------------------------------------

-- At most two points a pixel: the least and the largest.
local function thinned(points, box)
   if #points < 4 * (box.right - box.left) then return points end
   local out, at, low, high = {}, nil, nil, nil
   local function flush()
      if not low then return end
      local a, b = low, high
      if a[3] > b[3] then a, b = b, a end
      out[#out + 1] = a
      if a ~= b then out[#out + 1] = b end
   end
   for _, point in ipairs(points) do
      local x = math.floor(box.x(point[1]))
      if x ~= at then
         flush()
         at, low, high = x, point, point
      end
      if point[2] < low[2] then low = point end
      if point[2] > high[2] then high = point end
   end
   flush()
   return out
end

local function legend(out, lines)
   local x = 16
   for i, line in ipairs(lines) do
      local name = text.cut(line.name ~= "" and line.name or "(none)", 24)
      out:add('<rect x="%.1f" y="34" width="10" height="10" fill="%s"/>', x, COLOURS[i])
      out:label(x + 15, 43, name)
      x = x + 15 + text.width(name) * LETTER + 18
   end
end

local function empty(plot, width, height)
   local out = open(width, height, plot.title)
   out:label(width / 2, height / 2, "nothing", ' text-anchor="middle" fill="#777"')
   return out:close(nil, width, height)
end

function draw.lines(plot, how)
   local width, height = how.width or WIDTH, how.height or HEIGHT
   if #plot.lines == 0 then return empty(plot, width, height) end
   local x, y = scale.extents(plot.lines)
   local xs = scale.new(x[1], x[2], plot.x, math.floor(width / 110))
   local ys = scale.new(y[1], y[2], plot.y, 4)
   local out = open(width, height, plot.title)
   beside(out, xs.day, width)
   if plot.lines[2] then legend(out, plot.lines) end
   local box = area(out, plot, xs, ys, width, height)
   for i, line in ipairs(plot.lines) do
      local places = {}
      for k, point in ipairs(thinned(line.points, box)) do
         places[k] = ("%.1f,%.1f"):format(box.x(point[1]), box.y(point[2]))
      end
      if #places == 1 then
         local at_x, at_y = places[1]:match "^(.-),(.*)$"
         out:add('<circle cx="%s" cy="%s" r="3" fill="%s"/>', at_x, at_y, COLOURS[i])
      else
         out:add('<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"'
            .. ' stroke-linejoin="round"/>', table.concat(places, " "), COLOURS[i])
      end
   end
   return out:close(plot.note, width, height)
end

-- ---- histograms and sparklines -----------------------------------------------------------------

function draw.histogram(plot, how)
   local width, height = how.width or WIDTH, how.height or HEIGHT
   if #plot.bins == 0 then return empty(plot, width, height) end
   local most = 0
   for _, bin in ipairs(plot.bins) do most = math.max(most, bin.count) end
   local xs = scale.new(plot.bins[1].low, plot.bins[#plot.bins].high, plot.y,
      math.floor(width / 90))
   xs.low, xs.high = plot.bins[1].low, plot.bins[#plot.bins].high
   for i = #xs.ticks, 1, -1 do
      local value = xs.ticks[i].value
      if value < xs.low or value > xs.high then table.remove(xs.ticks, i) end
   end
   local out = open(width, height, plot.title)
   local ys = scale.new(0, most, { name = "rows", class = "number" }, 4)
   local box = area(out, plot, xs, ys, width, height)
   for _, bin in ipairs(plot.bins) do
      local x, to, y = box.x(bin.low), box.x(bin.high), box.y(bin.count)
      if bin.count > 0 then
         out:add('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s</title>'
            .. "</rect>", x + 0.5, y, math.max(1, to - x - 1), box.bottom - y, COLOURS[1],
            escape(("%s – %s: %s"):format(scale.said(plot.y, bin.low), scale.said(plot.y, bin.high),
               sheet.count(bin.count))))
      end
   end
   return out:close(plot.note, width, height)
end

-- A line as high as a word, without axes.
function draw.sparkline(plot, how)
   local width, height, places, low, high = how.width or 160, how.height or 24, {}, 0, 0
   for _, value in ipairs(plot.values) do
      low, high = math.min(low, value), math.max(high, value)
   end
   for i, value in ipairs(plot.values) do
      places[i] = ("%.1f,%.1f"):format(2 + (i - 1) / math.max(1, #plot.values - 1) * (width - 4),
         height - 2 - (high > low and (value - low) / (high - low) or 0) * (height - 4))
   end
   local out = setmetatable({}, pen)
   out:add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"'
      .. ' role="img">', width, height, width, height)
   out:add("<title>%s</title>", escape(plot.title))
   out:add('<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>',
      table.concat(places, " "), COLOURS[1])
   return out:close(nil, width, height)
end

return function (plot, how) return draw[plot.kind](plot, how) end

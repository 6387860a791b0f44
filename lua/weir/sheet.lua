-- Tables for a terminal: columns as wide as it allows, and no byte that could drive it.
--
--    local out = sheet.new { columns = { { name = "host" }, { name = "bytes" } }, write = write }
--    out:row { "example.org", sheet.size(1900) }   -- at the end out:finish()

local text = require "weir.text"

local sheet = {}
sheet.__index = sheet

local HELD = 200   -- rows whose cells choose the widths
local NAME = 8     -- columns that are left of a long name

local colours = {
   bold = 1, dim = 2, red = 31, green = 32, yellow = 33, blue = 34, magenta = 35, cyan = 36,
}

-- Spaces off the end, in one pass: a pattern takes quadratic time on cells that are mostly spaces.
local function trim(s)
   local n = #s
   while s:byte(n) == 32 do n = n - 1 end
   return s:sub(1, n)
end

-- What a cell shows.  Whole numbers keep all their digits.
local function shown(value, ascii)
   if value == nil then return "" end
   if type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53 then
      value = ("%d"):format(value)
   end
   return trim(text.safe(tostring(value), ascii))
end

-- Opens a sheet.  Its options: `columns`, an array of
--    name     heads the column
--    align    "left" (the default) or "right"
--    width    fixed; or else
--    min      the least width (that of the name); "cells": no cell is cut, a long name is
--    shrink   how willingly it gives width away: 0 (the default) never, 2 twice as much as 1
--    usual    the width that a live table, which cannot wait for its cells, keeps for it
--    cut      "middle": what is too long loses its middle, not its end
--    spare    left out of a line that is too long at the least widths, the highest number first
--    colour   a name, or function (value, row) that returns one or nil
-- and `write`, a function that takes text, `width` of the terminal (without it nothing is cut),
-- `colour` (true: use them), `ascii` (true: the terminal knows no UTF-8), `live`.
function sheet.new(options)
   local self = {
      columns = options.columns, write = options.write, width = options.width or math.huge,
      colour = options.colour, ascii = options.ascii, mark = options.ascii and "~" or "…",
      names = {}, least = {}, widths = {}, limits = {}, held = {}, places = {},
   }
   for i, column in ipairs(self.columns) do
      self.names[i], self.places[i] = shown(column.name, self.ascii), i
      local named, min = text.width(self.names[i]), column.min
      if min == "cells" then min = math.min(named, NAME) end
      self.least[i] = column.width or min or named
      self.widths[i] = column.width or math.max(named, options.live and column.usual or 0)
   end
   return setmetatable(self, sheet)
end

-- A text, which is safe, in a colour by its name.
function sheet.paint(s, colour) return ("\27[%dm%s\27[0m"):format(colours[colour], s) end

-- Narrows the widest of the columns that may shrink, one by one, until a line fits.
-- Returns by how much it is still too long when all are at their least.
local function narrow(self, over)
   local widths = self.widths
   while over > 0 do
      local widest, most = nil, 0
      for _, i in ipairs(self.places) do
         local weight = widths[i] * (self.columns[i].shrink or 0)
         if widths[i] > self.least[i] and weight > most then widest, most = i, weight end
      end
      if not widest then break end
      widths[widest], over = widths[widest] - 1, over - 1
   end
   return over
end

-- Leaves out the column that can best be spared; returns whether there is one.
local function leave_out(self)
   local place, most = nil, 0
   for at, i in ipairs(self.places) do
      local spare = self.columns[i].spare or 0
      if spare >= most and spare > 0 then place, most = at, spare end
   end
   if place then table.remove(self.places, place) end
   return place ~= nil
end

-- How long a line is.
local function length(self)
   local total = 2 * (#self.places - 1)
   for _, i in ipairs(self.places) do total = total + self.widths[i] end
   return total
end

-- Chooses columns and widths so that a line fits.  When none can be spared any more it is too
-- long, and wraps.
local function fit(self)
   local full = self.widths
   repeat
      self.widths = { unpack(full) }
   until narrow(self, length(self) - self.width) <= 0 or not leave_out(self)
end

-- Decides how wide the columns are, and where their cells are cut.
local function settle(self)
   local limits, bounded = self.limits, self.width < math.huge
   fit(self)
   for i, column in ipairs(self.columns) do
      limits[i] = (bounded or column.width) and self.widths[i] or math.huge
   end
   local i = self.places[#self.places]
   local last = self.columns[i]
   if last and not last.width and last.align ~= "right" then   -- the rest of the line is its own
      limits[i] = math.max(limits[i], self.widths[i] + self.width - length(self))
   end
end

-- One line of cells; `tints` are their colours, by column.
local function line(self, cells, tints)
   local out = {}
   for place, i in ipairs(self.places) do
      local column = self.columns[i]
      local cut = column.cut == "middle" and text.squeeze or text.cut
      local cell, width = cut(cells[i], self.limits[i], self.mark)
      local padding = (" "):rep(self.widths[i] - width)
      if tints[i] and cell ~= "" then cell = sheet.paint(cell, tints[i]) end
      out[place] = column.align == "right" and padding .. cell or cell .. padding
   end
   return trim(table.concat(out, "  ")) .. "\n"
end

-- Writes the header and the rows held back; later rows follow at once.
local function begin(self)
   local bold = {}
   for i in ipairs(self.columns) do bold[i] = self.colour and "bold" end
   settle(self)
   local lines = { line(self, self.names, bold) }
   for _, row in ipairs(self.held) do lines[#lines + 1] = line(self, row.cells, row.tints) end
   self.held, self.has_begun = nil, true
   self.write(table.concat(lines))
end

-- Adds a row: an array of values in the order of the columns; nil is an empty cell.
function sheet:row(values)
   local cells, tints = {}, {}
   for i, column in ipairs(self.columns) do
      local tint = self.colour and column.colour
      if type(tint) == "function" then tint = tint(values[i], values) end
      if tint and not colours[tint] then error("no colour '" .. tostring(tint) .. "'", 2) end
      cells[i], tints[i] = shown(values[i], self.ascii), tint
   end
   if not self.held then return self.write(line(self, cells, tints)) end
   for i, column in ipairs(self.columns) do
      local width = text.width(cells[i])
      if not column.width then self.widths[i] = math.max(self.widths[i], width) end
      if column.min == "cells" then self.least[i] = math.max(self.least[i], width) end
   end
   self.held[#self.held + 1] = { cells = cells, tints = tints }
   if #self.held == HELD then begin(self) end
end

-- Shows what is held back, for a live source that cannot wait for 200 rows.
function sheet:flush()
   if self.held and #self.held > 0 then begin(self) end
end

-- Shows what is held back; a sheet without rows is its header.
function sheet:finish()
   if self.held then begin(self) end
end

-- How many of the columns its lines have room for.
function sheet:shown() return #self.places end

local blocks = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }

-- A bar, `width` columns long for a fraction of 1.  What is more than nothing shows.
function sheet.bar(fraction, width)
   local eighths = math.floor(math.max(0, math.min(1, fraction)) * width * 8 + 0.5)
   if eighths == 0 and fraction > 0 then eighths = 1 end
   return ("█"):rep(math.floor(eighths / 8)) .. (blocks[eighths % 8] or "")
end

-- Bars beside each other, each as high as its share of the highest.
function sheet.bars(values)
   local heights, most, out = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }, 0, {}
   for _, value in ipairs(values) do most = math.max(most, value) end
   for i, value in ipairs(values) do
      out[i] = value > 0 and heights[math.ceil(value / most * #heights)] or " "
   end
   return table.concat(out)
end

-- Three digits of `value` and its unit, one of `units`, each 1000 of the one before.
local function scaled(value, units)
   local i = 1
   while value >= 999.5 and i < #units do value, i = value / 1000, i + 1 end
   return (value < 999.5 and "%.3g %s" or "%.0f %s"):format(value, units[i])
end

-- Bytes: "999 B", "1.9 kB", "2.01 GB".
function sheet.size(bytes)
   return scaled(bytes, { "B", "kB", "MB", "GB", "TB", "PB", "EB" })
end

-- A whole number in groups of three digits: "5 681 828".
function sheet.count(n)
   local digits = ("%.0f"):format(n):reverse():gsub("(%d%d%d)", "%1 "):reverse()
   return (digits:gsub("^ ", ""):gsub("^%- ", "-"))
end

-- A unit and its seconds, the smaller unit beside it and its seconds, and where the unit ends.
local spans = {
   { "min", 60, "s", 1, 3600 },
   { "h", 3600, "min", 60, 86400 },
   { "d", 86400, "h", 3600, math.huge },
}

-- Seconds in two units at most: "350 µs", "1.2 s", "3 min 20 s", "2 h 10 min", "3 d 4 h".
function sheet.duration(seconds)
   if seconds < 0 then return "-" .. sheet.duration(-seconds) end
   if seconds == 0 then return "0 s" end
   if seconds < 59.95 then return scaled(seconds * 1e9, { "ns", "µs", "ms", "s" }) end
   for _, span in ipairs(spans) do
      local unit, size, part, step, ends = unpack(span)
      local whole = math.floor(seconds / step + 0.5) * step
      if whole < ends then
         local rest = whole % size / step
         local first = ("%d %s"):format(math.floor(whole / size), unit)
         return rest == 0 and first or ("%s %d %s"):format(first, rest, part)
      end
   end
end

return sheet

-- A page of HTML that needs nothing besides itself: no script, no picture or font from elsewhere.
-- All text is escaped.  It is light or dark as its reader likes, and can be printed.
--
--    local p = page.new "Traffic"
--    p:heading "Talkers"
--    p:table({ { name = "who" }, { name = "bytes", unit = "bytes" } }, { { "192.0.2.1", 811 } })
--    assert(p:write "report.html")

local flat   = require "weir.flat"
local output = require "weir.output"
local sheet  = require "weir.sheet"
local svg    = require "weir.view.plot.svg"
local values = require "weir.report.values"
local words  = require "weir.view.words"

local page = {}
page.__index = page

local LONGEST = 200                       -- bytes of a cell

local HEAD = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s</title>
<style>
:root { color-scheme: light dark; --text: #1c2024; --quiet: #60646c; --line: #d9dadf;
   --back: #fff; --tile: #f4f5f7; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --quiet: #9ba1a6; --line: #3a3f44;
   --back: #16181b; --tile: #202327; } }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1.5rem; background: var(--back);
   color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
p { color: var(--quiet); margin: .2rem 0 .8rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .7rem; }
dl div { background: var(--tile); border-radius: .5rem; padding: .6rem .8rem; }
dt { color: var(--quiet); font-size: .85rem; }
dd { margin: 0; font-size: 1.25rem; font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; border-bottom: 1px solid var(--line); }
td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th, td { padding: .25rem .9rem .25rem 0; vertical-align: top; }
th.n + th:not(.n), td.n + td:not(.n) { padding-left: 1.2rem; }
th.n, td.n { text-align: right; white-space: nowrap; }
svg { max-width: 100%%; height: auto; }
svg text { fill: var(--text); }
svg rect[fill="#fff"] { fill: none; }
svg line { stroke: var(--line); }
@media (prefers-color-scheme: dark) { svg polyline { stroke: #56b4e9; }
   svg rect[fill="#0072b2"] { fill: #3d95cf; } }
@media print { :root { --text: #000; --back: #fff; --tile: #fff; --line: #999; --quiet: #333; }
   body { margin: 0; max-width: none; font-size: 11px; }
   h2 { break-after: avoid; } tr, svg, dl div { break-inside: avoid; }
   dl div { border: 1px solid; } }
</style>
</head>
<body>
]]

function page.new(title)
   local self = setmetatable({ HEAD:format(words.escape(title)) }, page)
   self:add("<h1>%s</h1>\n", title)
   return self
end

-- Adds markup, in which texts are put escaped.
function page:add(format, ...)
   local texts = { ... }
   for i, text in ipairs(texts) do texts[i] = words.escape(text) end
   self[#self + 1] = format:format(unpack(texts))
end

function page:heading(text) self:add("<h2>%s</h2>\n", text) end
function page:paragraph(text) self:add("<p>%s</p>\n", text) end

-- Figures with what they are: { name, value } each.
function page:figures(list)
   self:add "<dl>\n"
   for _, one in ipairs(list) do
      self:add("<div><dt>%s</dt><dd>%s</dd></div>\n", one[1], tostring(one[2]))
   end
   self:add "</dl>\n"
end

-- How a cell of a column looks: units are "bytes", "seconds", "count".
local function shown(column, value)
   if value == nil then return "" end
   if type(value) == "number" then
      if column.unit == "bytes" then return sheet.size(value) end
      if column.unit == "seconds" then return sheet.duration(value) end
      if column.unit == "count" then return sheet.count(value) end
      value = values.words(column.name, value)
   end
   if type(value) == "number" then
      return value % 1 == 0 and ("%.0f"):format(value) or ("%.4g"):format(value)
   end
   if type(value) == "table" then value = flat.value(value) end
   value = tostring(value)
   return #value > LONGEST and value:sub(1, LONGEST) .. "…" or value
end

-- A table: columns are { name, unit }, rows arrays of values.
function page:table(columns, rows)
   if #rows == 0 then return self:paragraph "nothing" end
   self:add '<div class="wide"><table>\n<thead><tr>'
   for _, column in ipairs(columns) do
      self:add(column.unit and '<th class="n">%s</th>' or "<th>%s</th>", column.name)
   end
   self:add "</tr></thead>\n<tbody>\n"
   for _, row in ipairs(rows) do
      self:add "<tr>"
      for i, column in ipairs(columns) do
         self:add(column.unit and '<td class="n">%s</td>' or "<td>%s</td>", shown(column, row[i]))
      end
      self:add "</tr>\n"
   end
   self:add "</tbody>\n</table></div>\n"
end

-- A line of { x, y, place } over time.
function page:line(title, unit, points)
   if #points < 2 then return end
   self[#self + 1] = svg({
      kind = "lines", title = title, x = { name = "time", class = "time" },
      y = { name = unit, class = "number" }, lines = { { name = "", points = points } },
   }, { width = 1080, height = 260 })
end

-- Bars of { label, value }.
function page:bars(title, unit, bars)
   if #bars == 0 then return end
   self[#self + 1] = svg({
      kind = "bars", title = title, y = { name = unit, class = "number" }, bars = bars,
   }, { width = 1080 })
end

-- Puts the page where the one before was, whole.  Nil and the reason when it cannot.
function page:write(path)
   if path == "-" then path = "/dev/stdout" end
   local is_file = path:sub(1, 5) ~= "/dev/"
   local out, why = output.open(is_file and path .. ".part" or path)
   if not out then return nil, why end
   local ok
   ok, why = out:write(table.concat(self) .. "</body>\n</html>\n")
   local closed, reason = out:close()
   if not ok or not closed then return nil, why or reason end
   if not is_file then return true end
   ok, why = os.rename(path .. ".part", path)
   return ok, why and ("cannot write '%s': %s"):format(path, why)
end

return page

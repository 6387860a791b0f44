-- Views as files: CSV, JSON lines, HTML.  Rows are written as they come.

local output = require "weir.output"
local run    = require "weir.view.run"
local words  = require "weir.view.words"

local export = {}

-- Calls each(write) with what writes text: to a file ("-": standard output), or, without a path, to
-- the text that is returned.
local function written(path, each)
   if not path then
      local parts = {}
      each(function (text) parts[#parts + 1] = text end)
      return table.concat(parts)
   end
   local out, why = output.open(path)
   if not out then error({ reason = why }, 0) end
   each(function (text)
      local ok, reason = out:write(text)
      if not ok then error({ reason = reason }, 0) end
   end)
   local ok, reason = out:close()
   if not ok then error({ reason = reason }, 0) end
   return true
end

local function quoted(value)
   if not value:find '[,"\r\n]' then return value end
   return '"' .. value:gsub('"', '""') .. '"'
end

-- Columns with a header; what is absent is empty.
function export.csv(view, path)
   return written(path, function (write)
      local cells = {}
      for i, column in ipairs(view.scope) do cells[i] = quoted(column.name) end
      write(table.concat(cells, ",") .. "\n")
      for row in run.rows(view) do
         for i, column in ipairs(view.scope) do cells[i] = quoted(words.plain(column, row[i])) end
         write(table.concat(cells, ",") .. "\n")
      end
   end)
end

-- An object a line; what is absent is left out.
function export.ndjson(view, path)
   return written(path, function (write)
      for row in run.rows(view) do
         local members = {}
         for i, column in ipairs(view.scope) do
            if row[i] ~= nil then members[#members + 1] = words.member(column, row[i]) end
         end
         write("{" .. table.concat(members, ",") .. "}\n")
      end
   end)
end

local NUMBERS = { number = true, id = true, seconds = true, span = true }

local STYLE = [[
<style>
table.weir { border-collapse: collapse; font: 14px/1.4 system-ui, sans-serif; }
table.weir th { text-align: left; border-bottom: 1px solid #888; }
table.weir th, table.weir td { padding: 2px 12px 2px 0; vertical-align: top; }
table.weir .n { text-align: right; font-variant-numeric: tabular-nums; }
</style>
]]
local PAGE = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s</title>
%s</head>
<body>
]]

local function html_row(write, tag, scope, cell)
   local cells = {}
   for i, column in ipairs(scope) do
      local class = NUMBERS[column.class] and ' class="n"' or ""
      cells[i] = ("<%s%s>%s</%s>"):format(tag, class, words.escape(cell(i, column)), tag)
   end
   write("<tr>" .. table.concat(cells) .. "</tr>\n")
end

-- A table; with a path a whole page.
function export.html(view, path)
   return written(path, function (write)
      if path then write(PAGE:format(words.escape(view.source.about()), STYLE)) end
      write '<table class="weir">\n<thead>\n'
      html_row(write, "th", view.scope, function (_, column) return column.name end)
      write "</thead>\n<tbody>\n"
      for row in run.rows(view) do
         html_row(write, "td", view.scope, function (i, column)
            local shown = words.shown(column, row[i])
            return type(shown) == "number" and words.plain(column, row[i]) or shown or ""
         end)
      end
      write "</tbody>\n</table>\n"
      if path then write "</body>\n</html>\n" end
   end)
end

return export

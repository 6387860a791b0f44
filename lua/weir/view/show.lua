-- A view as a table of text.

local host  = require "weir.host"
local run   = require "weir.view.run"
local sheet = require "weir.sheet"
local text  = require "weir.text"
local words = require "weir.view.words"

local ROWS = 20                           -- that are shown, unless told

local NUMBERS = { number = true, id = true, seconds = true, span = true }
local COLOURS = { time = "dim", name = "cyan" }

-- What records of all kinds have can be spared first, where a line has no room for all of it.
local SPARED = {
   event_type = 9, pcap_filename = 8, community_id = 8, flow_id = 7, vlan = 6, tunnel = 6,
   src_mac = 5, dest_mac = 5, pcap_cnt = 4, icmp_type = 4, icmp_code = 4, offset = 3, kept = 3,
   link_type = 3,
}

-- Its column, for weir.sheet; `place`: which one of a record it is, of something else nil.
local function column_of(column, place)
   local class = column.class
   local spare = place and 100 * (SPARED[column.name] or 1) + place or nil
   if NUMBERS[class] then
      return { name = column.name, min = "cells", shrink = 1, cut = "middle", align = "right",
         spare = spare }
   end
   local is_short = class == "time" or class == "name" or class == "flag" or class == "flags"
   return { name = column.name, min = is_short and "cells" or 12, shrink = 1, spare = spare,
      cut = class == "address" and "middle" or nil, colour = COLOURS[class] }
end

-- The first rows, as a table shows them, and whether there are more.
local function first_rows(view, most)
   local list = {}
   for row in run.rows(view:head(most + 1)) do
      if #list == most then return list, true end
      for i, column in ipairs(view.scope) do row[i] = words.shown(column, row[i]) end
      list[#list + 1] = row
   end
   return list, false
end

-- The columns to show: of records those that say something.
local function places_of(view, rows)
   local places = {}
   for i, column in ipairs(view.scope) do
      local is_said = not view.scope.is_record or #rows == 0
      for _, row in ipairs(is_said and {} or rows) do is_said = is_said or row[i] ~= nil end
      if is_said and (column.name ~= "event_type" or not view.scope.is_record) then
         places[#places + 1] = i
      end
   end
   return places
end

local function counted(n, what) return ("%d more %s%s"):format(n, what, n == 1 and "" or "s") end

-- The text of a view's first rows, and of what could not be read.  options: rows, width, colour,
-- ascii; those of the terminal unless told.
return function (view, options)
   local rows, is_cut = first_rows(view, options.rows or ROWS)
   local places, columns, lines = places_of(view, rows), {}, {}
   for n, i in ipairs(places) do
      columns[n] = column_of(view.scope[i], view.scope.is_record and n or nil)
   end
   local colour = options.colour
   if colour == nil then colour = host.colour "stdout" end
   local out = sheet.new {
      columns = columns, width = options.width or host.width "stdout", colour = colour,
      ascii = options.ascii, write = function (line) lines[#lines + 1] = line end,
   }
   for _, row in ipairs(rows) do
      local cells = {}
      for n, i in ipairs(places) do cells[n] = row[i] end
      out:row(cells)
   end
   out:finish()
   local left = {}
   if #rows == 0 then left[1] = "no rows" end
   if is_cut then left[1] = "and more rows" end
   local hidden = #view.scope - out:shown()
   if hidden > 0 then left[#left + 1] = counted(hidden, "field") end
   if left[1] then
      local mark = is_cut and (options.ascii and "... " or "… ") or ""
      lines[#lines + 1] = mark .. table.concat(left, ", ") .. "\n"
   end
   for _, problem in ipairs(view:problems()) do
      lines[#lines + 1] = text.safe(problem, options.ascii) .. "\n"
   end
   return table.concat(lines)
end

-- What `weir batch` tells of its inputs: a line for each, and the sums.

local json   = require "weir.json"
local report = require "weir.cli.report"
local sheet  = require "weir.sheet"

local told = {}

local columns = {
   { name = "input", min = 20, shrink = 1 },
   { name = "state", colour = function (state) return state == "failed" and "red" or nil end },
   { name = "rows", align = "right" }, { name = "entities", align = "right" },
   { name = "relationships", align = "right" }, { name = "errors", align = "right" },
   { name = "time", align = "right" },
}

local NUMBERS = { "rows", "entities", "relationships", "errors" }

local function in_order(results)
   local list = {}
   for i, one in ipairs(results) do list[i] = one end
   table.sort(list, function (a, b) return a.path < b.path end)
   return list
end

local function as_json(results)
   for _, one in ipairs(in_order(results)) do
      report.page(json.record {
         { "input", one.path }, { "state", one.state }, { "why", one.why },
         { "rows", one.rows or 0 }, { "entities", one.entities or 0 },
         { "relationships", one.relationships or 0 }, { "errors", one.errors or 0 },
         { "seconds", one.seconds },
      } .. "\n")
   end
end

local function as_table(results, is_quiet)
   local out = report.sheet(columns)
   local is_any = false
   for _, one in ipairs(in_order(results)) do
      if not is_quiet or one.state == "failed" then
         is_any = true
         local row = { one.path, one.state }
         for _, name in ipairs(NUMBERS) do row[#row + 1] = sheet.count(one[name] or 0) end
         row[#row + 1] = one.seconds and sheet.duration(one.seconds) or ""
         out:row(row)
      end
   end
   if is_any then out:finish() end
end

function told.summary(results, values)
   if values.type == "json" then as_json(results) else as_table(results, values.quiet) end
end

-- The last line: "998 taken in, 1 known, 1 failed; 12 000 rows, … in 3.2 s".
function told.last_words(results, seconds)
   local states, sums = { taken = 0, known = 0, failed = 0, stopped = 0 }, {}
   for _, one in ipairs(results) do
      states[one.state] = states[one.state] + 1
      for _, name in ipairs(NUMBERS) do sums[name] = (sums[name] or 0) + (one[name] or 0) end
   end
   local parts = { ("%s taken in"):format(sheet.count(states.taken)) }
   if states.known > 0 then
      parts[#parts + 1] = sheet.count(states.known) .. " known already"
   end
   if states.failed > 0 then parts[#parts + 1] = sheet.count(states.failed) .. " failed" end
   if states.stopped > 0 then
      parts[#parts + 1] = sheet.count(states.stopped) .. " stopped: the same command goes on"
   end
   report.say(("%s; %s rows, %s entities, %s relationships, %s errors in %s"):format(
      table.concat(parts, ", "), sheet.count(sums.rows or 0), sheet.count(sums.entities or 0),
      sheet.count(sums.relationships or 0), sheet.count(sums.errors or 0),
      sheet.duration(seconds)))
end

return told

-- What a check found, for people and for machines, and the exit code that this makes.

local differ = require "weir.cli.ext.differ"
local json   = require "weir.json"
local report = require "weir.cli.report"
local text   = require "weir.text"

local exit = report.exit
local verdict = {}
verdict.__index = verdict

local COLOURS = { error = "red", warning = "yellow", hint = "dim", ok = "green" }

function verdict.new(as_json)
   return setmetatable({ as_json = as_json, sums = { error = 0, warning = 0, hint = 0 } }, verdict)
end

local function line(word, message)
   report.page(("%s%s  %s\n"):format(differ.paint(word, COLOURS[word]), (" "):rep(7 - #word),
      text.safe(message)))
end

-- Whether only hints were found.
local function is_well(list)
   for _, one in ipairs(list) do
      if one.severity ~= "hint" then return false end
   end
   return true
end

-- Shows what was found of a thing { name, path, is_pipeline }: { severity, message, instance }.
function verdict:show(thing, list)
   for _, one in ipairs(list) do self.sums[one.severity] = self.sums[one.severity] + 1 end
   if not self.as_json then
      if is_well(list) then line("ok", thing.name) end
      for _, one in ipairs(list) do line(one.severity, one.message) end
      return
   end
   for _, one in ipairs(#list > 0 and list or { { severity = "ok" } }) do
      report.page(json.record {
         { "extension", not thing.is_pipeline and thing.name or one.instance },
         { "path", thing.path }, { "severity", one.severity }, { "message", one.message },
      } .. "\n")
   end
end

function verdict:code()
   if self.sums.error > 0 then return exit.script end
   return self.sums.warning > 0 and exit.different or exit.ok
end

return verdict

-- weir doctor FILE: which processes have a database open, and what they do with it.

local attach = require "weir.attach"
local holder = require "weir.holder"
local report = require "weir.cli.report"

local DOES = { open = "has it open", reads = "reads", writes = "writes: others wait for it" }

local columns = {
   { name = "file", shrink = 1, min = 8, cut = "middle" }, { name = "pid", align = "right" },
   { name = "does now", colour = function (does) return does == DOES.writes and "yellow" end },
   { name = "command", shrink = 2, min = 8 },
}

-- `words`: files, and folders of workspaces.  Returns an exit code.
return function (words)
   local list, why = attach.list(words)
   if not list then return nil, why end
   local sheet, count = nil, 0
   for _, file in ipairs(list) do
      local holders
      holders, why = holder.of(file.path)
      if not holders then return nil, why end
      for _, one in ipairs(holders) do
         sheet = sheet or report.sheet(columns)
         sheet:row { file.path, one.pid, DOES[one.does], one.command }
         count = count + 1
      end
   end
   if sheet then sheet:finish() end
   if count == 0 then report.page "nobody has it open, as far as you may know\n" end
   return report.exit.ok
end

-- What is longer than the terminal goes through the user's pager.

local host   = require "weir.host"
local report = require "weir.cli.report"

-- The command of the pager; nil when there is none.
local function command()
   local wanted = os.getenv "PAGER"
   if wanted == "" or wanted == "cat" then return nil end
   local program = (wanted or "less"):match "^%s*(%S+)"
   if os.execute(("command -v '%s' >/dev/null 2>&1"):format((program:gsub("'", "'\\''")))) ~= 0 then
      return nil
   end
   -- less: colours as they are, and no page for what fits after all
   return (os.getenv "LESS" and "" or "LESS=FRX ") .. (wanted or "less")
end

local function lines_of(text)
   local _, breaks = text:gsub("\n", "")
   return breaks
end

-- Writes a text to the terminal: through the pager when it is long.
return function (text)
   local height = host.height "stdout"
   if not height or lines_of(text) < height then return report.page(text) end
   local program = command()
   local pipe = program and io.popen(program, "w")
   if not pipe then return report.page(text) end
   io.stdout:flush()
   pipe:write(text)                                      -- who leaves early wants no more of it
   pipe:close()
end

-- What people see of a farm while it works: how far it is, and what its processes say.

local host   = require "weir.host"
local report = require "weir.cli.report"

local said = {}

-- The line that says how far it is, as a function of how many inputs are done, or of nothing to
-- take it away; nil where nobody sees it.
function said.bar(values, count)
   local width = not values.quiet and not report.json and host.width "stderr"
   if not width then return nil end
   local begun = host.clock()
   return function (done)
      io.stderr:write "\r\27[K"
      if not done then return end
      local left = done > 0 and (host.clock() - begun) / done * (count - done)
      io.stderr:write(("%d of %d inputs, %d %%%s"):format(done, count, 100 * done / count,
         left and (", %d s left"):format(math.ceil(left)) or ""))
   end
end

-- What was said about an input.
function said.tell(one)
   local name = one.path or "a process"
   for _, line in ipairs(one.said or {}) do
      local kind, text = line[1], ("%s: %s"):format(name, line[2])
      local tell = kind == "note" and report.note or kind == "warning" and report.warning
         or report.error
      tell(text)
   end
   if one.why then report.error(("%s: %s"):format(name, one.why)) end
end

return said

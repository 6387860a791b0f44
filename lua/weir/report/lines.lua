-- Rows as lines of JSON: records of the core are written by the core, plain rows here.
--
--    local lines = lines.new { nested = true }     -- as `weir read -T json` has them; else flat
--    assert(lines:write(out, row))                 -- out: weir.output

local object = require "weir.report.object"
local plans  = require "weir.report.plans"
local row    = require "weir.row"

local lines = {}
lines.__index = lines

function lines.new(options)
   return setmetatable({
      plans = plans.new { shape = "json", nested = options.nested },
      text_of = object.writer { nested = options.nested },
   }, lines)
end

-- Writes one row.  Returns nil and the reason when that fails.
function lines:write(out, one)
   if row.is_record(one) then return out:record(self.plans:of(one), one) end
   return out:write(self.text_of(one) .. "\n")
end

return lines

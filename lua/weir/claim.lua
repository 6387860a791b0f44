-- Who does what, among processes: numbers in a file, each of which is somebody's alone.
--
--    local mine = claim.take("traffic.db-claims", 7)     -- nil: another process has it
--    mine:close()                                        -- so does the process's end, or a kill

local abi = require "weir.abi"

local C = abi.C
local claim = {}
claim.__index = claim

-- Takes a number, from 0 on; nil and the reason when the file cannot be used.
function claim.take(path, number)
   local handle = C.weir_claim_take(path, number)
   if handle >= 0 then return setmetatable({ handle = handle }, claim) end
   if handle == C.WEIR_END then return nil end
   return nil, abi.reason()
end

function claim:close()
   if self.handle then C.weir_claim_end(self.handle) end
   self.handle = nil
end

return claim

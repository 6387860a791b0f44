-- Who has a database open.
--
--    for _, one in ipairs(assert(holder.of "kb.db")) do print(one.pid, one.does, one.command) end

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local holder = {}

local MOST = 256
local does = { [C.WEIR_HOLDER_OPEN] = "open", [C.WEIR_HOLDER_READS] = "reads",
   [C.WEIR_HOLDER_WRITES] = "writes" }

-- The processes that have the file open, as far as this user may know: { pid, does, command },
-- where `does` is what they do at this moment: "open", "reads" or "writes".
function holder.of(path)
   local found = ffi.new("struct weir_holder[?]", MOST)
   local n = C.weir_holder_find(path, found, MOST)
   if n < 0 then return nil, abi.reason() end
   local list = {}
   for i = 1, n do
      local one = found[i - 1]
      list[i] = { pid = one.pid, does = does[one.does], command = ffi.string(one.command) }
   end
   table.sort(list, function (a, b) return a.pid < b.pid end)
   return list
end

return holder

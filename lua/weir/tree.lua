-- Folders with all that is in them.

local abi = require "weir.abi"

local C = abi.C
local tree = {}

-- Removes a file, or a folder with all in it.  Nil and the reason when something stays.
function tree.remove(path) return abi.result(C.weir_tree_remove(path)) end

-- Copies plain files and folders; nil and the reason when that fails, or a link is among them.
function tree.copy(from, to) return abi.result(C.weir_tree_copy(from, to)) end

-- Puts `made` at `at`, in one step; what was there before goes.  Nil and the reason.
function tree.place(made, at)
   local status = C.weir_tree_place(made, at)
   if status < 0 then return nil, abi.reason() end
   return status == 0 or tree.remove(made)
end

return tree

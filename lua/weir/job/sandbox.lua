-- Gives up, for good, all that this process may do but compute and answer.

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local sandbox = {}

-- The paths as C has them, ended by NULL.
local function list_of(paths)
   local list = ffi.new("const char *[?]", #paths + 1)
   for i, path in ipairs(paths) do list[i - 1] = path end
   return list
end

-- limits: parent (the process that this one ends with), memory and file_size (bytes), files (open
-- at a time), read and write (lists of folders that are granted).  Nil and the reason when it
-- cannot be done: then nothing that is not trusted may run.
function sandbox.enter(limits)
   local readable, writable = list_of(limits.read), list_of(limits.write)
   return abi.result(C.weir_sandbox_enter(ffi.new("struct weir_sandbox", {
      readable = readable, writable = writable, memory = limits.memory,
      file_size = limits.file_size, files = limits.files, parent = limits.parent,
   })))
end

-- Whether the system can filter calls, without which nothing is confined; and the version of its
-- Landlock, without which no folder can be granted, or nil.
function sandbox.support()
   local version = C.weir_sandbox_landlock()
   return C.weir_sandbox_filters() ~= 0, version > 0 and version or nil
end

return sandbox

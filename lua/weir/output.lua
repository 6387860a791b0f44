-- A buffered file for writing, that says why it cannot: its methods return
-- true; or nil, the reason, and whether only nobody reads it any more.
--
--    local out = assert(output.open "-")
--    out:write "hello\n"
--    local ok, why = out:close()

local ffi = require "ffi"
local abi = require "weir.abi"

local C, result = abi.C, abi.result
local output = {}
output.__index = output

-- Opens a file, or standard output as "-"; with `append` behind what is in it.  Returns nil and the
-- reason when it cannot.
function output.open(path, append)
   local handle = append and C.weir_output_append(path) or C.weir_output_open(path)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_output_close), path = path }, output)
end

local function handle(self) return self.handle or error("output is closed", 3) end

function output:write(text) return result(C.weir_output_write(handle(self), text, #text)) end
function output:flush() return result(C.weir_output_flush(handle(self))) end

-- Writes records `first` … of a batch, as a plan (weir.plan) says.
function output:records(plan, batch, first, count)
   return result(C.weir_plan_write(plan.handle, batch, first, count, handle(self)))
end

-- Writes one record of the core, as a plan for its kind says.  Returns nil and the reason also for
-- a record that is gone with its batch.
function output:record(plan, record)
   local home = record.home
   return result(C.weir_plan_record(plan.handle, home, home[plan.counted], record, handle(self)))
end

function output:close()
   if not self.handle then return true end
   local status = C.weir_output_close(ffi.gc(self.handle, nil))
   self.handle = nil
   return result(status)
end

return output

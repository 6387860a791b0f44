-- The Community ID, version 1, of a record that has an IP protocol: a flow's name that other tools
-- know.

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local room = ffi.new "char[32]"

return function (record)
   return ffi.string(room, C.weir_community_text(record.src_addr, 0, room))
end

-- The Community ID, version 1, of a record that has an IP protocol: a flow's name that other tools
-- know.
--
--    local community = require "weir.community"
--    print(community(flow))               -- 1:LQU9qZlK+B5F3KDmev6m5PMibrg=
--    print(community(flow, 7))            -- with another seed
--
-- `community.seed` tells networks apart that use the same addresses; it is that of the program.

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local room = ffi.new "char[32]"
local community = { seed = 0 }

return setmetatable(community, { __call = function (_, record, seed)
   seed = seed or community.seed
   return ffi.string(room, C.weir_community_text(record.src_addr, seed, room))
end })

-- Regular expressions, in Perl's syntax, that look at each byte once: no text takes long.
--
--    local p = assert(pattern.new [[\.(com|net)$]])
--    print(p:matches "www.example.COM")                 --> true; (?-i) tells cases apart

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local at = ffi.new "uint32_t[1]"
local pattern = {}
pattern.__index = pattern

-- Returns nil, the reason, and at which byte of the text, from 1, when it is no pattern.
function pattern.new(text)
   local handle = C.weir_pattern_new(text, #text, at)
   if handle == nil then return nil, abi.reason(), at[0] + 1 end
   return setmetatable({ handle = ffi.gc(handle, C.weir_pattern_free) }, pattern)
end

-- Whether it matches anywhere in a text, which may hold any bytes.
function pattern:matches(text) return C.weir_pattern_match(self.handle, text, #text) ~= 0 end

return pattern

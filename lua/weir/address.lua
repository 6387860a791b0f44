-- Addresses as text.

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local room = ffi.new "char[46]"

local address = {}

-- 16 bytes at a C pointer, of IP version 4 or 6.
function address.ip(bytes, version)
   return (ffi.string(room, C.weir_address_text(bytes, version, room)))
end

local sixteen = ffi.typeof "uint8_t[16]"

-- The text of a value that is an address: a text, or 16 bytes of C; nil for all others.
function address.text(value, version)
   if type(value) == "string" then return value end
   return ffi.istype(sixteen, value) and address.ip(value, version) or nil
end

-- Six bytes at a C pointer.
function address.mac(bytes)
   return (ffi.string(room, C.weir_ether_text(bytes, room)))
end

return address

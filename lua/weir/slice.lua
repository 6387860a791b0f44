-- Bytes of a packet, looked at but not copied.  Offsets count from 0, as in
-- the descriptions of protocols; reading past the end is an error.
--
--    local payload = packet.payload
--    if #payload >= 12 and payload:u16(2) == 0x0100 then print(payload:string(12)) end
--
-- A slice shows the packet's bytes until the next batch.  Keep a string instead.

local ffi = require "ffi"
local bit = require "bit"
local abi = require "weir.abi"

local C, byte_pointer = abi.C, ffi.typeof "const uint8_t *"
local bor, lshift = bit.bor, bit.lshift

local slice, new = {}, nil

-- A pointer to `size` bytes from `at` on, or an error that points at the caller's caller.
local function bytes(self, at, size)
   if at >= 0 and size >= 0 and at + size <= self.size then
      return ffi.cast(byte_pointer, self.at) + at
   end
   error(("bytes %s to %s of a slice of %d"):format(at, at + size - 1, self.size), 3)
end

function slice:u8(at) return bytes(self, at, 1)[0] end

-- Numbers of several bytes are in network order; le16 and le32 are little-endian.
function slice:u16(at)
   local p = bytes(self, at, 2)
   return p[0] * 0x100 + p[1]
end

function slice:u24(at)
   local p = bytes(self, at, 3)
   return p[0] * 0x10000 + p[1] * 0x100 + p[2]
end

function slice:u32(at)
   local p = bytes(self, at, 4)
   return p[0] * 0x1000000 + bor(lshift(p[1], 16), lshift(p[2], 8), p[3])
end

function slice:le16(at)
   local p = bytes(self, at, 2)
   return p[1] * 0x100 + p[0]
end

function slice:le32(at)
   local p = bytes(self, at, 4)
   return p[3] * 0x1000000 + bor(lshift(p[2], 16), lshift(p[1], 8), p[0])
end

-- The slice from `at` on, or `size` bytes of it.
function slice:sub(at, size)
   size = size or self.size - at
   return new(bytes(self, at, size), size)
end

-- A copy, as a string: all, from `at` on, or `size` bytes from there.
function slice:string(at, size)
   at = at or 0
   size = size or self.size - at
   return ffi.string(bytes(self, at, size), size)
end

-- Where `needle` (a string, taken literally) begins, from `from` on; or nil.
function slice:find(needle, from)
   local at = C.weir_slice_find(self, from or 0, needle, #needle)
   return at >= 0 and at or nil
end

function slice:hex()
   return (self:string():gsub(".", function (c) return ("%02x"):format(c:byte()) end))
end

new = ffi.metatype("struct weir_slice", {
   __index = slice,
   __len = function (self) return self.size end,
   __tostring = function (self) return ("slice of %d bytes"):format(self.size) end,
})

-- Makes a slice of `size` bytes at a C pointer: for the library's own records.
return { new = new }

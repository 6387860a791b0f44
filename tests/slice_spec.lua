-- Slices: bytes in bounds, and nothing else.

local ffi   = require "ffi"
local slice = require "weir.slice"

local bytes = "\1\2\3\4GET / HTTP"
local whole = slice.new(ffi.cast("const char *", bytes), #bytes)

describe("a slice", function ()
   it("reads numbers in network order, and little-endian on request", function ()
      assert.equal(1, whole:u8(0))
      assert.equal(0x0102, whole:u16(0))
      assert.equal(0x010203, whole:u24(0))
      assert.equal(0x01020304, whole:u32(0))
      assert.equal(0x0201, whole:le16(0))
      assert.equal(0x04030201, whole:le32(0))
   end)

   it("reads 32 bits above 2^31 as positive numbers", function ()
      local high = "\255\255\255\254"
      local s = slice.new(ffi.cast("const char *", high), 4)
      assert.equal(0xfffffffe, s:u32(0))
      assert.equal(0xfeffffff, s:le32(0))
   end)

   it("refuses what is past the end, before the beginning, or no number", function ()
      for _, at in ipairs { #bytes, -1, 1e9, 2 ^ 53, -2 ^ 53, 0 / 0, math.huge, -math.huge } do
         assert.has_error(function () whole:u8(at) end)
      end
      assert.has_error(function () whole:u16(#bytes - 1) end)
      assert.has_error(function () whole:u32(#bytes - 3) end)
      assert.has_error(function () whole:string(2, #bytes) end)
      assert.has_error(function () whole:string(2, -1) end)
      assert.has_error(function () whole:sub(#bytes + 1) end)
      assert.has_error(function () whole:sub(0, 2 ^ 40) end)
      assert.has_error(function () whole:u8(nil) end)
   end)

   it("says which bytes were asked for, at the caller's line", function ()
      local ok, why = pcall(function () whole:u16(13) end)
      assert(not ok)
      assert.truthy(why:find "bytes 13 to 14 of a slice of 14")
      assert.truthy(why:find "slice_spec")
   end)

   it("makes slices and strings of parts", function ()
      assert.equal("GET", whole:string(4, 3))
      assert.equal("GET / HTTP", whole:sub(4):string())
      assert.equal("/", whole:sub(4):sub(4, 1):string())
      assert.equal(0, #whole:sub(#bytes))
      assert.equal("01020304", whole:sub(0, 4):hex())
   end)

   it("finds bytes, taken literally", function ()
      assert.equal(4, whole:find "GET")
      assert.equal(7, whole:find(" "))
      assert.equal(9, whole:find(" ", 8))
      assert.is_nil(whole:find "POST")
      assert.is_nil(whole:find("G", 99))
      assert.is_nil(whole:find("."))
   end)

   it("cannot be made longer by writing to it", function ()
      assert.has_error(function () whole.size = 1e6 end)
      assert.has_error(function () whole.at = nil end)
   end)

   it("does not give out its pointer for indexing", function ()
      assert.has_error(function () return whole.at[0] end)
   end)
end)

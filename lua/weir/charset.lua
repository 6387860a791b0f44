-- Bytes in the charsets of the web as UTF-8.
--
--    charset.utf8(bytes, "windows-1251")      --> "Привет", "windows-1251"

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C

local charset = {}

local LARGEST = 67108864                  -- bytes that are looked at in one go
local mark = ffi.new "uint32_t[1]"

-- The bytes as UTF-8, and the charset they were in: `label`, unless a byte order mark says
-- otherwise; what they say or look like when there is none.  nil and the reason when they are in
-- no charset that is known.
function charset.utf8(bytes, label)
   if type(bytes) ~= "string" then error("utf8 takes bytes, not a " .. type(bytes), 2) end
   if #bytes > LARGEST then return nil, ("more than %d bytes"):format(LARGEST) end
   local name = ffi.string(C.weir_charset(label, bytes, #bytes, mark))
   local text = mark[0] > 0 and bytes:sub(mark[0] + 1) or bytes
   if name == "utf-8" and C.weir_charset_is_utf8(text, #text) == 1 then
      local is_whole = not text:sub(-4):find "[\192-\255][\128-\191]*$"      -- the last may be cut
      if is_whole then return text, name end
   end
   local room = #text * 3 + 16
   local out = ffi.new("char[?]", room)
   local size = C.weir_charset_convert(name, text, #text, out, room)
   if size < 0 then return nil, abi.reason() end
   return ffi.string(out, size), name
end

-- Whether bytes are UTF-8; the last character may be cut.
function charset.is_utf8(bytes) return C.weir_charset_is_utf8(bytes, #bytes) == 1 end

return charset

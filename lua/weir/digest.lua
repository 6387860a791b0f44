-- Digests, in lower-case hexadecimal.
--
--    digest.sha256 "abc"                                  --> "ba7816bf…"
--    digest.file "x.pcap"                                 -- the SHA-256 of what is in it

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local digest = {}

local room = ffi.new "char[65]"

local function made(size, most)
   if size < 0 then return nil, abi.reason() end
   return ffi.string(room, most or size)
end

-- `most`: as many of its characters, from the first on.
function digest.sha256(bytes, most)
   return made(C.weir_digest(C.WEIR_SHA256, bytes, #bytes, room), most)
end
function digest.md5(bytes) return made(C.weir_digest(C.WEIR_MD5, bytes, #bytes, room)) end

-- Nil and the reason when the file cannot be read.
function digest.file(path) return made(C.weir_digest_file(C.WEIR_SHA256, path, room)) end

return digest

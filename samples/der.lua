-- Builds certificates in DER.  Keys and signatures are bytes that count up: nobody can use them.
--    der.certificate { subject = { { "CN", "www.example.org" } }, sans = { "www.example.org" } }

local frame = require "frame"

local der = {}

local OIDS = {
   C = "5504 06", O = "5504 0a", OU = "5504 0b", L = "5504 07", CN = "5504 03",
   mail = "2a864886f70d010901", DC = "0992268993f22c640119", odd = "2a0304",
   rsa = "2a864886f70d010101", ec = "2a8648ce3d0201", p256 = "2a8648ce3d030107",
   sha256_rsa = "2a864886f70d01010b", sha256_ecdsa = "2a8648ce3d040302",
   sans = "551d11", basic = "551d13",
}

-- An element: its tag, its size, and what is in it.
function der.element(tag, ...)
   local body = table.concat { ... }
   local size = #body
   local head = size < 128 and string.char(size) or size < 65536 and "\130" .. frame.u16(size)
      or "\131" .. frame.u32(size):sub(2)
   return string.char(tag) .. head .. body
end
local element = der.element

local function oid(name) return element(6, frame.hex(OIDS[name])) end
local function sequence(...) return element(0x30, ...) end

local function counting(size)
   local bytes = {}
   for i = 1, size do bytes[i] = string.char((i * 7 + 128) % 256) end
   return table.concat(bytes)
end

-- A name: steps { attribute, text, tag }; UTF-8 unless a tag of another type of string is given.
function der.name(steps)
   local parts = {}
   for i, step in ipairs(steps) do
      parts[i] = element(0x31, sequence(oid(step[1]), element(step[3] or 12, step[2])))
   end
   return sequence(table.concat(parts))
end

local KEYS = {
   rsa = function ()
      local number = element(2, "\0", "\193" .. counting(127))
      return sequence(sequence(oid "rsa", element(5)),
         element(3, "\0", sequence(number, element(2, "\1\0\1"))))
   end,
   ec = function ()
      return sequence(sequence(oid "ec", oid "p256"), element(3, "\0\4", counting(64)))
   end,
}

local function extensions(o)
   local list, names = {}, {}
   for i, name in ipairs(o.sans or {}) do
      local is_address = name:find "^%d+%.%d+%.%d+%.%d+$"
      names[i] = is_address and element(0x87, frame.address(name)) or element(0x82, name)
   end
   if #names > 0 then
      list[#list + 1] = sequence(oid "sans", element(4, sequence(table.concat(names))))
   end
   if o.is_ca then
      list[#list + 1] = sequence(oid "basic", element(1, "\255"),
         element(4, sequence(element(1, "\255"))))
   end
   return #list > 0 and element(0xa3, sequence(table.concat(list))) or ""
end

-- o: subject, issuer (the subject's own), serial (bytes), from and to (times, and their tags),
-- key (rsa), sans, is_ca.
function der.certificate(o)
   local key = o.key or "rsa"
   local algorithm = sequence(oid(key == "rsa" and "sha256_rsa" or "sha256_ecdsa"))
   local from, to = o.from or { 23, "260101000000Z" }, o.to or { 23, "270101000000Z" }
   return sequence(
      sequence(element(0xa0, element(2, "\2")), element(2, o.serial or "\0\200\1\2"), algorithm,
         der.name(o.issuer or o.subject), sequence(element(unpack(from)), element(unpack(to))),
         der.name(o.subject), KEYS[key](), extensions(o)),
      algorithm, element(3, "\0", counting(64)))
end

return der

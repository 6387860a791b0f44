-- What packets of QUIC are sealed with: SHA-256, HKDF, AES-128-GCM, written for clearness and on
-- their own, so that what they make is a test of the core, which uses a library.

local bit = require "bit"

local band, bor, bxor, bnot = bit.band, bit.bor, bit.bxor, bit.bnot
local rol, ror, shl, shr = bit.rol, bit.ror, bit.lshift, bit.rshift

local seal = {}

local function word(n)
   return string.char(shr(n, 24), band(shr(n, 16), 255), band(shr(n, 8), 255), band(n, 255))
end

local function word_at(s, at)
   local a, b, c, d = s:byte(at, at + 3)
   return bor(shl(a, 24), shl(b, 16), shl(c, 8), d)
end

local function xor(x, y)
   local out = {}
   for i = 1, math.min(#x, #y) do out[i] = string.char(bxor(x:byte(i), y:byte(i))) end
   return table.concat(out)
end

-- ---- SHA-256: its numbers are the first bits of roots of the first primes ---------------------

local roots, halves = {}, {}
do
   local n = 2
   while #roots < 64 do
      local is_prime = true
      for i = 2, math.sqrt(n) do is_prime = is_prime and n % i ~= 0 end
      if is_prime then
         local third, half = n ^ (1 / 3) % 1, math.sqrt(n) % 1
         roots[#roots + 1] = bit.tobit(math.floor(third * 2 ^ 32))
         halves[#halves + 1] = bit.tobit(math.floor(half * 2 ^ 32))
      end
      n = n + 1
   end
end

local function sha_block(h, s, at)
   local w = {}
   for i = 1, 16 do w[i] = word_at(s, at + 4 * i - 4) end
   for i = 17, 64 do
      local x, y = w[i - 15], w[i - 2]
      w[i] = bit.tobit(w[i - 16] + bxor(ror(x, 7), ror(x, 18), shr(x, 3)) + w[i - 7] +
         bxor(ror(y, 17), ror(y, 19), shr(y, 10)))
   end
   local a, b, c, d, e, f, g, k = unpack(h)
   for i = 1, 64 do
      local one = k + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, f), band(bnot(e), g)) +
         roots[i] + w[i]
      local two = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + bxor(band(a, b), band(a, c), band(b, c))
      a, b, c, d, e, f, g, k = bit.tobit(one + two), a, b, c, bit.tobit(d + one), e, f, g
   end
   for i, n in ipairs { a, b, c, d, e, f, g, k } do h[i] = bit.tobit(h[i] + n) end
end

function seal.sha256(s)
   local h, size = { unpack(halves, 1, 8) }, #s
   s = s .. "\128" .. ("\0"):rep(-(size + 9) % 64) .. word(0) .. word(8 * size)
   for at = 1, #s, 64 do sha_block(h, s, at) end
   for i = 1, 8 do h[i] = word(h[i]) end
   return table.concat(h)
end

function seal.hmac(key, s)
   key = key .. ("\0"):rep(64 - #key)
   return seal.sha256(xor(key, ("\92"):rep(64)) .. seal.sha256(xor(key, ("\54"):rep(64)) .. s))
end

-- HKDF-Expand-Label of TLS 1.3, for at most 32 bytes.
function seal.expand(secret, label, size)
   label = "tls13 " .. label
   local info = string.char(0, size, #label) .. label .. "\0"
   return seal.hmac(secret, info .. "\1"):sub(1, size)
end

-- ---- AES-128 ----------------------------------------------------------------------------------

local function double(n) return bxor(band(shl(n, 1), 255), n > 127 and 0x1b or 0) end

local box = {}
do
   local p, q = 1, 1                    -- q is what p is to be multiplied with for 1
   repeat
      p = bxor(p, double(p))
      q = bxor(q, band(shl(q, 1), 255))
      q = bxor(q, band(shl(q, 2), 255))
      q = bxor(q, band(shl(q, 4), 255))
      if q > 127 then q = bxor(q, 9) end
      local x = bor(q, shl(q, 8))
      box[p] = bxor(band(bxor(x, shr(x, 7), shr(x, 6), shr(x, 5), shr(x, 4)), 255), 0x63)
   until p == 1
   box[0] = 0x63
end

local function round_keys(key)
   local w, round = {}, 1
   for i = 0, 3 do w[i] = { key:byte(4 * i + 1, 4 * i + 4) } end
   for i = 4, 43 do
      local t = { unpack(w[i - 1]) }
      if i % 4 == 0 then
         t = { bxor(box[t[2]], round), box[t[3]], box[t[4]], box[t[1]] }
         round = double(round)
      end
      for k = 1, 4 do t[k] = bxor(t[k], w[i - 4][k]) end
      w[i] = t
   end
   return w
end

local function mixed(s, c)
   local a = { s[4 * c + 1], s[4 * c + 2], s[4 * c + 3], s[4 * c + 4] }
   local all = bxor(a[1], a[2], a[3], a[4])
   for k = 1, 4 do s[4 * c + k] = bxor(a[k], all, double(bxor(a[k], a[k % 4 + 1]))) end
end

-- One block.
function seal.aes(key, block)
   local w, s = round_keys(key), { block:byte(1, 16) }
   local function add(round)
      for i = 0, 15 do
         s[i + 1] = bxor(s[i + 1], w[4 * round + math.floor(i / 4)][i % 4 + 1])
      end
   end
   add(0)
   for round = 1, 10 do
      local t = {}
      for i = 0, 15 do t[i + 1] = box[s[(i + 4 * (i % 4)) % 16 + 1]] end
      s = t
      for c = 0, round < 10 and 3 or -1 do mixed(s, c) end
      add(round)
   end
   return string.char(unpack(s))
end

-- ---- GCM ----------------------------------------------------------------------------------------

-- The product of two blocks in the field of 2^128.
local function times(x, h)
   local z, v = { 0, 0, 0, 0 }, { word_at(h, 1), word_at(h, 5), word_at(h, 9), word_at(h, 13) }
   for i = 0, 127 do
      if band(x:byte(math.floor(i / 8) + 1), shr(128, i % 8)) ~= 0 then
         for k = 1, 4 do z[k] = bxor(z[k], v[k]) end
      end
      local low = band(v[4], 1)
      for k = 4, 2, -1 do v[k] = bor(shr(v[k], 1), shl(v[k - 1], 31)) end
      v[1] = bxor(shr(v[1], 1), low * rol(0xe1, 24))
   end
   return word(z[1]) .. word(z[2]) .. word(z[3]) .. word(z[4])
end

local function filled(s) return s .. ("\0"):rep(-#s % 16) end

-- Encrypts `clear` and vouches for it and for `about`: returns it with its tag.
function seal.gcm(key, nonce, about, clear)
   local h, out = seal.aes(key, ("\0"):rep(16)), {}
   for at = 1, #clear, 16 do
      local stream = seal.aes(key, nonce .. word((at - 1) / 16 + 2))
      out[#out + 1] = xor(clear:sub(at, at + 15), stream)
   end
   local sealed, sum = table.concat(out), ("\0"):rep(16)
   local all = filled(about) .. filled(sealed) .. word(0) .. word(8 * #about) .. word(0) ..
      word(8 * #sealed)
   for at = 1, #all, 16 do sum = times(xor(sum, all:sub(at, at + 15)), h) end
   return sealed .. xor(sum, seal.aes(key, nonce .. word(1)))
end

seal.xor = xor
return seal

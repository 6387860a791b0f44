-- What a word of a list can be: a name, a network, a range of addresses, a hash, a URL.
--
--    word.add(set, "198.51.100.0/24")   --> true: it is in the set now
--    word.add(set, "what is this")      --> nil

local literal = require "weir.filter.literal"
local url     = require "weir.url"

local word = {}

local LONGEST = 253                       -- bytes of a name
local ADDRESS = 49                        -- bytes of an address and the length of its prefix
local HASHES = { [32] = true, [40] = true, [64] = true }          -- hex digits: MD5, SHA-1, SHA-256
local JA4 = "^%l%d%d%l%d%d%d%d%w%w_" .. ("%x"):rep(12) .. "_" .. ("%x"):rep(12) .. "$"

local EXACT, BELOW, BOTH = 1, 2, 3        -- of a name: itself, names below it
word.EXACT, word.BELOW, word.BOTH = EXACT, BELOW, BOTH

-- Whether the last label of a name is none of an address: it ends with a letter, or has one.
local function has_letters(text)
   local last = text:byte(-1)
   if last >= 97 and last <= 122 then return true end
   return text:match "([^.]*)$":find "%a" ~= nil
end

-- A name as it is kept; nil when the text is none.
function word.name(text)
   if not text:find "^[%w_][%w_.-]*$" then
      text = text:find "[\128-\255]" and url.ascii(text)
      if not text or not text:find "^[%w_][%w_.-]*$" then return nil end
   end
   if #text > LONGEST then return nil end
   text = text:lower()
   if text:byte(-1) == 46 then text = text:sub(1, -2) end
   if text:find("..", 1, true) or not has_letters(text) then return nil end
   return text
end

-- The four numbers of an IPv4 address as one; nil when the text is none.
function word.number(text)
   local a, b, c, d = text:match "^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$"
   if not a then return nil end
   a, b, c, d = tonumber(a), tonumber(b), tonumber(c), tonumber(d)
   if a > 255 or b > 255 or c > 255 or d > 255 then return nil end
   return ((a * 256 + b) * 256 + c) * 256 + d
end

-- Adds the networks that a range of IPv4 is made of.
local function add_range(set, first, last)
   while first <= last do
      local bits = 32
      while bits > 0 do
         local size = 2 ^ (33 - bits)
         if first % size ~= 0 or first + size - 1 > last then break end
         bits = bits - 1
      end
      set:add_net4(first, bits)
      first = first + 2 ^ (32 - bits)
   end
   return true
end

local function add_address(set, text)
   local number = word.number(text)
   if number then return set:add_net4(number, 32) end
   local place, bits = text:match "^([%d.]+)/(%d%d?)$"
   number, bits = place and word.number(place), tonumber(bits)
   if number then return bits <= 32 and set:add_net4(number, bits) or nil end
   local first, last = text:match "^([%d.]+)%s*%-%s*([%d.]+)$"
   first, last = first and word.number(first), last and word.number(last)
   if first and last then return first <= last and add_range(set, first, last) or nil end
   local bytes = #text <= ADDRESS and text:find ":" and literal.address(text)
   return bytes and bytes.version == 6 and set:add_net6(bytes, bytes.bits) or nil
end

-- Adds a name, with those below it unless `how` says otherwise: "*.x" and ".x" are those below x.
function word.add_name(set, text, how)
   local first = text:byte()
   local below = (first == 42 or first == 46) and text:match "^%*?%.(.+)$"
   local name = word.name(below or text)
   if not name then return nil end
   return set:add_name(name, how or BOTH)
end

-- Adds the host of a URL, itself alone: what is below it is somebody else's.
local function add_url(set, text)
   local parts = url.parse(text)
   local host = parts and parts.host
   if not host or host == "" then return nil end
   return add_address(set, host) or word.add_name(set, host, EXACT)
end

-- Adds what a text is; nil when it is nothing of the kind.
function word.add(set, text)
   local size, first = #text, text:byte()
   local is_hash = HASHES[size] and not text:find "%X" or size == 36 and text:find(JA4)
   if is_hash then return set:add_hash(text:lower()) end
   if text:find(":", 1, true) then
      if text:find "^%a[%w+.-]*://" then return add_url(set, text) end
      return add_address(set, text:match "^([%d.]+):%d+$" or text)          -- of whatever port
   end
   if first and first >= 48 and first <= 57 and text:find "^[%d./ -]*$" then
      return add_address(set, text)
   end
   return text:find(".", 1, true) and word.add_name(set, text) or nil
end

return word

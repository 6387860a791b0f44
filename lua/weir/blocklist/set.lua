-- Names, networks and hashes, to be found again: names by their labels, networks by the lengths of
-- their prefixes, the longest first.

local address = require "weir.address"
local literal = require "weir.filter.literal"
local word    = require "weir.blocklist.word"

local set = {}
set.__index = set

local MAPPED = 96                         -- bits before the address of IPv4 in one of IPv6

function set.new()
   return setmetatable({
      names = {}, hashes = {}, nets4 = {}, nets6 = {}, lengths4 = {}, lengths6 = {},
      count = 0,
   }, set)
end

-- ---- adding: each returns true ------------------------------------------------------------

function set:add_name(name, how)
   local known = self.names[name]
   if not known then
      self.names[name], self.count = how, self.count + 1
   elseif known ~= how then
      self.names[name] = word.BOTH
   end
   return true
end

function set:add_hash(hash)
   if not self.hashes[hash] then self.hashes[hash], self.count = true, self.count + 1 end
   return true
end

-- Adds a network's key to those of its length; `lengths` stay in order, the longest first.
local function add_net(self, nets, lengths, bits, key)
   local keys = nets[bits]
   if not keys then
      keys = {}
      nets[bits] = keys
      lengths[#lengths + 1] = bits
      table.sort(lengths, function (a, b) return a > b end)
   end
   if not keys[key] then keys[key], self.count = true, self.count + 1 end
   return true
end

function set:add_net4(number, bits)
   return add_net(self, self.nets4, self.lengths4, bits, number - number % 2 ^ (32 - bits))
end

-- The IPv4 address in one of IPv6 that stands for it.
local function inner(bytes)
   for i = 1, 10 do
      if bytes[i] ~= 0 then return nil end
   end
   if bytes[11] ~= 255 or bytes[12] ~= 255 then return nil end
   return ((bytes[13] * 256 + bytes[14]) * 256 + bytes[15]) * 256 + bytes[16]
end

-- The first bits of 16 bytes, as a text.
local function masked(bytes, bits)
   local whole, kept = math.floor(bits / 8), {}
   for i = 1, whole do kept[i] = string.char(bytes[i]) end
   if bits % 8 > 0 then
      local unit = 2 ^ (8 - bits % 8)
      kept[whole + 1] = string.char(bytes[whole + 1] - bytes[whole + 1] % unit)
   end
   return table.concat(kept)
end

-- A network of IPv6 that stands for one of IPv4 is that.  ::ffff:0:0/96 is not: who lists it means
-- addresses that are written so.
function set:add_net6(bytes, bits)
   local number = bits > MAPPED and inner(bytes)
   if number then return self:add_net4(number, bits - MAPPED) end
   return add_net(self, self.nets6, self.lengths6, bits, masked(bytes, bits))
end

-- ---- finding: each returns what matched ------------------------------------------------------

-- A name in small letters.
function set:name(text)
   local names = self.names
   local how = names[text]
   if how and how ~= word.BELOW then return text end
   local at = text:find(".", 1, true)
   while at do
      local rest = text:sub(at + 1)
      how = names[rest]
      if how and how ~= word.EXACT then return rest end
      at = text:find(".", at + 1, true)
   end
   return nil
end

function set:hash(text) return self.hashes[text] and text or nil end

local function dotted(number)
   return ("%d.%d.%d.%d"):format(math.floor(number / 2 ^ 24), math.floor(number / 2 ^ 16) % 256,
      math.floor(number / 256) % 256, number % 256)
end

local function find4(self, number)
   for _, bits in ipairs(self.lengths4) do
      local key = number - number % 2 ^ (32 - bits)
      if self.nets4[bits][key] then
         return bits == 32 and dotted(key) or ("%s/%d"):format(dotted(key), bits)
      end
   end
end

local function find6(self, text)
   local bytes = literal.address(text)
   if not bytes or bytes.version ~= 6 then return nil end
   local number = inner(bytes)
   local found = number and find4(self, number)
   if found then return found end
   for _, bits in ipairs(self.lengths6) do
      local key = masked(bytes, bits)
      if self.nets6[bits][key] then
         local first = address.ip(key .. ("\0"):rep(16 - #key), 6)
         return bits == 128 and first or ("%s/%d"):format(first, bits)
      end
   end
end

-- The text of an address.
function set:address(text)
   local number = word.number(text)
   if number then return find4(self, number) end
   if #self.lengths6 == 0 and #self.lengths4 == 0 then return nil end
   return find6(self, text)
end

return set

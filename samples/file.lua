-- Writes frames down in the two capture formats.  A frame is a string, or a table { bytes } with
-- `size` (on the wire), `seconds` and `nanoseconds`; by default the i-th frame is i - 1
-- milliseconds after the first moment of 2026, in UTC.

local frame = require "frame"

local file = {}

file.START = 1767225600         -- 2026-01-01T00:00:00Z

-- Turns functions that write in network order into ones for a file of either order.
local function ordered(big, write)
   if big then return write end
   return function (...)
      local out = {}
      for i, n in ipairs { ... } do out[i] = write(n):reverse() end
      return table.concat(out)
   end
end

local function when(entry, i)
   return entry.seconds or file.START, entry.nanoseconds or (i - 1) * 1000000
end

-- `o`: link (1, Ethernet), snaplen (262144), big (byte order), nano (resolution).
function file.pcap(frames, o)
   o = o or {}
   local u16, u32 = ordered(o.big, frame.u16), ordered(o.big, frame.u32)
   local magic = o.nano and 0xa1b23c4d or 0xa1b2c3d4
   local out = { u32(magic) .. u16(2, 4) .. u32(0, 0, o.snaplen or 262144, o.link or 1) }
   for i, entry in ipairs(frames) do
      if type(entry) == "string" then entry = { entry } end
      local seconds, ns = when(entry, i)
      local fraction = o.nano and ns or math.floor(ns / 1000)
      out[#out + 1] = u32(seconds, fraction, #entry[1], entry.size or #entry[1]) .. entry[1]
   end
   return table.concat(out)
end

-- ---- pcapng ------------------------------------------------------------------

local function pad(bytes) return bytes .. ("\0"):rep(-#bytes % 4) end

local section = {}
section.__index = section

-- Begins a section of a pcapng file, in either byte order.
function file.section(big, options)
   local s = setmetatable({ big = big, faces = {}, out = {} }, section)
   s.u16, s.u32 = ordered(big, frame.u16), ordered(big, frame.u32)
   s:block(0x0a0d0d0a, s.u32(0x1a2b3c4d) .. s.u16(1, 0) .. s.u32(0xffffffff, 0xffffffff) ..
      s:options(options))
   return s
end

function section:block(type, body)
   local size = 12 + #pad(body)
   self.out[#self.out + 1] = self.u32(type, size) .. pad(body) .. self.u32(size)
end

-- `list` is { { code, value }, … }; nothing at all when it is nil.
function section:options(list)
   local out = {}
   for i, option in ipairs(list or {}) do
      out[i] = self.u16(option[1], #option[2]) .. pad(option[2])
   end
   if list then out[#out + 1] = self.u16(0, 0) end
   return table.concat(out)
end

function section:u64(high, low)
   if self.big then return self.u32(high, low) end
   return self.u32(low, high)
end

-- `o`: link, snaplen, name; rate and resolution (ticks in a second, and the option's byte that
-- says so); offset (seconds).
function section:interface(o)
   local list = { { 2, o.name } }
   if o.resolution then list[#list + 1] = { 9, string.char(o.resolution) } end
   if o.offset then list[#list + 1] = { 14, self:u64(0, o.offset) } end
   self.faces[#self.faces + 1] = o
   self:block(1, self.u16(o.link, 0) .. self.u32(o.snaplen or 0) .. self:options(list))
end

-- The time of `entry` by the clock of interface `id`, as two halves.
function section:ticks(id, entry)
   local face = self.faces[id + 1]
   local rate = face.rate or 1000000
   local seconds, ns = when(entry, 1)
   local ticks = 1ULL * (seconds - (face.offset or 0)) * rate +    -- more than a double can hold
                 1ULL * ns * rate / 1000000000
   return self.u32(tonumber(ticks / 4294967296ULL), tonumber(ticks % 4294967296ULL))
end

-- An enhanced packet block.
function section:packet(id, entry, options)
   local bytes = entry[1]
   self:block(6, self.u32(id) .. self:ticks(id, entry) ..
      self.u32(#bytes, entry.size or #bytes) .. pad(bytes) .. self:options(options))
end

-- A packet block, as it was before the enhanced one.
function section:old_packet(id, entry)
   local bytes = entry[1]
   self:block(2, self.u16(id, 0xffff) .. self:ticks(id, entry) ..
      self.u32(#bytes, entry.size or #bytes) .. bytes)
end

-- A simple packet block: interface 0, whose snaplen says how much is kept, and no time.
function section:simple_packet(entry)
   local kept = self.faces[1].snaplen or #entry[1]
   self:block(3, self.u32(#entry[1]) .. entry[1]:sub(1, kept))
end

function section:bytes() return table.concat(self.out) end

return file

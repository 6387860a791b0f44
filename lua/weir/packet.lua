-- What can be asked of a packet besides the members of its struct.
--
--    packet.time  packet.src_ip  packet.proto  packet.payload:u8(0)  packet:option(2)
--
-- A field is nil when the packet has no such part.

local ffi     = require "ffi"
local bit     = require "bit"
local abi     = require "weir.abi"
local ends    = require "weir.ends"
local slice   = require "weir.slice"

local C, band = abi.C, bit.band
local bytes = ffi.typeof "const uint8_t *"
local TCP_OPTIONS = 40                                   -- bytes: what a data offset of 15 leaves

local get = setmetatable({}, { __index = ends.get })     -- by name: function (packet)

function get.time(p) return tonumber(p.ns) / 1e9 end

-- Seconds since the flow's last packet, and since the last one in this direction; 0 for the first.
function get.gap(p) return tonumber(p.gap_ns) / 1e9 end
function get.gap_same(p) return tonumber(p.gap_same_ns) / 1e9 end

-- The frame as captured, and what the transport carries, as slices.
function get.bytes(p) return slice.new(p.data, p.kept) end

function get.payload(p)
   return slice.new(ffi.cast(bytes, p.body) + p.payload_at, p.payload_kept)
end

-- The transport's header, with its options.
function get.header(p)
   if band(p.has, C.WEIR_HAS_PAYLOAD) == 0 then return slice.new(nil, 0) end
   return slice.new(ffi.cast(bytes, p.body) + p.transport_at, p.payload_at - p.transport_at)
end

-- Whether the capture kept less than was on the wire.
function get.truncated(p) return p.kept < p.size end

local function text(p, at)
   if at ~= 0 and p.home ~= nil and at < p.home.text_size then
      return ffi.string(p.home.text + at)
   end
end

function get.in_iface(p) return text(p, p.interface_at) end
function get.comment(p) return text(p, p.comment_at) end

-- Walks over the options of a TCP header, from `at` on: returns the kind of the next one, where it
-- begins and where it ends.  Nil at the last, and at a length that cannot be.
local function next_option(header, at)
   local size = math.min(#header, 20 + TCP_OPTIONS)
   while at < size and header:u8(at) == 1 do at = at + 1 end        -- 1 is padding
   if at + 1 >= size or header:u8(at) == 0 then return nil end
   local length = header:u8(at + 1)
   if length >= 2 and at + length <= size then return header:u8(at), at, at + length end
end

-- TCP options by their kind, the first of each: slices of what follows kind and length.
function get.tcp_option(p)
   local found, header = {}, get.header(p)
   if band(p.has, C.WEIR_HAS_TCP) == 0 then return found end
   local kind, at, behind = next_option(header, 20)
   while kind do
      found[kind] = found[kind] or header:sub(at + 2, behind - at - 2)
      kind, at, behind = next_option(header, behind)
   end
   return found
end

-- One of them, which makes no table of all: packet:option(2) is packet.tcp_option[2].
local function option(p, wanted)
   local header = get.header(p)
   if band(p.has, C.WEIR_HAS_TCP) == 0 then return nil end
   local kind, at, behind = next_option(header, 20)
   while kind and kind ~= wanted do kind, at, behind = next_option(header, behind) end
   return kind and header:sub(at + 2, behind - at - 2)
end

function get.option() return option end

ffi.metatype("struct weir_packet", {
   __index = ends.index("packet", get),
   __tostring = function (p)
      return ("packet %d: %s > %s, %s, %d bytes"):format(
         p.ordinal, get.src_ip(p) or "?", get.dest_ip(p) or "?", get.proto(p) or "no IP", p.size)
   end,
})

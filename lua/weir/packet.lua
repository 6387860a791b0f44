-- What can be asked of a packet besides the members of its struct.
--
--    packet.time  packet.src_ip  packet.proto  packet.payload:u8(0)  packet.tcp_option[2]
--
-- A field is nil when the packet has no such part.

local ffi     = require "ffi"
local bit     = require "bit"
local abi     = require "weir.abi"
local address = require "weir.address"
local schema  = require "weir.schema"
local slice   = require "weir.slice"

local C, band = abi.C, bit.band
local bytes = ffi.typeof "const uint8_t *"
local TCP_OPTIONS = 40                                   -- bytes: what a data offset of 15 leaves

local get = {}                                           -- by name: function (packet)

function get.time(p) return tonumber(p.ns) / 1e9 end

function get.src_ip(p)
   if band(p.has, C.WEIR_HAS_ADDRESS) ~= 0 then return address.ip(p.src_addr, p.ip_version) end
end

function get.dest_ip(p)
   if band(p.has, C.WEIR_HAS_ADDRESS) ~= 0 then return address.ip(p.dest_addr, p.ip_version) end
end

function get.src_mac(p)
   if band(p.has, C.WEIR_HAS_SRC_MAC) ~= 0 then return address.mac(p.src_ether) end
end

function get.dest_mac(p)
   if band(p.has, C.WEIR_HAS_DEST_MAC) ~= 0 then return address.mac(p.dest_ether) end
end

local protocols = schema.of "packet".names.proto.names

-- The name of the transport; a number as text when it has no name.
function get.proto(p)
   if band(p.has, C.WEIR_HAS_IP) ~= 0 then return protocols[p.protocol] or tostring(p.protocol) end
end

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

-- VLAN tags, outermost first: an array.
function get.vlan(p)
   local tags = {}
   for i = 1, math.min(p.vlan_count, C.WEIR_VLANS) do tags[i] = p.vlans[i - 1] end
   return tags
end

local tunnel_types = schema.of "packet".names.tunnel.rows.names.type.names

-- The tunnels around the packet, outermost first:
-- { type, src_ip, dest_ip, src_port, dest_port, id }.
function get.tunnel(p)
   local found = {}
   if p.home == nil or p.tunnel_first + p.tunnel_count > p.home.tunnel_total then return found end
   for i = 1, p.tunnel_count do
      local t = p.home.tunnels[p.tunnel_first + i - 1]
      found[i] = {
         type = tunnel_types[t.kind],
         src_ip = address.ip(t.src_addr, t.ip_version), src_port = t.src_port,
         dest_ip = address.ip(t.dest_addr, t.ip_version), dest_port = t.dest_port,
         id = t.id,
      }
   end
   return found
end

-- TCP options by their kind, the first of each: slices of what follows kind
-- and length.  Stops at a length that cannot be.
function get.tcp_option(p)
   local found, header = {}, get.header(p)
   local at, size = 20, math.min(#header, 20 + TCP_OPTIONS)
   if band(p.has, C.WEIR_HAS_TCP) == 0 then return found end
   while at < size do
      local kind = header:u8(at)
      local length = kind == 1 and 1 or at + 1 < size and header:u8(at + 1) or 0
      if kind == 0 or (kind ~= 1 and length < 2) or at + length > size then break end
      if kind ~= 1 and not found[kind] then found[kind] = header:sub(at + 2, length - 2) end
      at = at + length
   end
   return found
end

ffi.metatype("struct weir_packet", {
   __index = function (p, name)
      local f = get[name]
      if f then return f(p) end
      local field, why = schema.field("packet", name)
      if not field then error(why, 2) end
      if get[field.name] then return get[field.name](p) end
      return p[field.member]
   end,
   __tostring = function (p)
      return ("packet %d: %s > %s, %s, %d bytes"):format(
         p.ordinal, get.src_ip(p) or "?", get.dest_ip(p) or "?", get.proto(p) or "no IP", p.size)
   end,
})

local packet = {}

-- A field by its canonical name, nil when the packet has no such part.  (A
-- member read directly is 0 then, which is faster to test in a hot loop.)
function packet.value(p, name)
   local field = schema.of "packet".names[name]
   if band(p.has, field.mask) ~= field.mask then return nil end
   return p[name]
end

return packet

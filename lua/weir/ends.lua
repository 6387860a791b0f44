-- What packets, flows and seconds are asked alike: who, to whom, what carries it.
-- Works on any record that has these members of struct weir_packet.

local bit     = require "bit"
local abi     = require "weir.abi"
local address = require "weir.address"
local names   = require "weir.schema.names"
local schema  = require "weir.schema"

local C, band = abi.C, bit.band

local get = {}                                           -- by name: function (record)

function get.src_ip(p)
   if band(p.has, C.WEIR_HAS_ADDRESS) ~= 0 then return (address.ip(p.src_addr, p.ip_version)) end
end

function get.dest_ip(p)
   if band(p.has, C.WEIR_HAS_ADDRESS) ~= 0 then return (address.ip(p.dest_addr, p.ip_version)) end
end

function get.src_mac(p)
   if band(p.has, C.WEIR_HAS_SRC_MAC) ~= 0 then return (address.mac(p.src_ether)) end
end

function get.dest_mac(p)
   if band(p.has, C.WEIR_HAS_DEST_MAC) ~= 0 then return (address.mac(p.dest_ether)) end
end

-- The name of the transport; a number as text when it has no name.
function get.proto(p)
   if band(p.has, C.WEIR_HAS_IP) == 0 then return nil end
   return names.protocols[p.protocol] or tostring(p.protocol)
end

-- VLAN tags, outermost first: an array.
function get.vlan(p)
   local tags = {}
   for i = 1, math.min(p.vlan_count, C.WEIR_VLANS) do tags[i] = p.vlans[i - 1] end
   return tags
end

-- The tunnels around it, outermost first:
-- { type, src_ip, dest_ip, src_port, dest_port, id }.
function get.tunnel(p)
   local found = {}
   if p.home == nil or p.tunnel_first + p.tunnel_count > p.home.tunnel_total then return found end
   for i = 1, p.tunnel_count do
      local t = p.home.tunnels[p.tunnel_first + i - 1]
      found[i] = {
         type = names.tunnels[t.kind],
         src_ip = address.ip(t.src_addr, t.ip_version), src_port = t.src_port,
         dest_ip = address.ip(t.dest_addr, t.ip_version), dest_port = t.dest_port,
         id = t.id,
      }
   end
   return found
end

-- A field of a record by its canonical name; nil when the record has no such part.
-- (A member read directly is 0 then, which is faster to test in a hot loop.)
local function value(record, kind, name)
   local field = schema.of(kind).names[name]
   if not field.part and band(record.has, field.mask) ~= field.mask then return nil end
   return record[name]
end

-- What the metatype of a kind of record finds by name: its getters, and the members of its fields
-- by any of their names.  Parentheses around a call make it none of the tail calls, of which LuaJIT
-- takes no more than fifteen in what it compiles as one piece.
local function index(kind, getters)
   return function (record, name)
      local f = getters[name]
      if f then return (f(record)) end
      local field, why = schema.field(kind, name)
      if not field then error(why, 2) end
      if getters[field.name] then return (getters[field.name](record)) end
      if field.as == "constant" then return field.names[0] end
      return record[field.member]
   end
end

return { get = get, value = value, index = index }

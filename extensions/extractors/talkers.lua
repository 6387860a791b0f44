-- Who talks to whom.  A private address belongs to a device here, known by its MAC address where
-- there is one; what is far away is known by its address alone, since the MAC is a router's.

local weir = require "weir"

local talkers = weir.extractor {
   about   = "devices and addresses that talk to each other",
   version = "1",
   on      = "flow",
}

-- Addresses that mean something in one network alone (RFC 1918, 3927, 4193, 4291).
local function is_private(address)
   local first = address:sub(1, 4)
   if first == "172." then
      local second = tonumber(address:sub(5, 6))
      return second and second >= 16 and second <= 31 and address:sub(7, 7) == "."
   end
   if first == "192." then return address:sub(5, 8) == "168." end
   if first == "169." then return address:sub(5, 8) == "254." end
   local two, third = address:sub(1, 2), address:sub(3, 3)
   return address:sub(1, 3) == "10." or (two == "fc" or two == "fd") and address:sub(5, 5) == ":"
      or two == "fe" and third >= "8" and third <= "b"
end

-- A MAC address of many (the lowest bit of its first byte) is nobody's.
local function is_group(mac) return tonumber(mac:sub(2, 2), 16) % 2 == 1 end

local function party(kb, address, mac)
   if not is_private(address) or mac and is_group(mac) then return kb:entity("address", address) end
   return kb:entity("device", mac or address)
end

function talkers:extract(flow, kb)
   local from = party(kb, flow.src_ip, flow.src_mac)
   local to = party(kb, flow.dest_ip, flow.dest_mac)
   kb:relate(from, "talks to", to)
end

return talkers

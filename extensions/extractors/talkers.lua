-- Who talks to whom.  A private address belongs to a device here, known by its MAC address where
-- there is one; what is far away is known by its address alone, since the MAC is a router's.

local weir = require "weir"

local talkers = weir.extractor {
   about = "devices and addresses that talk to each other",
   on    = "flow",
}

local PRIVATE = {
   "^10%.", "^192%.168%.", "^172%.1[6-9]%.", "^172%.2%d%.", "^172%.3[01]%.", "^169%.254%.",
   "^f[cd]%x%x:", "^fe[89ab]%x:",
}

local function is_private(address)
   for _, pattern in ipairs(PRIVATE) do
      if address:find(pattern) then return true end
   end
   return false
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

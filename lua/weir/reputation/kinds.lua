-- What can be asked about: addresses, domains, hashes of files; and what is nobody's business.
--
--    kinds.of "192.0.2.1"      --> "ip_addresses"
--    kinds.of "10.0.0.1"       --> nil, "private"

local literal = require "weir.filter.literal"

local kinds = {}

local LONGEST = 253                       -- bytes of a name
local HASHES = { [32] = true, [40] = true, [64] = true }

-- Names that mean something in one network alone, or nothing.
local LOCAL = {
   ["local"] = true, lan = true, home = true, internal = true, intranet = true, localhost = true,
   localdomain = true, arpa = true, onion = true, invalid = true, test = true,
}

-- Networks whose addresses are not of the whole world: RFC 6890.  Those that documentation has for
-- examples are not among them: they stand for what is public.
local NETWORKS = {}
for _, text in ipairs {
   "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
   "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
   "::/127", "fc00::/7", "fe80::/9", "ff00::/8",
} do NETWORKS[#NETWORKS + 1] = literal.address(text) end

local function is_in(bytes, network)
   if bytes.version ~= network.version then return false end
   for i = 1, math.ceil(network.bits / 8) do
      local rest = 2 ^ math.max(0, 8 * i - network.bits)
      if math.floor(bytes[i] / rest) ~= math.floor(network[i] / rest) then return false end
   end
   return true
end

-- The IPv4 address in one of IPv6 that stands for it.
local function inner(bytes)
   for i = 1, 10 do
      if bytes[i] ~= 0 then return nil end
   end
   if bytes[11] ~= 255 or bytes[12] ~= 255 then return nil end
   return { version = 4, bits = 32, bytes[13], bytes[14], bytes[15], bytes[16] }
end

local function is_private(bytes)
   bytes = bytes.version == 6 and inner(bytes) or bytes
   for _, network in ipairs(NETWORKS) do
      if is_in(bytes, network) then return true end
   end
   return false
end

local function is_name(text)
   if #text > LONGEST or not text:find "^[%w_-]+%.[%w._-]+$" then return false end
   return not text:find("..", 1, true) and text:find "%a[%w-]*$" ~= nil
end

-- The kind of a text, as the service calls it in its paths; nil and the reason when it is not asked
-- about: "private" or "unknown".
function kinds.of(text)
   local bytes = text:find "^[%x:.]+$" and literal.address(text)
   if bytes then
      if is_private(bytes) then return nil, "private" end
      return "ip_addresses"
   end
   if HASHES[#text] and not text:find "%X" then return "files" end
   if not is_name(text) then return nil, "unknown" end
   if LOCAL[text:match "[^.]+$":lower()] then return nil, "private" end
   return "domains"
end

return kinds

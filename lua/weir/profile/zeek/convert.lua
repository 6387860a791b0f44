-- What several of Zeek's logs have in common, and how it is made of a record.

local literal = require "weir.filter.literal"

local convert = {}

local ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
local ICMP = { [1] = true, [58] = true }
local TRANSPORTS = { [1] = "icmp", [6] = "tcp", [17] = "udp", [58] = "icmp" }

-- A number in so many digits of base 62.
local function base62(n, digits)
   local out = {}
   for i = digits, 1, -1 do
      local at = n % 62 + 1
      out[i], n = ALPHABET:sub(at, at), math.floor(n / 62)
   end
   return table.concat(out)
end

-- The name of a flow: "C" and seventeen letters and digits, as Zeek's.  The last seven are the
-- flow's number; those before, which come of its addresses, tell captures apart.
function convert.uid(r)
   local community = r.flow_id > 0 and r.community_id
   if not community then return nil end
   return "C" .. community:sub(3, 12):gsub("[+/]", "Z") .. base62(r.flow_id, 7)
end

-- Ports; of ICMP its type and code.
function convert.orig_p(r) return ICMP[r.protocol] and r.icmp_type or r.src_port end
function convert.resp_p(r) return ICMP[r.protocol] and r.icmp_code or r.dest_port end

function convert.proto(r) return TRANSPORTS[r.protocol] or "unknown_transport" end

-- The time of a protocol's record, in nanoseconds.
function convert.ts(r) return r.ns end

-- The columns that a log about one connection begins with.
function convert.columns(ts)
   return {
      { "ts", "time", ts or convert.ts }, { "uid", "string", convert.uid },
      { "id.orig_h", "addr", "src_ip" }, { "id.orig_p", "port", convert.orig_p },
      { "id.resp_h", "addr", "dest_ip" }, { "id.resp_p", "port", convert.resp_p },
   }
end

-- Days from 1970 to a date of our calendar.
local function days(year, month, day)
   local y = month > 2 and year or year - 1              -- years that begin in March
   local m = (month + 9) % 12
   return 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
      + math.floor((153 * m + 2) / 5) + day - 719469
end

-- Seconds since 1970 of a date such as 2026-01-31T12:00:00.
function convert.seconds(date)
   local year, month, day, hour, minute, second =
      (date or ""):match "^(%d+)-(%d+)-(%d+)[T ](%d+):(%d+):(%d+)"
   if not year then return nil end
   return 86400 * days(tonumber(year), tonumber(month), tonumber(day)) + 3600 * tonumber(hour)
      + 60 * tonumber(minute) + tonumber(second)
end

-- Adds columns to the description of a log, which is returned.
function convert.log(spec, first, more)
   for _, list in ipairs { first, more } do
      for _, column in ipairs(list) do spec[#spec + 1] = column end
   end
   return spec
end

-- Nets that IANA says nobody routes.
local LOCAL = {}
for net in ([[
   0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
   192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4
   ::/127 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 fc00::/7 fe80::/10
]]):gmatch "%S+" do LOCAL[#LOCAL + 1] = literal.address(net) end

local function is_inside(address, net)
   if address.version ~= net.version then return false end
   for i = 1, math.ceil(net.bits / 8) do
      local free = 2 ^ math.max(0, 8 * i - net.bits)
      if math.floor(address[i] / free) ~= math.floor(net[i] / free) then return false end
   end
   return true
end

-- The address of IPv4 that one of 6to4 stands for.
local function inner(address)
   if address[1] ~= 0x20 or address[2] ~= 2 then return address end
   return { version = 4, address[3], address[4], address[5], address[6] }
end

-- Whether an address is of a net that nobody routes, as Zeek takes them for local unless told.
function convert.is_local(ip)
   local address = ip and literal.address(ip)
   if not address then return nil end
   address = address.version == 6 and inner(address) or address
   for _, net in ipairs(LOCAL) do
      if is_inside(address, net) then return true end
   end
   return false
end

-- What Zeek calls the protocols that Weir calls otherwise.
local SERVICES = { tls = "ssl", mdns = "dns", llmnr = "dns", nbns = "dns", dtls = "ssl" }

function convert.service(name) return name and (SERVICES[name] or name) end

return convert

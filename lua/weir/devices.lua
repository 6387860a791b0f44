-- What records say of the devices here, by their Ethernet addresses, and of what addresses are
-- called: for device_info:<mac> and ip_to_hostname:<ip> of traffic.db, as the design of IoT
-- Inspector has them.
--
--    local devices = devices.new(function (key, value) … end)
--    devices:batch(batch)          -- tells, once each, what it had not told

local address = require "weir.address"
local json    = require "weir.json"

local devices = {}
devices.__index = devices

local LONGEST = 40                        -- letters of what looks like a product's name
local MOST = 131072                       -- properties; with more all of them are forgotten

-- `tell` is called with a key of kv_store and JSON: an object with what is new under it, or a name.
function devices.new(tell) return setmetatable({ tell = tell, known = {}, count = 0 }, devices) end

-- Whether a property had another value, or none, so far.
local function is_news(self, property, text)
   local known = self.known[property]
   if known == text then return false end
   if not known then
      if self.count >= MOST then self.known, self.count = {}, 0 end
      self.count = self.count + 1
   end
   self.known[property] = text
   return true
end

-- Tells that under that key a device has a property, a text of JSON, unless it has been told.
local function learn(self, key, name, text)
   if is_news(self, key .. " " .. name, text) then
      self.tell(key, ('{"%s":%s}'):format(name, text))
   end
end

-- The same by the Ethernet address as a text, of any value.
function devices:learn(mac, name, value)
   if not mac or value == nil then return end
   learn(self, "device_info:" .. mac:gsub(":", ""), name, json.encode(value))
end

-- ---- what kinds of records tell -----------------------------------------------------------------

local NOBODY = { ["0.0.0.0"] = true, ["::"] = true }

local function ip_of(self, mac, ip)
   if ip and not NOBODY[ip] then self:learn(mac, "ip_addr", ip) end
end

local tells = {}

function tells.dhcp(self, record)
   self:learn(record.client_mac, "dhcp_hostname", record.hostname or record.fqdn)
   if record.dhcp_type == "ack" then ip_of(self, record.client_mac, record.assigned_ip) end
end

function tells.arp(self, record)
   if record.operation ~= "probe" then ip_of(self, record.sender_mac, record.sender_ip) end
end

local IS_ADDRESS = { A = true, AAAA = true }

-- An answer names addresses, whether a flow to them comes or not.  Their first name stays.
function tells.dns(self, record)
   if not record.qr or record.rcode ~= "NOERROR" or not record.rrname then return end
   local text = json.encode(record.rrname:lower())
   for _, answer in ipairs(record.answers or {}) do
      local key = IS_ADDRESS[answer.rrtype] and answer.rdata and "ip_to_hostname:" .. answer.rdata
      if key and is_news(self, key, true) then self.tell(key, text) end
   end
end

-- Who sent it, and not who is told.
local function sender(record)
   if record.reverse == 1 then return record.dest_mac end
   return record.src_mac
end

-- A name that a person gave, and no number of some kind.
local function looks_human(text)
   if #text > LONGEST or text:find "[^\32-\126]" or not text:find "%a" then return false end
   local _, digits = text:gsub("%d", "")
   local _, hex = text:gsub("%x", "")
   return digits <= #text * 0.5 and hex <= #text * 0.8
end

-- The properties of a service under which products are named, the best first.
local TELLING = { "DN", "fn", "name", "integrator", "mn", "model", "md", "n" }

local function properties(answer)
   local found = {}
   for _, text in ipairs(answer.strings or { answer.rdata and answer.rdata:match '^"(.*)"$' }) do
      local name, value = text:match "^([^=]+)=(.*)$"
      if name then found[name] = value end
   end
   return found
end

function tells.mdns(self, record)
   if not record.qr then return end
   for _, answer in ipairs(record.answers or {}) do
      if answer.rrtype == "TXT" then
         local found = properties(answer)
         if next(found) then self:learn(sender(record), "mdns", { [answer.rrname] = found }) end
         for _, name in ipairs(TELLING) do
            if found[name] and looks_human(found[name]) then
               self:learn(sender(record), "maybe_product_name", found[name])
               break
            end
         end
      end
   end
end

function tells.ssdp(self, record)
   if record.type == "M-SEARCH" or not (record.server or record.location) then return end
   self:learn(sender(record), "upnp",
      { [record.usn or record.nt or record.st or ""] = { server = record.server,
         location = record.location } })
end

-- ---- addresses of flows -------------------------------------------------------------------------

-- Whether 16 bytes are an address that means something in one network alone (RFC 1918, 3927, 4193,
-- 4291).
local function is_private(a, version)
   if version == 4 then
      return a[0] == 10 or a[0] == 172 and a[1] >= 16 and a[1] < 32 or a[0] == 192 and a[1] == 168
         or a[0] == 169 and a[1] == 254
   end
   return a[0] == 0xfc or a[0] == 0xfd or a[0] == 0xfe and a[1] >= 0x80 and a[1] < 0xc0
end

-- Six bytes as a number; 0 for the address of many, and for none.
local function number_of(six)
   if six[0] % 2 == 1 then return 0 end
   return ((((six[0] * 256 + six[1]) * 256 + six[2]) * 256 + six[3]) * 256 + six[4]) * 256 + six[5]
end

local function last_bytes(a, version)
   local at = version == 4 and 0 or 12
   return ((a[at] * 256 + a[at + 1]) * 256 + a[at + 2]) * 256 + a[at + 3]
end

-- An end of a flow: a device here has the address, when that is private.  IPv4 counts, or the only
-- one there is.
local function note_end(self, seen, six, addr, version)
   if not is_private(addr, version) then return end
   local mac, ip = number_of(six), last_bytes(addr, version)
   if mac == 0 or seen[mac] == ip then return end
   if version ~= 4 and seen[mac] then return end
   if seen[mac] == nil then
      seen.count = seen.count + 1
      if seen.count > MOST then
         self.seen = { count = 0 }
         return
      end
   end
   seen[mac] = ip
   learn(self, ("device_info:%012x"):format(mac), "ip_addr",
      '"' .. address.ip(addr, version) .. '"')
end

local function note_flows(self, batch)
   self.seen = self.seen or { count = 0 }
   for i = 0, batch.flow_count - 1 do
      local flow = batch.flows[i]
      note_end(self, self.seen, flow.src_ether, flow.src_addr, flow.ip_version)
      note_end(self, self.seen, flow.dest_ether, flow.dest_addr, flow.ip_version)
   end
end

local KINDS = { "dhcp", "arp", "ssdp" }

-- Learns from the records of a batch.
function devices:batch(batch)
   for _, kind in ipairs(KINDS) do
      for i = 0, batch[kind .. "_count"] - 1 do tells[kind](self, batch[kind][i]) end
   end
   for i = 0, batch.dns_count - 1 do
      local record = batch.dns[i]
      local tell = tells[record.event_type]
      if tell then tell(self, record) end
   end
   if batch.flow_count > 0 then note_flows(self, batch) end
end

return devices

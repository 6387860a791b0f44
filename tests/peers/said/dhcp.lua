-- DHCP: the fields of Weir and tshark, and what is different by design.

-- `is_first`: what follows the first one in tshark is of options.
local function field(name, tshark, ours, plain, is_first)
   if type(ours) ~= "function" then
      local member = ours or name
      ours = function (record, add)
         local value = record[member]
         if type(value) == "table" then
            for _, one in ipairs(value) do add(one) end
         else
            add(value)
         end
      end
   end
   return { name = name, tshark = tshark, ours = ours, plain = plain, is_first = is_first }
end

-- Of one version only.
local function of(version, member)
   return function (record, add)
      local value = record.version == version and record[member] or nil
      if type(value) == "table" then
         for _, one in ipairs(value) do add(one) end
      elseif value ~= 0 then
         add(value)
      end
   end
end

-- An address that is none is left out.
local function address(text) return text ~= "0.0.0.0" and text or nil end

local TYPES = {}
for i, name in ipairs {
   "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
} do TYPES[name] = i end
local TYPES6 = {}
for i, name in ipairs {
   "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release",
   "decline", "reconfigure", "information-request",
} do TYPES6[name] = i end

local function typed(version, types)
   return function (record, add)
      if record.version == version then add(types[record.dhcp_type] or record.dhcp_type) end
   end
end

-- Types of relays stand before that of the message.
local function inner(text) return text ~= "12" and text ~= "13" and text or nil end

local function seconds(text) return tonumber(text) ~= 0 and tonumber(text) or nil end

return {
   kinds = { "dhcp" }, records = "dhcp",
   filter = "(dhcp || dhcpv6) && !icmp && !icmpv6",
   fields = {
      field("id", "dhcp.id", of(4, "id"), tonumber),
      field("mac", "dhcp.hw.mac_addr", of(4, "client_mac"), nil, true),
      field("type", "dhcp.option.dhcp", typed(4, TYPES)),
      field("client_ip", "dhcp.ip.client", of(4, "client_ip"), address),
      field("assigned_ip", "dhcp.ip.your", of(4, "assigned_ip"), address),
      field("next_server", "dhcp.ip.server", of(4, "next_server_ip"), address),
      field("relay_ip", "dhcp.ip.relay", of(4, "relay_ip"), address),
      field("requested_ip", "dhcp.option.requested_ip_address", of(4, "requested_ip")),
      field("hostname", "dhcp.option.hostname"),
      field("vendor_class", "dhcp.option.vendor_class_id", of(4, "vendor_class")),
      field("params", "dhcp.option.request_list_item", of(4, "params")),
      field("subnet_mask", "dhcp.option.subnet_mask"),
      field("routers", "dhcp.option.router"),
      field("dns_servers", "dhcp.option.domain_name_server", of(4, "dns_servers")),
      field("domain", "dhcp.option.domain_name"),
      field("lease_time", "dhcp.option.ip_address_lease_time", of(4, "lease_time"), seconds),
      field("renewal", "dhcp.option.renewal_time_value", of(4, "renewal_time"), seconds),
      field("rebinding", "dhcp.option.rebinding_time_value", of(4, "rebinding_time"), seconds),
      field("server_id", "dhcp.option.dhcp_server_id", of(4, "server_id")),
      field("fqdn", "dhcp.fqdn.name", of(4, "fqdn")),
      field("type 6", "dhcpv6.msgtype", typed(6, TYPES6), inner),
      field("id 6", "dhcpv6.xid", of(6, "id"), tonumber),
      field("addresses 6", "dhcpv6.iaaddr.ip", function (record, add)
         if record.version ~= 6 then return end
         for _, text in ipairs(record.addresses) do
            if not text:find "/" then add(text) end
         end
      end),
      field("params 6", "dhcpv6.requested_option_code", of(6, "params")),
      field("dns_servers 6", "dhcpv6.dns_server", of(6, "dns_servers")),
   },
   excused = {
      { why = "an option in two parts is one", field = "hostname", when = function (message)
           return #message["dhcp.option.hostname"] > 1
        end },
   },
}

-- ARP and neighbour discovery: the fields of Weir and tshark, and what is different by design.

local OPERATIONS = {
   request = 1, probe = 1, announcement = 1, reply = 2, ["router-solicitation"] = 133,
   ["router-advertisement"] = 134, solicitation = 135, advertisement = 136, redirect = 137,
}

local function is_arp(record) return record.protocol ~= 58 end

local function of_arp(name)
   return function (record, add)
      if is_arp(record) then add(record[name]) end
   end
end

local function of_discovery(name)
   return function (record, add)
      if not is_arp(record) then add(record[name]) end
   end
end

local function mac(text) return text ~= "00:00:00:00:00:00" and text or nil end

local function ip(text) return text ~= "0.0.0.0" and text or nil end

local function discovery(text)
   return tonumber(text) >= 133 and tonumber(text) <= 137 and text or nil
end

return {
   kinds = { "arp" }, records = "arp",
   filter = "(arp && arp.proto.type == 0x800) || (icmpv6.type >= 133 && icmpv6.type <= 137)",
   fields = {
      { name = "operation", tshark = "arp.opcode",
        ours = function (record, add)
           if is_arp(record) then add(OPERATIONS[record.operation] or record.operation) end
        end },
      { name = "sender mac", tshark = "arp.src.hw_mac", plain = mac, ours = of_arp "sender_mac" },
      { name = "sender ip", tshark = "arp.src.proto_ipv4", plain = ip, ours = of_arp "sender_ip" },
      { name = "target mac", tshark = "arp.dst.hw_mac", plain = mac, ours = of_arp "target_mac" },
      { name = "target ip", tshark = "arp.dst.proto_ipv4", plain = ip, ours = of_arp "target_ip" },
      { name = "type", tshark = "icmpv6.type", plain = discovery,
        ours = function (record, add)
           if not is_arp(record) then add(OPERATIONS[record.operation]) end
        end },
      { name = "asked for", tshark = "icmpv6.nd.ns.target_address",
        ours = function (record, add)
           if record.operation == "solicitation" then add(record.target_ip) end
        end },
      { name = "advertised", tshark = "icmpv6.nd.na.target_address",
        ours = function (record, add)
           if record.operation == "advertisement" then add(record.sender_ip) end
        end },
      { name = "mtu", tshark = "icmpv6.opt.mtu",
        ours = function (record, add) add(record.mtu) end },
      { name = "lifetime", tshark = "icmpv6.nd.ra.router_lifetime",
        ours = of_discovery "router_lifetime" },
      { name = "prefixes", tshark = "icmpv6.opt.prefix",
        ours = function (record, add)
           for _, text in ipairs(record.prefixes) do add(text:match "^[^/]+") end
        end },
   },
   excused = {
      { why = "an option of no size", when = function (message, mine)
           return not mine and #message["_ws.malformed"] > 0
        end },
      { why = "an announcement that is a reply", field = "operation",
        when = function (message, mine)
           return message["arp.opcode"][1] == "2" and mine and mine.operation[1] == "1"
        end },
   },
}

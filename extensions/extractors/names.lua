-- Who asked for which name, and where it led: answers of DNS as knowledge.  A device is known by
-- its Ethernet address where there is one.

local weir = require "weir"

local names = weir.extractor {
   about   = "devices, names and addresses, from answers of DNS",
   version = "1",
   on      = "dns",
}

local ADDRESS = { A = true, AAAA = true }

function names:extract(message, kb)
   if not message.qr or not message.rrname then return end
   local is_to_source = message.reverse == 1
   local asker = kb:entity("device", is_to_source and (message.src_mac or message.src_ip)
      or message.dest_mac or message.dest_ip)
   kb:relate(asker, "asked for", kb:entity("name", message.rrname:lower()))

   for _, answer in ipairs(message.answers) do
      local data = answer.rdata
      if data and ADDRESS[answer.rrtype] then
         kb:relate(kb:entity("name", answer.rrname:lower()), "resolves to",
            kb:entity("address", data))
      elseif data and answer.rrtype == "CNAME" then
         kb:relate(kb:entity("name", answer.rrname:lower()), "alias of",
            kb:entity("name", data:lower()))
      end
   end
end

return names

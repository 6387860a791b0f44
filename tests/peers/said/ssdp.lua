-- SSDP: the fields of Weir and tshark's HTTP, and what is different by design.

local function header(name)
   return function (record, add)
      for _, one in ipairs(record.headers) do
         if one.name:lower() == name then add(one.value) end
      end
   end
end

return {
   kinds = { "ssdp" }, records = "ssdp", filter = "ssdp && !icmp && !icmpv6",
   fields = {
      { name = "method", tshark = "http.request.method",
        ours = function (record, add)
           if record.type ~= "response" then add(record.type) end
        end },
      { name = "status", tshark = "http.response.code",
        ours = function (record, add) add(record.status) end },
      { name = "host", tshark = "http.host", ours = header "host" },
      { name = "server", tshark = "http.server", ours = header "server" },
      { name = "location", tshark = "http.location", ours = header "location" },
      { name = "user agent", tshark = "http.user_agent", ours = header "user-agent" },
   },
   excused = {
      { why = "an answer of HTTP that names no service", when = function (message, mine)
           return not mine and #message["http.response.code"] > 0
        end },
   },
}

-- NTP: the fields of Weir and tshark, and what is different by design.

local MODES = {
   ["symmetric-active"] = 1, ["symmetric-passive"] = 2, client = 3, server = 4, broadcast = 5,
   control = 6, private = 7,
}

local function member(name)
   return function (record, add) add(record[name]) end
end

-- Seconds, of which tshark 4.0 shows the whole number and the fraction as one.
local function number(name)
   return function (record, add)
      if record[name] then add(record[name] * 65536) end
   end
end

return {
   kinds = { "ntp" }, records = "ntp", filter = "ntp && udp && !icmp && !icmpv6",
   fields = {
      { name = "version", tshark = "ntp.flags.vn", ours = member "version" },
      { name = "mode", tshark = "ntp.flags.mode",
        ours = function (record, add) add(MODES[record.mode]) end },
      { name = "stratum", tshark = "ntp.stratum", ours = member "stratum" },
      { name = "poll", tshark = "ntp.ppoll", ours = member "poll" },
      { name = "root_delay", tshark = "ntp.rootdelay", ours = number "root_delay" },
      { name = "root_dispersion", tshark = "ntp.rootdispersion",
        ours = number "root_dispersion" },
   },
   excused = {
      { why = "a version that there is not, or what tshark cannot read either",
        when = function (message, mine)
           return not mine and (#message["_ws.malformed"] > 0 or
              tonumber(message["ntp.flags.vn"][1]) > 4)
        end },
   },
}

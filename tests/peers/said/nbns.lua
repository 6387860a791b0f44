-- NBNS: the fields of Weir and tshark, and what is different by design.

-- tshark explains a name behind it, and shows zeros in it one by one.
local function name(text)
   return (text:gsub(" %(.*$", ""):gsub("<00><00>.*$", "<00>"))
end

return {
   kinds = { "nbns" }, records = "nbns", filter = "nbns && !icmp",
   fields = {
      { name = "id", tshark = "nbns.id", plain = tonumber,
        ours = function (record, add) add(record.id) end },
      { name = "response", tshark = "nbns.flags.response",
        ours = function (record, add) add(record.type == "response" and 1 or 0) end },
      { name = "broadcast", tshark = "nbns.flags.broadcast",
        ours = function (record, add) add(record.broadcast and 1 or 0) end },
      { name = "addresses", tshark = "nbns.addr",
        ours = function (record, add)
           for _, rr in ipairs(record.answers) do
              for text in (rr.rdata or ""):gmatch "%d+%.%d+%.%d+%.%d+" do add(text) end
           end
        end },
      { name = "names", tshark = "nbns.name", plain = name,
        ours = function (record, add)
           for _, q in ipairs(record.queries) do add(q.rrname) end
           for _, rr in ipairs(record.answers) do add(rr.rrname) end
        end },
   },
   excused = {},
}

-- What Weir reads in the flows of a capture: by the key of a flow, as flows_recorded.lua has them,
-- sets of texts.

local recorded = require "flows_recorded"
local weir     = require "weir"

-- What batches have, and which of its fields is what.
local HELLO = { sni = "sni", ja3 = "ja3", ja3s = "ja3s", ja4 = "ja4" }
local READ  = {
   tls = HELLO, quic = HELLO, dns = { rrname = "query" }, http = { status = "status" },
}

local function add(found, record, fields)
   local key = recorded.key(record.proto, recorded.final(record.src_ip, record.src_port),
      recorded.final(record.dest_ip, record.dest_port))
   found[key] = found[key] or {}
   for field, what in pairs(fields) do recorded.say(found[key], what, record[field]) end
end

return function (path)
   local found = {}
   local capture = assert(weir.open(path, {
      packets = false, protocols = { "tls", "quic", "dns", "mdns", "llmnr", "http" },
   }))
   for batch in capture:batches() do
      for records, fields in pairs(READ) do
         for i = 0, batch[records .. "_count"] - 1 do add(found, batch[records][i], fields) end
      end
   end
   capture:close()
   return found
end

-- Text repeats itself; what is compressed or encrypted does not.  Bits a byte of the first 256
-- bytes that each side sends, and how near that is to the most that so many bytes can have:
-- 1 when no two of them are the same, 0 when all are.

local weir = require "weir"

local entropy = weir.feature {
   about = "how much the first bytes of a flow vary",
   wants = { "entropy_ts", "entropy_tc", "payload_bytes_ts", "payload_bytes_tc" },
   gives = {
      entropy_toserver = "number", variety_toserver = "number",
      entropy_toclient = "number", variety_toclient = "number",
   },
}

-- Without payload there is no entropy; of one byte it cannot be anything but 0.
local function variety(bits, bytes)
   if bits and bytes > 1 then return bits * math.log(2) / math.log(math.min(bytes, 256)) end
end

function entropy:finish(flow)
   return {
      entropy_toserver = flow.entropy_ts,
      variety_toserver = variety(flow.entropy_ts, flow.payload_bytes_ts),
      entropy_toclient = flow.entropy_tc,
      variety_toclient = variety(flow.entropy_tc, flow.payload_bytes_tc),
   }
end

return entropy

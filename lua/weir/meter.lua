-- The pipe from frames to records: one batch a call.
--
--    local meter = meter.new {}
--    local batch, n = meter:read(capture)                -- batch.packets[0] … batch.packets[n - 1]

local ffi = require "ffi"
local abi = require "weir.abi"
require "weir.packet"

local C = abi.C
local meter = {}
meter.__index = meter

local out = ffi.new "const struct weir_batch *[1]"

-- options.checksums: check those of IP, TCP, UDP and ICMP.
function meter.new(options)
   local o = ffi.new("struct weir_meter_options", { checksums = options.checksums and 1 or 0 })
   local handle = C.weir_meter_new(o)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_meter_free) }, meter)
end

local function open(self) return self.handle or error("meter is closed", 3) end

-- Says which source the packets of the next reads come from.
function meter:source(number) C.weir_meter_source(open(self), number) end

-- Returns the batch and how many packets it has; 0 when none came in time;
-- nil at the end of the source; nil and the reason when reading failed.
function meter:read(source, most)
   local n = C.weir_meter_read(open(self), source, most, out)
   if n >= 0 then return out[0], n end
   if n == C.WEIR_END then return nil end
   return nil, abi.reason(), n
end

-- What was seen so far: a copy of the core's counts as a table.
function meter:counts()
   local c = C.weir_meter_counts(open(self))[0]
   local counts = { trouble = {}, unknown_links = {} }
   for _, name in ipairs { "packets", "bytes", "fragments", "reassembled", "tunnelled" } do counts[name] = c[name] end
   for i = 1, C.WEIR_TROUBLES - 1 do counts.trouble[i] = c.trouble[i] end
   if c.packets > 0 then counts.first, counts.last = tonumber(c.first_ns) / 1e9, tonumber(c.last_ns) / 1e9 end
   for i = 0, math.huge do
      local link = C.weir_meter_unknown_link(self.handle, i)
      if link.frames == 0 then return counts end
      counts.unknown_links[link.link_type] = link.frames
   end
end

function meter:close()
   if self.handle then C.weir_meter_free(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

return meter

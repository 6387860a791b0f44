-- What can be asked of an ended flow, and of its seconds.
--
--    flow.src_ip  flow.bytes_toserver  flow.duration  flow.reason  flow.stats.bidirectional_mean_ps

local ffi   = require "ffi"
local abi   = require "weir.abi"
local ends  = require "weir.ends"
local names = require "weir.schema.names"

local C = abi.C
local room = ffi.new "char[32]"

local get = setmetatable({}, { __index = ends.get })     -- by name: function (flow)

-- Seconds since 1970, and from the first packet to the last.
function get.start(f) return tonumber(f.start_ns) / 1e9 end
get["end"] = function (f) return tonumber(f.end_ns) / 1e9 end
function get.duration(f) return tonumber(f.duration_ns) / 1e9 end

function get.ended(f) return names.reasons[f.reason] end

function get.community_id(f)
   return ffi.string(room, C.weir_community_text(f, 0, room))
end

-- Its statistics, a record with NFStream's names; nil unless they were asked for.
function get.stats(f)
   if f.home == nil or f.home.stats == nil then return nil end
   return f.home.stats[f.stats_at]
end

-- Facts of its IP and TCP headers, a record (schema/facts.lua); nil unless they were asked for.
function get.facts(f)
   if f.home == nil or f.home.facts == nil then return nil end
   return f.home.facts[f.facts_at]
end

ffi.metatype("struct weir_flow", {
   __index = ends.index("flow", get),
   __tostring = function (f)
      return ("flow %d: %s > %s, %s, %d bytes"):format(f.flow_id, get.src_ip(f) or "?",
         get.dest_ip(f) or "?", get.proto(f) or "?", f.bytes_toserver + f.bytes_toclient)
   end,
})

ffi.metatype("struct weir_second", { __index = ends.index("second", ends.get) })

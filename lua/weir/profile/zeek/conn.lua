-- conn.log: a row for each flow.
--
-- `conn_state` follows from the TCP flags that each side has shown, of which the order is not
-- known: where both sides have sent RST, the originator counts as having aborted.  `history` is a
-- matter of single packets, and unset.

local bit     = require "bit"
local convert = require "weir.profile.zeek.convert"
local schema  = require "weir.schema"

local band = bit.band
local FIN, SYN, RST, ACK = 1, 2, 4, 16
local TCP, UDP = 6, 17

-- TCP's states, by what each side has sent: `o` the originator, `r` the other.
local function tcp_state(o, r)
   local o_syn, r_syn = band(o, SYN) ~= 0, band(r, SYN) ~= 0
   local r_answers = r_syn or (o_syn and band(r, ACK) ~= 0 and band(r, RST) == 0)
   if band(o, RST) ~= 0 then
      if not o_syn and not r_syn then return "OTH" end
      return r_answers and "RSTO" or "RSTOS0"
   elseif band(r, RST) ~= 0 then
      if not r_answers then return o_syn and "REJ" or "OTH" end
      return o_syn and "RSTR" or "RSTRH"
   elseif not o_syn and not r_syn then
      return "OTH"
   elseif band(o, FIN) ~= 0 then
      if not r_answers then return "SH" end
      return band(r, FIN) ~= 0 and "SF" or "S2"
   elseif band(r, FIN) ~= 0 then
      return o_syn and "S3" or "SHR"
   elseif not r_answers then
      return "S0"
   end
   return o_syn and "S1" or "OTH"
end

local function conn_state(f)
   if f.protocol == TCP then return tcp_state(f.tcp_flags_ts, f.tcp_flags_tc) end
   if f.protocol ~= UDP then return "OTH" end
   return f.pkts_toclient > 0 and "SF" or "S0"
end

-- Where flows know what is spoken in them.
local service = schema.of "flow".names.app_proto and function (f)
   return convert.service(f.app_proto)
end

-- Of a single packet Zeek says neither how long it lasted nor what it carried.
local function lasted(f, value) return f.duration > 0 and value or nil end

return convert.log({ path = "conn", kinds = { "flow" } },
   convert.columns(function (f) return f.start_ns end), {
      { "proto", "enum", convert.proto },
      { "service", "string", service or nil },
      { "duration", "interval", function (f) return lasted(f, f.duration) end },
      { "orig_bytes", "count", function (f) return lasted(f, f.payload_bytes_ts) end },
      { "resp_bytes", "count", function (f) return lasted(f, f.payload_bytes_tc) end },
      { "conn_state", "string", conn_state },
      { "local_orig", "bool", function (f) return convert.is_local(f.src_ip) end },
      { "local_resp", "bool", function (f) return convert.is_local(f.dest_ip) end },
      { "missed_bytes", "count" },
      { "history", "string" },
      { "orig_pkts", "count", "pkts_toserver" },
      { "orig_ip_bytes", "count", "ip_bytes_ts" },
      { "resp_pkts", "count", "pkts_toclient" },
      { "resp_ip_bytes", "count", "ip_bytes_tc" },
      { "tunnel_parents", "set[string]" },
      { "ip_proto", "count", function (f) return f.protocol end },
      { "community_id", "string", "community_id" },
      { "orig_l2_addr", "string", "src_mac" },
      { "resp_l2_addr", "string", "dest_mac" },
      { "vlan", "int", function (f) return f.vlan[1] end },
      { "inner_vlan", "int", function (f) return f.vlan[2] end },
   })

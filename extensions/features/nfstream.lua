-- NFStream's columns under NFStream's names, for notebooks that know them: who, what was counted,
-- and statistics of sizes (bytes on the wire), gaps and flags; the first packets where somebody
-- asks for them.  A plugin's end of a flow (expiration_id -1) is not told from that of the input.

local weir = require "weir"

local EACH = {
   "first_seen_ms", "last_seen_ms", "duration_ms", "packets", "bytes",
   "min_ps", "mean_ps", "stddev_ps", "max_ps",
   "min_piat_ms", "mean_piat_ms", "stddev_piat_ms", "max_piat_ms",
   "syn_packets", "cwr_packets", "ece_packets", "urg_packets",
   "ack_packets", "psh_packets", "rst_packets", "fin_packets",
}

local TUNNELS = { gtp = 1, capwap = 2, tzsp = 3 }
local counts, is_counted = {}, {}
local gives = {
   id = "number", expiration_id = "number", protocol = "number", ip_version = "number",
   vlan_id = "number", tunnel_id = "number", src_port = "number", dst_port = "number",
   src_ip = "text", dst_ip = "text",
   src_mac = "text", src_oui = "text", dst_mac = "text", dst_oui = "text",
   splt_direction = "list", splt_ps = "list", splt_piat_ms = "list",
}
for _, way in ipairs { "bidirectional", "src2dst", "dst2src" } do
   for _, name in ipairs(EACH) do
      counts[#counts + 1] = way .. "_" .. name
      is_counted[counts[#counts]], gives[counts[#counts]] = true, "number"
   end
end

local nfstream = weir.feature { about = "NFStream's columns", wants = counts, gives = gives }

-- A row has what was counted without copying it: most columns are of that kind.
local function counted(row, name)
   if is_counted[name] then return getmetatable(row).stats[name] end
end

function nfstream:finish(flow)
   local src_mac, dst_mac = flow.src_mac, flow.dest_mac
   local tunnel = flow.tunnel[flow.tunnel_count]
   local row = {
      id = flow.flow_id, expiration_id = flow.ended == "active" and 1 or 0,
      src_ip = flow.src_ip, src_mac = src_mac, src_oui = src_mac and src_mac:sub(1, 8),
      dst_ip = flow.dest_ip, dst_mac = dst_mac, dst_oui = dst_mac and dst_mac:sub(1, 8),
      src_port = flow.src_port, dst_port = flow.dest_port, protocol = flow.protocol,
      ip_version = flow.ip_version, vlan_id = flow.vlan[flow.vlan_count] or 0,
      tunnel_id = tunnel and TUNNELS[tunnel.type] or 0,
      splt_direction = flow.splt_direction, splt_ps = flow.splt_ps,
      splt_piat_ms = flow.splt_piat_ms,
   }
   return setmetatable(row, { __index = counted, stats = flow.stats })
end

return nfstream

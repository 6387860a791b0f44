-- What Weir says of a capture: its flows by key, as flows_recorded.lua has those of peers, and what
-- flows_design.lua wants to know besides.

local bit      = require "bit"
local abi      = require "weir.abi"
local design   = require "flows_design"
local recorded = require "flows_recorded"
local weir     = require "weir"

local C, band = abi.C, bit.band

local function ends(r)
   return recorded.final(r.src_ip, r.src_port), recorded.final(r.dest_ip, r.dest_port)
end

local function add(counts, name, n) counts[name] = (counts[name] or 0) + n end

local function empty(key)
   return {
      key = key, records = 0, packets = 0, bytes = 0, kept = 0, ended = 0, sent = {}, portions = {},
      tunnels = {}, networks = {}, offsets = {}, rows = {},
   }
end

-- The columns of NFStream's that are statistics.
local function is_statistic(name)
   return name:find "^bidirectional_" or name:find "^src2dst_" or name:find "^dst2src_"
end

-- What its first packets had of one kind, as text.
local function series_of(f, kind)
   local words = {}
   for i = 0, f.stats.splt_count - 1 do
      words[#words + 1] = f.home.splt[f.stats.splt_at + i][kind]
   end
   return table.concat(words, " ")
end

-- Its statistics by name.
local function row_of(f, columns)
   local row = {}
   for name in pairs(columns) do
      local kind = name:match "^splt_(.*)"
      if is_statistic(name) then row[name] = f.stats[name] end
      if kind then row[name] = series_of(f, kind) end
   end
   return row
end

-- The VLANs and virtual networks of a flow.
local function network_of(f)
   local words = { table.concat(f.vlan, ",") }
   for _, t in ipairs(f.tunnel) do words[#words + 1] = t.id end
   return table.concat(words, " ")
end

local function add_flow(ours, f, batch, columns)
   local from, to = ends(f)
   local key = recorded.key(f.proto, from, to)
   local flow = ours[key] or empty(key)
   ours[key] = flow
   flow.records = flow.records + 1
   flow.packets = flow.packets + f.pkts_toserver + f.pkts_toclient
   flow.bytes = flow.bytes + f.bytes_toserver + f.bytes_toclient
   flow.source, flow.community_id = flow.source or from, f.community_id
   if f.ended ~= "forced" and f.ended ~= "resources" then flow.ended = flow.ended + 1 end
   add(flow.sent, from, f.pkts_toserver)
   add(flow.sent, to, f.pkts_toclient)
   add(flow.networks, network_of(f), 1)
   for _, tunnel in ipairs(f.tunnel) do add(flow.tunnels, tunnel.type, 1) end
   for i = 0, f.offset_count - 1 do
      flow.offsets[#flow.offsets + 1] = batch.offsets[f.offsets_at + i]
   end
   if columns then flow.rows[#flow.rows + 1] = row_of(f, columns) end
end

local function add_portion(flow, name, p, from)
   local portion = flow.portions[name] or { packets = 0, bytes = 0, sent = {} }
   flow.portions[name] = portion
   add(portion, "packets", 1)
   add(portion, "bytes", p.size)
   add(portion.sent, from, 1)
end

-- What of a packet says more than its flow does.
local function add_packet(packets, p)
   local from, to = ends(p)
   local key = recorded.key(p.proto, from, to)
   local flow = packets[key]
   if not flow then
      flow = { portions = {}, kept = 0, first_flags = p.tcp_flags }
      packets[key] = flow
   end
   add(flow, "kept", p.kept)
   for name, is_in in pairs(design.portions) do
      if is_in(p) then add_portion(flow, name, p, from) end
   end
end

-- What a packet says of the capture: the flows that carry others, and addresses without ports.
local function look(seen, p)
   for _, t in ipairs(p.tunnel_count > 0 and p.tunnel or {}) do
      local from, to = ends(t)
      local key = recorded.key("UDP", from, to)
      seen.outer[key] = seen.outer[key] or {}
      seen.outer[key][t.type] = true
      if band(p.has, C.WEIR_HAS_ARP) > 0 then
         seen.arp[recorded.key("UDP", t.src_ip, t.dest_ip)] = true
      end
   end
   seen.nothing = seen.nothing or p.link_type == 0 and not p.src_ip
   if design.portions.part(p) then
      seen.parts[recorded.key(p.proto, p.src_ip, p.dest_ip)] = true
   end
end

-- The flows of a capture by key, and what else is seen in it: for a peer, and with statistics of
-- these names if there are any.
return function (path, peer, columns)
   local ours, packets, seen = {}, {}, { outer = {}, arp = {}, parts = {} }
   local is_wanted = recorded.protocols[peer]
   local capture = assert(weir.open(path, design.options[peer]))
   for batch in capture:batches() do
      for i = 0, batch.packet_count - 1 do
         local p = batch.packets[i]
         if is_wanted[p.proto] then add_packet(packets, p) end
         look(seen, p)
      end
      for i = 0, batch.flow_count - 1 do
         local f = batch.flows[i]
         if is_wanted[f.proto] then add_flow(ours, f, batch, columns) end
      end
   end
   capture:close()
   for key, flow in pairs(ours) do
      for name, value in pairs(packets[key]) do flow[name] = value end
   end
   return ours, seen
end
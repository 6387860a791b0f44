-- PATHspider's chain "basic": the two ends, and what each sent; octets are those of IP.  It never
-- ends a flow.

local weir = require "weir"

local basic = weir.feature {
   about  = "PATHspider's basic: addresses, ports, packets and octets",
   gives  = {
      sip = "address", dip = "address", proto = "number", sp = "number", dp = "number",
      pkt_fwd = "number", pkt_rev = "number", oct_fwd = "number", oct_rev = "number",
   },
   memory = { octets = "double[2]" },                   -- by packet.reverse
}

function basic:packet(packet)
   self.octets[packet.reverse] = self.octets[packet.reverse] + packet.ip_size
end

function basic:finish(flow)
   local has_ports = flow.protocol == 6 or flow.protocol == 17
   return {
      sip = flow.src_addr, dip = flow.dest_addr, proto = flow.protocol,
      sp = has_ports and flow.src_port or nil, dp = has_ports and flow.dest_port or nil,
      pkt_fwd = flow.pkts_toserver, pkt_rev = flow.pkts_toclient,
      oct_fwd = self.octets[0], oct_rev = self.octets[1],
   }
end

return basic

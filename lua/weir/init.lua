-- Weir, the library.
--
--    local weir = require "weir"
--    for packet in assert(weir.open "x.pcap"):packets() do print(packet.src_ip, packet.dest_ip) end

local capture = require "weir.capture"

return {
   version    = "0.1.0",
   open       = capture.open,
   interfaces = capture.interfaces,
}

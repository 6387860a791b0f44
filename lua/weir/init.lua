-- Weir, the library.
--
--    local weir = require "weir"
--    for packet in assert(weir.open "x.pcap"):packets() do print(packet.src_ip, packet.dest_ip) end

local capture = require "weir.capture"
local class   = require "weir.extension.class"

return {
   version    = "0.1.0",
   open       = capture.open,
   interfaces = capture.interfaces,
   feature    = class.feature,
   extractor  = class.extractor,
}

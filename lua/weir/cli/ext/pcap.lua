-- Bytes of a capture file, of frames that are strings; and a short capture made a long one.

local bit  = require "bit"
local weir = require "weir"

local pcap = {}

local MAGIC = 0xa1b2c3d4                  -- pcap with microseconds
local APART = 600                         -- seconds between two rounds: all flows have ended
local BYTES = 64 * 1024 * 1024            -- that a long capture may have

-- Numbers of two and four bytes, in network order.
function pcap.u16(n)
   return string.char(bit.band(bit.rshift(n, 8), 255), bit.band(n, 255))
end

function pcap.u32(n) return pcap.u16(math.floor(n / 65536)) .. pcap.u16(n % 65536) end

local u16, u32 = pcap.u16, pcap.u32

-- The beginning of a file of frames of a link type.
function pcap.head(link_type)
   return u32(MAGIC) .. u16(2) .. u16(4) .. u32(0) .. u32(0) .. u32(262144) .. u32(link_type)
end

-- A frame at a time (seconds since 1970); `size`: bytes that were on the wire, where that are more.
function pcap.record(time, frame, size)
   local us = math.floor(time * 1e6 + 0.5)
   return u32(math.floor(us / 1e6)) .. u32(us % 1e6) .. u32(#frame) .. u32(size or #frame) .. frame
end

-- The frames of a capture: { time, bytes, size }, of the link type of the first, and that type.
-- Nil and the reason; or nil alone when there are `most` or more.
local function frames_of(path, most)
   local capture, why = weir.open(path)
   if not capture then return nil, why end
   local list, link_type = {}, nil
   for packet in capture:packets() do
      link_type = link_type or packet.link_type
      if packet.link_type == link_type then
         list[#list + 1] = { packet.time, packet.bytes:string(), packet.size }
      end
      if #list >= most then break end
   end
   capture:close()
   if #list < most and #list > 0 then return list, link_type end
   return nil
end

-- Writes a file with a capture's packets again and again, each round later than the one before,
-- until it has `most`.  Returns its path, which is the caller's to remove; or nil and the reason,
-- or nil alone when the capture is long enough, or has nothing in it.
function pcap.stretch(path, most)
   local frames, link_type = frames_of(path, most)
   if not frames then return nil, link_type end
   local name = os.tmpname()
   local file, why = io.open(name, "wb")
   if not file then return nil, ("cannot write %s"):format(why) end
   file:write(pcap.head(link_type))
   local first, last, written, size = frames[1][1], frames[#frames][1], 0, 0
   for round = 0, math.huge do
      if written >= most or size >= BYTES then break end
      local later = round * (math.max(last - first, 0) + APART)
      for _, frame in ipairs(frames) do
         file:write(pcap.record(frame[1] + later, frame[2], frame[3]))
         written, size = written + 1, size + #frame[2]
      end
   end
   file:close()
   return name
end

return pcap

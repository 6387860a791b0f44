-- Writes seeds for the fuzzers from the captures given:
-- weir lua tests/fuzz/seeds.lua DIR CAPTURE…
-- Each fuzzer's input begins in its own way; see tests/fuzz/*.c.

local host = require "weir.host"
local weir = require "weir"

local folder = arg[1]

-- Where decode.c has each link type.
local LINKS = {
   [1] = 0, [101] = 3, [0] = 4, [108] = 5, [113] = 6, [276] = 7, [9] = 8, [50] = 9, [51] = 10,
   [104] = 15, [105] = 16, [107] = 17, [127] = 18, [192] = 19, [239] = 20,
}

local function write(fuzzer, name, text)
   local file = assert(io.open(("%s/%s.seeds/%s"):format(folder, fuzzer, name), "wb"))
   file:write(text)
   file:close()
end

-- What the datagrams of a capture are in a conversation (protocol.h): their way, size and bytes.
local function conversation(capture)
   local pieces = {}
   for packet in capture:packets() do
      local data = packet.payload and packet.payload:string() or ""
      pieces[#pieces + 1] = string.char(packet.src_port == 443 and 1 or 0, #data % 256,
         math.floor(#data / 256)) .. data
   end
   return "\0\0" .. table.concat(pieces)
end

for i = 2, #arg do
   local name, text = arg[i]:match "[^/]+$", assert(host.contents(arg[i]))
   local magic = text:sub(1, 4)
   if magic == "\10\13\13\10" then
      write("pcapng", name, "\0" .. text:sub(29))
   elseif magic == "\212\195\178\161" then
      write("pcap", name, "\0" .. text:sub(5))
   end
   write("unpack", name, (magic:sub(1, 2) == "\31\139" and "\0" .. text:sub(11)) or
      (magic == "\40\181\47\253" and "\1" .. text:sub(5)) or "\2" .. text)
   if name:find "^quic" then write("quic", name, conversation(weir.open(arg[i]))) end
   local capture = weir.open(arg[i])
   for packet in capture and capture:packets() or function () end do
      local link = LINKS[packet.link_type]
      if link then
         write("decode", ("%s-%d"):format(name, packet.ordinal),
            string.char(link, 0) .. packet.bytes:string())
      end
   end
end

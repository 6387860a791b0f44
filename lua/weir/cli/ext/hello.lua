-- The capture that a new extension begins with, made byte by byte: a name is asked for, a web page
-- is fetched with pauses, and a host is pinged twice.  Addresses are those of documentation.

local pcap = require "weir.cli.ext.pcap"

local char, u16, u32 = string.char, pcap.u16, pcap.u32

local hello = {}

local START = 1767225600                  -- the first moment of 2026
local HOST, RESOLVER, SERVER = "\192\0\2\10", "\192\0\2\1", "\198\51\100\80"
local NEAR, FAR = "\2\0\94\0\83\10", "\2\0\94\0\83\1"         -- Ethernet addresses

-- The Internet checksum.
local function sum(data)
   local total = 0
   if #data % 2 == 1 then data = data .. "\0" end
   for i = 1, #data, 2 do total = total + data:byte(i) * 256 + data:byte(i + 1) end
   while total > 0xffff do total = total % 65536 + math.floor(total / 65536) end
   return u16(65535 - total)
end

-- A frame; `check` is where in `carried` its checksum belongs, counted from 0.
local function frame(from, to, protocol, carried, check)
   local pseudo = protocol == 1 and "" or from .. to .. "\0" .. char(protocol) .. u16(#carried)
   carried = carried:sub(1, check) .. sum(pseudo .. carried) .. carried:sub(check + 3)
   local head = "\69\0" .. u16(20 + #carried) .. "\0\0\64\0\64" .. char(protocol)
   local ip = head .. sum(head .. "\0\0" .. from .. to) .. from .. to
   local away = from == HOST
   return (away and FAR .. NEAR or NEAR .. FAR) .. "\8\0" .. ip .. carried
end

local function udp(from, to, port, other, data)
   local header = u16(port) .. u16(other) .. u16(8 + #data) .. "\0\0"
   return frame(from, to, 17, header .. data, 6)
end

local function ping(from, to, kind, number)
   return frame(from, to, 1, char(kind) .. "\0\0\0\0\1" .. u16(number) .. "weir", 2)
end

local FLAGS = { F = 1, S = 2, P = 8, A = 16 }

-- A TCP conversation: tcp(is_back, flags, data) makes its next frame.
local function conversation(port)
   local next_of = { [true] = 1000, [false] = 5000 }     -- sequence numbers, by direction
   return function (is_back, flags, data)
      local bits = 0
      for flag in flags:gmatch "." do bits = bits + FLAGS[flag] end
      local seq, ack = next_of[is_back], flags:find "A" and next_of[not is_back] or 0
      next_of[is_back] = seq + #data + (flags:find "[SF]" and 1 or 0)
      local ports = is_back and u16(80) .. u16(port) or u16(port) .. u16(80)
      local header = ports .. u32(seq) .. u32(ack) .. "\80" .. char(bits) .. "\250\0\0\0\0\0"
      local from, to = is_back and SERVER or HOST, is_back and HOST or SERVER
      return frame(from, to, 6, header .. data, 16)
   end
end

-- The frames with their times, in seconds after the beginning.
local function frames()
   local tcp = conversation(40080)
   local name = "\7example\3com\0\0\1\0\1"
   local query = "\18\52\1\0\0\1\0\0\0\0\0\0" .. name
   local answer = "\18\52\129\128\0\1\0\1\0\0\0\0" .. name .. "\192\12\0\1\0\1\0\0\1\44\0\4"
      .. SERVER
   local get = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
   local page = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
   return {
      { 0, udp(HOST, RESOLVER, 40053, 53, query) },
      { 0.02, udp(RESOLVER, HOST, 53, 40053, answer) },
      { 0.03, tcp(false, "S", "") }, { 0.05, tcp(true, "SA", "") },
      { 0.05, tcp(false, "A", "") },
      { 0.06, tcp(false, "PA", get) }, { 0.31, tcp(true, "PA", page) },
      { 1.5, ping(HOST, SERVER, 8, 1) }, { 1.52, ping(SERVER, HOST, 0, 1) },
      { 2.31, tcp(true, "PA", "hello") }, { 2.32, tcp(false, "FA", "") },
      { 2.34, tcp(true, "FA", "") }, { 2.34, tcp(false, "A", "") },
      { 2.5, ping(HOST, SERVER, 8, 2) }, { 2.52, ping(SERVER, HOST, 0, 2) },
   }
end

-- The bytes of a pcap file.
function hello.pcap()
   local parts = { pcap.head(1) }
   for i, entry in ipairs(frames()) do
      parts[i + 1] = pcap.record(START + entry[1], entry[2])
   end
   return table.concat(parts)
end

return hello

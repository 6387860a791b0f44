-- Writes seeds for the fuzzers from the captures given:
-- weir lua tests/fuzz/seeds.lua DIR CAPTURE…
-- Each fuzzer's input begins in its own way; see tests/fuzz/*.c.

local C      = require "weir.abi".C
local db     = require "weir.db"
local host   = require "weir.host"
local schema = require "weir.schema"
local weir   = require "weir"

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

-- Whose conversations are in which sample, and what comes before them: see tests/fuzz/*.c.
local TALKS = {
   ["dns.pcap"] = { "dns", "\0\0", "\4\0" }, ["home.pcap"] = { "dns", "\1\0", "\2\0", "\3\0" },
   ["dhcp.pcap"] = { "dhcp", "\0\0", "\1\0" }, ["ssh.pcap"] = { "ssh", "\0" },
   ["ntp.pcap"] = { "ntp", "\0" }, ["ssdp.pcap"] = { "ssdp", "\0" },
   ["quic.pcap"] = { "quic", "\0\0" }, ["quic-seldom.pcap"] = { "quic", "\0\0" },
}

-- What is said in a capture, as tests/fuzz/protocol.h has it: the ends and sizes of its pieces.
local function conversation(path)
   local said = {}
   for packet in weir.open(path):packets() do
      local bytes = packet.payload and packet.payload:string() or ""
      if #bytes > 0 then
         local back = packet.src_port < packet.dest_port and 1 or 0
         said[#said + 1] = string.char(back, #bytes % 256, math.floor(#bytes / 256)) .. bytes
      end
   end
   return table.concat(said)
end

local function talks(path, name, fuzzer, ...)
   local said = conversation(path)
   for i, head in ipairs { ... } do write(fuzzer, name .. "-" .. i, head .. said) end
end

-- Each connection of a capture, with the lines of the key log that are of its client's random: as
-- tests/fuzz/unseal.c has them.
local function sealed(path, name)
   local log, said = assert(host.contents((path:gsub("%.pcapng$", ".keys")))), {}
   for packet in weir.open(path):packets() do
      local bytes = packet.payload and packet.payload:string() or ""
      if #bytes > 0 then
         local back = packet.src_port < packet.dest_port
         local port = back and packet.dest_port or packet.src_port
         said[port] = said[port] or { random = bytes:sub(12, 43) }
         table.insert(said[port], string.char(back and 1 or 0, #bytes % 256,
            math.floor(#bytes / 256)) .. bytes)
      end
   end
   for port, list in pairs(said) do
      local lines = {}
      local random = list.random:gsub(".", function (c) return ("%02x"):format(c:byte()) end)
      for line in log:gmatch "[^\n]+\n" do
         if line:find(random, 1, true) then lines[#lines + 1] = line end
      end
      local keys = table.concat(lines)
      write("unseal", ("%s-%d"):format(name, port), string.char(#keys % 256,
         math.floor(#keys / 256)) .. keys .. "\0" .. table.concat(list))
   end
end

-- Frames of ARP and neighbour discovery, as tests/fuzz/neighbour.c has them.
local function neighbours(path)
   local frames = {}
   for packet in weir.open(path):packets() do
      local bytes, is_arp = packet.bytes:string(), packet.ether_type == 0x0806
      local said = bytes:sub(is_arp and 15 or 55)
      frames[#frames + 1] = string.char(is_arp and 1 or 0, #said) .. said
   end
   return table.concat(frames)
end

-- ---- databases ---------------------------------------------------------------------------------

-- The columns of tests/fuzz/sample.c: where each that is read stands, and how many there are.
local function places()
   local whole = C.WEIR_ROW_AMBIGUOUS + 1
   local place = {}
   for _, column in ipairs(schema.of "exchange".columns) do
      local part = column.part and C["WEIR_ROW_" .. column.part]
      local behind = part and part >= whole and (part - whole) * 2
      local other = column.of == "RESPONSE" and 1 or 0
      if part then place[column.name] = behind and whole + behind + other or part end
   end
   return place, whole + 2 * (C.WEIR_ROW_ERROR + 1 - whole)
end

local function encoded(value)
   local text = tostring(value == nil and "" or value)
   return string.char(value == nil and 0 or 3, #text % 256, math.floor(#text / 256)) .. text
end

-- The rows of a database, as tests/fuzz/sample.c has them.
local function rows(path)
   local place, count = places()
   local parts = {}
   for row in assert(db.open(path, { mode = "foreign" })):rows "SELECT * FROM flows" do
      local values = {}
      for name, value in pairs(row) do
         if place[name] then values[place[name]] = value end
      end
      for i = 0, count - 1 do parts[#parts + 1] = encoded(values[i]) end
   end
   return table.concat(parts)
end

for i = 2, #arg do
   if arg[i]:find "%.db$" then write("sample", arg[i]:match "[^/]+$", rows(arg[i])) end
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
   if TALKS[name] then talks(arg[i], name, unpack(TALKS[name])) end
   if name == "sealed.pcapng" then sealed(arg[i], name) end
   if name == "neighbours.pcap" then write("neighbour", name, neighbours(arg[i])) end
   local capture = not arg[i]:find "%.db$" and weir.open(arg[i])
   for packet in capture and capture:packets() or function () end do
      local link = LINKS[packet.link_type]
      if link then
         write("decode", ("%s-%d"):format(name, packet.ordinal),
            string.char(link, 0) .. packet.bytes:string())
      end
   end
end

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

-- What pages, selectors and JSON look like, as tests/fuzz/html.c, json.c and charset.c have them.
local PAGES = {
   "<!doctype html><html lang=en><head><title>a&amp;b</title><meta charset=utf-8></head><body>" ..
      "<div class='a b'><p>x<p>y<a href=/x?a=1&amp;b>z</a></div><!-- c --><br/>",
   "<table><tr><td>1<b>2<td><table><th>3</table></table><ul><li>1<li><ul><li></ul></ul><dl><dt>",
   "<svg><path d=x /><![CDATA[x]]></svg><script>a<b</script><textarea></p></textarea><select>" ..
      "<option>1<option>2</select><b><p></b>&#x41;&#150;&notin;",
}
local SELECTORS = {
   "div.a > p + p ~ a[href^='/x']", "li:not(.x):nth-child(2n+1)", "td:last-child, > html",
   "*#a:empty",
}
local TEXTS = {
   ")]}'\n[1,{\"a\":\"\\ud83d\\ude00\\x41\",},/* c */null,]",
   "f({\"a\":[true,1e5]});", "// c\n[-1.5]",
}

for i, page in ipairs(PAGES) do
   for k, selector in ipairs(SELECTORS) do
      write("html", ("page-%d-%d"):format(i, k), string.char(#selector) .. selector .. page)
   end
end
for i, text in ipairs(TEXTS) do write("json", "text-" .. i, text) end
for i = 0, 11 do
   write("charset", "text-" .. i, string.char(i) .. "\207\240\232\226\229\242 \27$B%3%s")
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
   local capture = weir.open(arg[i])
   for packet in capture and capture:packets() or function () end do
      local link = LINKS[packet.link_type]
      if link then
         write("decode", ("%s-%d"):format(name, packet.ordinal),
            string.char(link, 0) .. packet.bytes:string())
      end
   end
end

-- Writes seeds for the fuzzers from the captures given:
-- weir lua tests/fuzz/seeds.lua DIR CAPTURE…
-- Each fuzzer's input begins in its own way; see tests/fuzz/*.c.

local C        = require "weir.abi".C
local db       = require "weir.db"
local evidence = require "weir.kb.evidence"
local host     = require "weir.host"
local schema   = require "weir.schema"
local weir     = require "weir"

local folder = arg[1]

-- Where decode.c has each link type.
local LINKS = {
   [1] = 0, [101] = 3, [0] = 4, [108] = 5, [113] = 6, [276] = 7, [9] = 8, [50] = 9, [51] = 10,
   [104] = 15, [105] = 16, [107] = 17, [127] = 18, [192] = 19, [239] = 20,
}

local function write(fuzzer, name, text)
   local into = ("%s/%s.seeds"):format(folder, fuzzer)
   assert(host.is_folder(into) or host.make_folder(into))
   local file = assert(io.open(into .. "/" .. name, "wb"))
   file:write(text)
   file:close()
end

-- ---- conversations, as tests/fuzz/protocol.h has them ----------------------------------------

-- A piece: which end says it, how much that is, and the bytes.
local function piece(back, bytes)
   return string.char(back and 1 or 0, #bytes % 256, math.floor(#bytes / 256)) .. bytes
end

-- Everything that is said in a capture, in one conversation.
local function conversation(path)
   local said = {}
   for packet in weir.open(path):packets() do
      local bytes = packet.payload and packet.payload:string() or ""
      if #bytes > 0 then said[#said + 1] = piece(packet.src_port < packet.dest_port, bytes) end
   end
   return table.concat(said)
end

-- What is said in a capture by the port of the one who asks: arrays of { back, bytes }.
local function connections(path)
   local said = {}
   for packet in weir.open(path):packets() do
      local bytes = packet.payload and packet.payload:string() or ""
      if #bytes > 0 then
         local back = packet.src_port < packet.dest_port
         local port = back and packet.dest_port or packet.src_port
         said[port] = said[port] or {}
         table.insert(said[port], { back, bytes })
      end
   end
   return said
end

local function pieces(list)
   local said = {}
   for i, what in ipairs(list) do said[i] = piece(what[1], what[2]) end
   return table.concat(said)
end

-- How a capture's conversations are told to fuzzers: all in one, or each connection by itself,
-- behind each of some heads.
local function whole(fuzzer, ...)
   local heads = { ... }
   return function (path, name)
      local said = conversation(path)
      for i, head in ipairs(heads) do write(fuzzer, name .. "-" .. i, head .. said) end
   end
end

local function apart(fuzzer, head)
   return function (path, name)
      for port, list in pairs(connections(path)) do
         write(fuzzer, ("%s-%d"):format(name, port), head .. pieces(list))
      end
   end
end

-- ---- what no capture of ours has ---------------------------------------------------------------

-- Headers in front of a packet, or of its frame: behind the addresses of Ethernet, or behind IPv4.
local TAGS = {
   { "\137\47\0\1\0\9\8\0" }, { "\136\229\32\0\0\0\0\1sendersp\8\0" },
   { "\34\243\0\69\0\1\0\2opts", true }, { "\136\71\0\0\17\64", true },
}
local TUNNELS = {
   { "\47", "\0\0\136\62\1\0\0\0" }, { "\47", "\64\0\8\0\0\0\0\0\8\0\0\4ways\0\0\0\0" },
   { "\47", "\16\0\34\235seq.\32\1\0\0sgt.ts\8\1platform" }, { "\97", "\48\0", true },
}

local function headers(path)
   for packet in weir.open(path):packets() do
      local bytes = packet.bytes:string()
      if packet.ether_type == 0x0800 then
         for i, tag in ipairs(TAGS) do
            write("decode", "tag-" .. i,
               "\0\0" .. bytes:sub(1, 12) .. tag[1] .. bytes:sub(tag[2] and 1 or 15))
         end
         for i, tunnel in ipairs(TUNNELS) do
            local inner = tunnel[2] .. bytes:sub(tunnel[3] and 1 or 15)
            write("decode", "tunnel-" .. i, "\0\0" .. bytes:sub(1, 16) ..
               string.char(0, 20 + #inner) .. bytes:sub(19, 23) .. tunnel[1] ..
               bytes:sub(25, 34) .. inner)
         end
         return
      end
   end
end

local TURNS = {
   tls = { { false, "\r\nOPTIONS * HTTP/1.1\r\nUpgrade: TLS/1.0\r\n\r\n" },
      { true, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.0\r\n\r\n" },
      { false, "\22\3\1\0\6\1\0\0\2\3\3" } },
   http2 = { { true, "\0\0\0\4\0\0\0\0\0" },
      { false, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" } },
}
for name, turn in pairs(TURNS) do write("http", name, "\1" .. pieces(turn)) end

-- ---- what is in them ---------------------------------------------------------------------------

-- HTTP/2 behind the preface, which http2.c says by itself.
local function frames(path, name)
   for port, list in pairs(connections(path)) do
      local first = list[1][2]
      if first:sub(1, 3) == "PRI" then
         list[1][2] = first:sub(25)
         write("http2", ("%s-%d"):format(name, port), pieces(list))
      end
   end
end

-- Where body.c has each coding, and types that it has places for.
local CODINGS = { gzip = 1, deflate = 2, br = 3, zstd = 4, ["gzip, br"] = 5 }
local TYPES = { ["application/json"] = 1, ["image/png"] = 2, ["charset=windows-1251"] = 3,
   ["shift_jis"] = 4, ["application/xml"] = 5, ["text/css"] = 6, ["iso-2022-jp"] = 7 }

local function bodies(path, name)
   local n = 0
   for _, list in pairs(connections(path)) do
      for _, said in ipairs(list) do
         local head, body = said[2]:match "^(HTTP/1.-\r\n\r\n)(.+)$"
         if head then
            local type = 0
            for text, i in pairs(TYPES) do
               if head:lower():find(text, 1, true) then type = i end
            end
            local coding = CODINGS[head:match "\nContent%-Encoding: (.-)\r"] or 0
            n = n + 1
            write("body", ("%s-%d"):format(name, n), string.char(coding + 8 * type) .. body)
         end
      end
   end
end

-- Calls `see` with the type and the body of each message of TLS that is sent in the clear.
local function handshakes(path, see)
   for _, list in pairs(connections(path)) do
      local ends = { "", "" }
      for _, said in ipairs(list) do
         local i = said[1] and 2 or 1
         ends[i] = ends[i] .. said[2]
      end
      for _, bytes in ipairs(ends) do
         local at, messages = 1, ""
         while bytes:byte(at) == 22 do
            local size = bytes:byte(at + 3) * 256 + bytes:byte(at + 4)
            messages, at = messages .. bytes:sub(at + 5, at + 4 + size), at + 5 + size
         end
         at = 1
         while #messages - at >= 4 do
            local high, middle, low = messages:byte(at + 1, at + 3)
            local size = (high * 256 + middle) * 256 + low
            see(messages:byte(at), messages:sub(at + 4, at + 3 + size))
            at = at + 4 + size
         end
      end
   end
end

local CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11

local function hellos(path, name)
   local n = 0
   handshakes(path, function (type, body)
      n = n + 1
      if type == CLIENT_HELLO or type == SERVER_HELLO then
         write("hello", ("%s-%d"):format(name, n), string.char(type % 2) .. body)
      elseif type == CERTIFICATE then
         local at = 4
         while at + 3 < #body do
            local high, middle, low = body:byte(at, at + 2)
            local size = (high * 256 + middle) * 256 + low
            write("x509", ("%s-%d-%d"):format(name, n, at), body:sub(at + 3, at + 2 + size))
            at = at + 3 + size
         end
      end
   end)
end

local function answers(path, name)
   for port, list in pairs(connections(path)) do
      for i, said in ipairs(list) do
         local head = said[1] and "\0" or "\1"
         write("answer", ("%s-%d-%d"):format(name, port, i), head .. said[2])
      end
   end
end

-- Each connection of a capture, with the lines of the key log that are of its client's random: as
-- tests/fuzz/unseal.c has them.
local function sealed(path, name)
   local log = assert(host.contents((path:gsub("%.pcapng$", ".keys"))))
   for port, list in pairs(connections(path)) do
      local lines = {}
      local random = list[1][2]:sub(12, 43):gsub(".", function (c)
         return ("%02x"):format(c:byte())
      end)
      for line in log:gmatch "[^\n]+\n" do
         if line:find(random, 1, true) then lines[#lines + 1] = line end
      end
      local keys = table.concat(lines)
      write("unseal", ("%s-%d"):format(name, port), string.char(#keys % 256,
         math.floor(#keys / 256)) .. keys .. "\0" .. pieces(list))
   end
end

-- Frames of ARP and neighbour discovery, as tests/fuzz/neighbour.c has them.
local function neighbours(path, name)
   local list = {}
   for packet in weir.open(path):packets() do
      local bytes, is_arp = packet.bytes:string(), packet.ether_type == 0x0806
      local said = bytes:sub(is_arp and 15 or 55)
      list[#list + 1] = string.char(is_arp and 1 or 0, #said) .. said
   end
   write("neighbour", name, table.concat(list))
end

-- ---- pages and JSON --------------------------------------------------------------------------

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

-- ---- databases ---------------------------------------------------------------------------------

-- The columns of tests/fuzz/sample.c: where each that is read stands, and how many there are.
local function places()
   local alone = C.WEIR_ROW_AMBIGUOUS + 1
   local place = {}
   for _, column in ipairs(schema.of "exchange".columns) do
      local part = column.part and C["WEIR_ROW_" .. column.part]
      local behind = part and part >= alone and (part - alone) * 2
      local other = column.of == "RESPONSE" and 1 or 0
      if part then place[column.name] = behind and alone + behind + other or part end
   end
   return place, alone + 2 * (C.WEIR_ROW_ERROR + 1 - alone)
end

local function encoded(value)
   local text = tostring(value == nil and "" or value)
   return string.char(value == nil and 0 or 3, #text % 256, math.floor(#text / 256)) .. text
end

-- The rows of a database, as tests/fuzz/sample.c has them.
local function rows(path, name)
   local place, count = places()
   local parts = {}
   for row in assert(db.open(path, { mode = "foreign" })):rows "SELECT * FROM flows" do
      local values = {}
      for column, value in pairs(row) do
         if place[column] then values[place[column]] = value end
      end
      for i = 0, count - 1 do parts[#parts + 1] = encoded(values[i]) end
   end
   write("sample", name, table.concat(parts))
end

-- ---- proofs of facts ---------------------------------------------------------------------------

-- What proves the flows of a capture: by itself, and as the evidence of a fact.
local function proofs(path, name)
   for batch in weir.open(path, { flows = true, offsets = true }):batches() do
      for i = 0, batch.flow_count - 1 do
         local proof = evidence.pack(batch.flows[i], "flow", 0)
         local file = ("%s-%.0f"):format(name, batch.flows[i].flow_id)
         write("evidence", file, "\0" .. proof)
         write("evidence", file .. "-fact", "\255\1\0" .. proof)
      end
   end
end

-- ---- all files -------------------------------------------------------------------------------

-- What is in which sample.
local SAMPLES = {
   ["dns.pcap"] = { whole("dns", "\0\0", "\4\0"), answers },
   ["home.pcap"] = { whole("dns", "\1\0", "\2\0", "\3\0"), answers },
   ["dhcp.pcap"] = { whole("dhcp", "\0\0", "\1\0") },
   ["ssh.pcap"] = { whole("ssh", "\0"), apart("ssh", "\1") },
   ["ntp.pcap"] = { whole("ntp", "\0") }, ["ssdp.pcap"] = { whole("ssdp", "\0") },
   ["quic.pcap"] = { whole("quic", "\0\0") }, ["quic-seldom.pcap"] = { whole("quic", "\0\0") },
   ["http.pcap"] = { apart("http", "\1"), bodies },
   ["http-midway.pcap"] = { apart("http", "\0") },
   ["http2.pcap"] = { apart("http", "\1"), frames },
   ["tls.pcap"] = { apart("tls", "\0\1"), hellos }, ["smtp.pcap"] = { apart("tls", "\2\1") },
   ["dtls.pcap"] = { apart("tls", "\1\0") },
   ["sealed.pcapng"] = { sealed, apart("tls", "\0\1"), hellos },
   ["neighbours.pcap"] = { neighbours }, ["web.pcap"] = { proofs, headers },
   ["site.db"] = { rows }, ["api.db"] = { rows }, ["letters.db"] = { rows },
   ["searches.db"] = { rows },
}

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
   for _, tell in ipairs(SAMPLES[name] or {}) do tell(arg[i], name) end
   local capture = not name:find "%.db$" and weir.open(arg[i])
   for packet in capture and capture:packets() or function () end do
      local link = LINKS[packet.link_type]
      if link then
         write("decode", ("%s-%d"):format(name, packet.ordinal),
            string.char(link, 0) .. packet.bytes:string())
      end
   end
end

-- What peers recorded of captures, as WEIR_CORPUS has it: for each peer an iterator over captures
-- that yields the capture's name, its path, and their flows by key.
--
-- A key is a protocol and two ends ("TCP 192.0.2.1 80 192.0.2.2 40000"), the lesser end first.  A
-- flow has some of: records, packets, bytes, sent (packets by end), source (an end), offsets (an
-- array), community_id, rows (an array of NFStream's statistics), protocols and hostname (nDPI's),
-- said (sets of the texts in it: sni, ja3, ja3s, ja4, query, status).

local cjson = require "cjson"

local recorded = {}

local NAMES = { ["6"] = "TCP", ["17"] = "UDP", ["132"] = "SCTP" }

-- Of which protocols a peer's flows are looked at: those that have ports in its results.
recorded.protocols = {
   ndpi     = { TCP = true, UDP = true },
   arkime   = { TCP = true, UDP = true, SCTP = true },
   nfstream = { TCP = true, UDP = true },
}

function recorded.key(proto, one, two)
   if two < one then one, two = two, one end
   return proto .. " " .. one .. " " .. two
end

-- An end of a flow.  nDPI writes any zero group of IPv6 as "::", so everybody does here.
function recorded.final(ip, port) return (ip:gsub(":0:", "::")) .. " " .. port end

local function lines(path) return assert(io.lines(path)) end

local function contents(path)
   local file = assert(io.open(path, "rb"))
   local text = file:read "*a"
   file:close()
   return text
end

local function exists(path)
   local file = io.open(path, "rb")
   if file then file:close() end
   return file ~= nil
end

-- The names in a folder that end in `suffix`, without it, in order.
local function names(folder, suffix)
   local list = {}
   local pipe = io.popen(("ls '%s' 2>/dev/null"):format((folder:gsub("'", "'\\''"))))
   for name in pipe:lines() do
      if name:sub(-#suffix) == suffix then list[#list + 1] = name:sub(1, -#suffix - 1) end
   end
   pipe:close()
   return list
end

-- Goes over the results in `folder`; path_of finds the capture, read makes flows of the result.
local function over(folder, suffix, path_of, read)
   return coroutine.wrap(function ()
      for _, name in ipairs(names(folder, suffix)) do
         local path = path_of(name)
         if path then
            coroutine.yield(path:match "[^/]+$", path, read(folder .. "/" .. name .. suffix, path))
         end
      end
   end)
end

-- The flow of that key, made when it is new.
local function flow_of(flows, key, source)
   flows[key] = flows[key] or { records = 0, packets = 0, bytes = 0, source = source, said = {} }
   return flows[key]
end

local ARE_NAMES = { sni = true, query = true }            -- of hosts: in whatever case

-- Adds a text to one of the sets of what was said.
function recorded.say(said, what, text)
   if not text or text == "" then return end
   said[what] = said[what] or {}
   said[what][ARE_NAMES[what] and text:lower() or tostring(text)] = true
end

-- ---- nDPI: a line per flow ----------------------------------------------------------------

local function ndpi_end(text)
   return recorded.final((text:match "^%[?(.-)%]?:%d+$"), text:match ":(%d+)$")
end

-- TLS, QUIC and DTLS: of other protocols the name is none of a hello.
local HELLOS = { ["91"] = true, ["188"] = true, ["30"] = true }

local function add_said(said, rest)
   for id in (rest:match "^%[proto: ([%d.]+)" or ""):gmatch "%d+" do
      if HELLOS[id] then recorded.say(said, "sni", rest:match "%[Hostname/SNI: ([^%]]*)%]") end
   end
   recorded.say(said, "ja3", rest:match "%[JA3C: (%x+)")
   recorded.say(said, "ja3s", rest:match "%[JA3S: (%x+)")
end

local function add_line(flows, line)
   local proto, from, to, rest = line:match "^\t%d+\t(%u+) (%S+) <?%->? (%S+) (.*)$"
   if not recorded.protocols.ndpi[proto] then return end
   from, to = ndpi_end(from), ndpi_end(to)
   local there, there_bytes, back, back_bytes =
      rest:match "%[(%d+) pkts/(%d+) bytes <?%->? (%d+) pkts/(%d+) bytes%]"
   local flow = flow_of(flows, recorded.key(proto, from, to), from)
   flow.records = flow.records + 1
   flow.packets = flow.packets + there + back
   flow.bytes = flow.bytes + there_bytes + back_bytes
   flow.sent = flow.sent or { [from] = 0, [to] = 0 }
   flow.sent[from] = flow.sent[from] + there
   flow.sent[to] = flow.sent[to] + back
   flow.protocols = rest:match "^%[proto: ([%d.]+)"
   flow.hostname = flow.hostname or rest:match "%[Hostname/SNI: ([^%]]*)%]"
   add_said(flow.said, rest)
end

function recorded.ndpi(corpus)
   return over(corpus .. "/ndpi/result", ".out", function (name)
      local path = corpus .. "/ndpi/pcap/" .. name
      return exists(path) and path
   end, function (result)
      local flows = {}
      for line in lines(result) do add_line(flows, line) end
      return flows
   end)
end

-- ---- Arkime: sessions as JSON -------------------------------------------------------------

local function texts_of(session)
   local tls, http, queries = session.tls or {}, session.http or {}, {}
   for _, message in ipairs(session.dns or {}) do
      if message.queryHost ~= "<root>" then queries[#queries + 1] = message.queryHost end
   end
   return {
      ja3 = tls.ja3, ja3s = tls.ja3s, ja4 = tls.ja4, status = http.statuscode, query = queries,
   }
end

-- Offsets are those in a pcap file that is not compressed.
local function add_session(flows, session, has_offsets)
   local proto = NAMES[tostring(session.ipProtocol)]
   if not proto or not session.source or not session.source.ip then return end
   local from = recorded.final(session.source.ip, session.source.port or 0)
   local to = recorded.final(session.destination.ip, session.destination.port or 0)
   local flow = flow_of(flows, recorded.key(proto, from, to))
   flow.records = flow.records + 1
   flow.packets = flow.packets + session.network.packets
   flow.bytes = flow.bytes + session.network.bytes
   flow.community_id = session.network.community_id
   for what, texts in pairs(texts_of(session)) do
      for _, text in ipairs(texts) do recorded.say(flow.said, what, text) end
   end
   flow.offsets = has_offsets and (flow.offsets or {}) or nil
   for _, at in ipairs(has_offsets and session.packetPos or {}) do
      if at >= 0 then flow.offsets[#flow.offsets + 1] = at end        -- else a file's number
   end
end

function recorded.arkime(corpus)
   local folder = corpus .. "/arkime/"
   return over(corpus .. "/arkime", ".test", function (name)
      for _, ending in ipairs { ".pcap", ".pcapng", ".pcap.gz", ".pcap.zst" } do
         if exists(folder .. name .. ending) then return folder .. name .. ending end
      end
   end, function (result, path)
      local flows = {}
      for _, session in ipairs(cjson.decode(contents(result)).sessions3) do
         add_session(flows, session.body, path:find "%.pcap$")
      end
      return flows
   end)
end

-- ---- FoxIO: a list of flows as YAML --------------------------------------------------------

local FOXIO = {
   src = "src", dst = "dst", src_port = "src_port", dst_port = "dst_port", ja4 = "ja4",
   domain = "sni", tls_server_name = "sni",
}

local function add_entry(flows, entry)
   if not (entry.ja4 and entry.src_port and entry.dst_port) then return end
   local proto = entry.ja4:find "^t" and "TCP" or "UDP"            -- q and d: QUIC and DTLS
   local from = recorded.final(entry.src, entry.src_port)
   local flow = flow_of(flows, recorded.key(proto, from, recorded.final(entry.dst, entry.dst_port)))
   recorded.say(flow.said, "ja4", entry.ja4)
   recorded.say(flow.said, "sni", entry.sni)
end

function recorded.foxio(corpus)
   return over(corpus .. "/ja4/expected", ".snap", function (name)
      local path = corpus .. "/ja4/pcap/" .. name:gsub("^ja4__insta@", "")
      return exists(path) and path
   end, function (result)
      local flows, entry = {}, {}
      for line in lines(result) do
         if line:find "^%- " then
            add_entry(flows, entry)
            entry = {}
         end
         local name, value = line:match '^[- ]*([%w_]+): *"?([^"]-)"?%s*$'
         if FOXIO[name] then entry[FOXIO[name]] = value end
      end
      add_entry(flows, entry)
      return flows
   end)
end

-- ---- NFStream: a table -------------------------------------------------------------------

-- The cells of a line, in which only lists have quotes.
local function cells(line)
   local list = {}
   line = line:gsub('"(.-)"', function (quoted) return (quoted:gsub(",", " ")) end)
   for cell in (line .. ","):gmatch "(.-)," do list[#list + 1] = cell end
   return list
end

function recorded.nfstream(corpus)
   return over(corpus .. "/nfstream", ".csv", function (name)
      local path = corpus .. "/ndpi/pcap/" .. name
      return exists(path) and path
   end, function (result)
      local flows, header = {}, nil
      for line in lines(result) do
         local row, values = {}, cells((line:gsub("\r", "")))
         for i, name in ipairs(header or {}) do row[name] = values[i] end
         header = header or values
         local proto = NAMES[row.protocol]
         if recorded.protocols.nfstream[proto] then
            local from = recorded.final(row.src_ip, row.src_port)
            local key = recorded.key(proto, from, recorded.final(row.dst_ip, row.dst_port))
            local flow = flow_of(flows, key, from)
            flow.records, flow.rows = flow.records + 1, flow.rows or {}
            flow.packets = flow.packets + row.bidirectional_packets
            flow.bytes = flow.bytes + row.bidirectional_bytes
            flow.rows[#flow.rows + 1] = row
         end
      end
      return flows
   end)
end

return recorded

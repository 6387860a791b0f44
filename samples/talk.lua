-- What a client and a server say to each other, a frame each, for the captures of extensions.
--    local say = talk.tcp { port = 40001, v = 6 }
--    return { say ">S", say "<SA", say(">A", { at = 0.25 }), say(">PA", { data = "hello" }) }
-- ">" goes to the server, "<" to the client.  Options of a conversation or a frame: v (IP version,
-- 4), port and to (the client's and the server's), ends (other hosts than these two), data, at
-- (seconds after the first moment of 2026), ip (fields of its header: tos ttl flags …); and of TCP
-- options seq ack window, of UDP sum.

local file  = require "file"
local frame = require "frame"

local talk = {}

-- A frame of a conversation: an entry for file.pcap.
function talk.frame(way, carried, o)
   local ends = o.ends or { frame.client, frame.server }
   local from, to = ends[1], ends[2]
   if way == "<" then from, to = to, from end
   local make, ip = o.v == 6 and frame.ip6 or frame.ip4, o.ip or {}
   local bytes = frame.ethernet(from, to, make(from, to, carried,
      setmetatable({ hops = ip.ttl }, { __index = ip })))
   if not o.at then return bytes end
   local seconds = math.floor(o.at)
   local ns = math.floor((o.at - seconds) * 1e6 + 0.5) * 1000
   return { bytes, seconds = file.START + seconds, nanoseconds = ns }
end

local function ports(way, o)
   local port, to = o.port or 40000, o.to or 80
   if way == ">" then return port, to end
   return to, port
end

-- Options of TCP, filled up to a multiple of four bytes.
local function filled(options) return options .. ("\1"):rep(-#options % 4) end

-- A connection, which knows its numbers; SYN is always the first of its side.
function talk.tcp(about)
   local first, seq = { [">"] = 1000, ["<"] = 70000 }, { [">"] = 1000, ["<"] = 70000 }
   return function (what, own)
      local o = setmetatable(own or {}, { __index = about })
      local way, flags = what:match "(.)(.*)"
      local from, to = ports(way, o)
      local number = flags:find "S" and first[way] or seq[way]
      local peer = flags:find "A" and seq[way == ">" and "<" or ">"] or 0
      seq[way] = number + #(o.data or "") + (flags:find "[SF]" and 1 or 0)
      return talk.frame(way, frame.tcp {
         from = from, to = to, flags = flags, data = o.data, options = filled(o.options or ""),
         seq = o.seq or number, ack = o.ack or peer, window = o.window,
      }, o)
   end
end

function talk.udp(about)
   return function (way, own)
      local o = setmetatable(own or {}, { __index = about })
      local from, to = ports(way, o)
      return talk.frame(way, frame.udp(from, to, o.data or "hello", { sum = o.sum }), o)
   end
end

-- An ICMP error of a router about a frame, "unreachable" unless told otherwise, to the client.
-- `o`: type code kept (bytes of the quotation) toward (another host).
function talk.error(about, o)
   local quotation, ends = about:sub(15, 14 + (o.kept or #about)), { frame.router, o.toward }
   ends[2] = ends[2] or frame.client
   local make, type, code = frame.icmp, 3, 3
   if o.v == 6 then make, type, code = frame.icmp6, 1, 4 end
   local carried = make(o.type or type, o.code or code, frame.u32(0), quotation)
   return talk.frame(">", carried, { v = o.v, ends = ends })
end

return talk

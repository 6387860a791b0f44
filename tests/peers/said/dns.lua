-- DNS, mDNS and LLMNR: the fields of Weir and tshark, and what is different by design.

local names = require "weir.schema.names"

local NUMBERS = {}
for number, name in pairs(names.rrtypes) do NUMBERS[name] = number end

local function flag(value) return value and "1" or "0" end

local SECTIONS = { "answers", "authorities", "additionals" }

-- All records of a message, of one type when it is told.
local function each(record, type, f)
   for _, section in ipairs(SECTIONS) do
      for _, rr in ipairs(record[section]) do
         if not type or rr.rrtype == type then f(rr) end
      end
   end
end

-- The data of all records of a type, or a part of it.
local function data(type, pattern)
   return function (record, add)
      each(record, type, function (rr) add(rr.rdata and rr.rdata:match(pattern or ".*")) end)
   end
end

-- The root has no name in tshark, which it does not tell apart from that of EDNS.
local function name(text) return text ~= "<Root>" and text or nil end

-- tshark writes names as their bytes, or in octal; ours have a backslash before a dot in a label.
local function unescaped(text)
   if not text or text == "." then return nil end
   return (text:gsub("\\(.)", "%1"):gsub("[%c]", function (c)
      return ("\\%03o"):format(c:byte())
   end))
end

local function named(type, pattern)
   local get = data(type, pattern)
   return function (record, add) get(record, function (text) add(unescaped(text)) end) end
end

-- Where a text has bytes that are not, tshark ends or writes them in other ways.
local function visible(text) return (text:match "^[ -~]*") end

local function strings(record, add)
   each(record, "TXT", function (rr)
      for _, text in ipairs(#rr.strings > 0 and rr.strings or { rr.rdata or "" }) do
         add(visible(text))
      end
   end)
end

-- Those of SRV are another field in tshark.
local function owners(record, add)
   each(record, nil, function (rr)
      if rr.rrtype ~= "SRV" then add(unescaped(rr.rrname)) end
   end)
end

-- Whether one of our types is among these numbers.
local function has_type(mine, ...)
   for _, type in ipairs(mine and mine.types or {}) do
      for _, number in ipairs { ... } do
         if type == number then return true end
      end
   end
end

return {
   kinds = { "dns", "mdns", "llmnr" }, records = "dns",
   filter = "(dns || mdns || llmnr) && !icmp && !icmpv6",
   fields = {
      { name = "id", tshark = "dns.id", plain = tonumber,
        ours = function (record, add) add(record.id) end },
      { name = "response", tshark = "dns.flags.response",
        ours = function (record, add) add(flag(record.qr)) end },
      { name = "opcode", tshark = "dns.flags.opcode",
        ours = function (record, add) add(record.opcode) end },
      { name = "rcode", tshark = "dns.flags.rcode",
        ours = function (record, add)
           if record.qr then add(record.flags % 16) end
        end },
      { name = "rd", tshark = "dns.flags.recdesired",
        ours = function (record, add) add(flag(record.rd)) end },
      { name = "queries", tshark = "dns.qry.name", plain = name,
        ours = function (record, add)
           for _, q in ipairs(record.queries) do add(unescaped(q.rrname)) end
        end },
      { name = "types asked", tshark = "dns.qry.type",
        ours = function (record, add)
           for _, q in ipairs(record.queries) do add(NUMBERS[q.rrtype] or q.rrtype) end
        end },
      { name = "owners", tshark = "dns.resp.name", ours = owners, plain = name },
      { name = "types", tshark = "dns.resp.type",
        plain = function (text) if text ~= "41" then return text end end,
        ours = function (record, add)
           each(record, nil, function (rr) add(NUMBERS[rr.rrtype] or rr.rrtype) end)
        end },
      { name = "ttl", tshark = "dns.resp.ttl",
        ours = function (record, add)
           each(record, nil, function (rr) add(rr.ttl) end)
        end },
      { name = "A", tshark = "dns.a", ours = data "A" },
      { name = "AAAA", tshark = "dns.aaaa", ours = data "AAAA" },
      { name = "CNAME", tshark = "dns.cname", plain = name, ours = named "CNAME" },
      { name = "NS", tshark = "dns.ns", plain = name, ours = named "NS" },
      { name = "PTR", tshark = "dns.ptr.domain_name", plain = name, ours = named "PTR" },
      { name = "MX", tshark = "dns.mx.mail_exchange", plain = name, ours = named("MX", " (.*)") },
      { name = "SRV", tshark = "dns.srv.target", plain = name,
        ours = named("SRV", "^%d+ %d+ %d+ (.*)") },
      { name = "SRV port", tshark = "dns.srv.port", ours = data("SRV", "^%d+ %d+ (%d+)") },
      { name = "SOA", tshark = "dns.soa.mname", plain = name, ours = named("SOA", "^[^ ]+") },
      { name = "SOA serial", tshark = "dns.soa.serial_number",
        ours = data("SOA", "(%d+) %d+ %d+ %d+ %d+$") },
      { name = "TXT", tshark = "dns.txt", plain = visible, ours = strings },
      { name = "EDNS size", tshark = "dns.rr.udp_payload_size", plain = tonumber,
        ours = function (record, add)
           add(record.udp_size)
        end },
      { name = "client subnet", tshark = "dns.opt.client.addr4",
        ours = function (record, add)
           local text = record.client_subnet
           if text and not text:find ":" then add(text:match "^[^/]+") end
        end },
   },
   excused = {
      { why = "tshark adds the types that a signature or a map covers", field = "types",
        when = function (_, mine) return has_type(mine, "46", "47", "50") end },
      { why = "the bit has another meaning in LLMNR", field = "rd", when = function (message)
           return message["frame.protocols"][1]:find ":llmnr"
        end },
      { why = "a message that cannot be read to its end, or has no whole question",
        when = function (message, mine)
           local first = message["dns.qry.name"][1]
           return not mine and (#message["_ws.malformed"] > 0 or not first or first:find "^<Name")
        end },
      { why = "DNS inside QUIC, TLS or HTTP", when = function (message)
           local layers = message["frame.protocols"][1]
           return layers:find ":quic" or layers:find ":tls" or layers:find ":http"
        end },
   },
}

-- Weir's records of TLS against tshark's fields, flow by flow.
--
--    build/weir lua tests/peers/tls.lua [--show N] [--least FRACTION] CAPTURE|FOLDER…
--
-- Of each field prints in how many flows both have it, in how many of these Weir's value is among
-- tshark's, and how many have it in one of them alone.  tshark needs segments in order and does not
-- look for TLS behind other words; so what Weir alone has is shown, and not counted against it.
-- Exit 1 when less than FRACTION (0.99) of what tshark has agrees.

local dissector = require "dissector"
local weir      = require "weir"

local command = dissector.asked(arg, 0.99)

local FIELDS = { "sni", "ja3", "ja3s", "serial" }
local PEER = {
   sni = "handshake.extensions_server_name", ja3 = "handshake.ja3", ja3s = "handshake.ja3s",
}
local ENDS = { "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "udp.srcport",
   "tcp.dstport", "udp.dstport" }

local asked = { "x509af.serialNumber", unpack(ENDS) }
for _, layer in ipairs { "tls", "dtls" } do
   for _, field in pairs(PEER) do asked[#asked + 1] = layer .. "." .. field end
end

-- The flow of two ends, whoever speaks.
local function key(a, b)
   if b < a then a, b = b, a end
   return a .. " " .. b
end

local function add(flows, flow, field, value)
   flows[flow] = flows[flow] or {}
   flows[flow][field] = flows[flow][field] or {}
   flows[flow][field][value:lower()] = true
end

-- QUIC has hellos, too; they are in records of another kind.
local function said_by_tshark(path)
   local flows = {}
   for cells in dissector.packets(path, asked, { filter = "(tls or dtls) and not quic" }) do
      local function last(...)
         for _, field in ipairs { ... } do
            local value = cells[field]
            if value ~= "" then return value:match "[^|]*$" end
         end
         return ""
      end
      local flow = key(last("ip.src", "ipv6.src") .. "/" .. last("tcp.srcport", "udp.srcport"),
         last("ip.dst", "ipv6.dst") .. "/" .. last("tcp.dstport", "udp.dstport"))
      local function take(field, peer)
         for _, value in ipairs(dissector.split(cells[peer], "|")) do
            if value ~= "" then add(flows, flow, field, value) end
         end
      end
      for field, peer in pairs(PEER) do
         take(field, "tls." .. peer)
         take(field, "dtls." .. peer)
      end
      take("serial", "x509af.serialNumber")
   end
   return flows
end

-- A serial number without what makes it positive, as tshark shows it.
local function plain(serial) return (serial:gsub("^0x", ""):gsub(":", ""):gsub("^0+", "")) end

local function said_by_weir(path)
   local flows, capture = {}, assert(weir.open(path, { protocols = { "tls" } }))
   for batch in capture:batches() do
      for i = 0, batch.tls_count - 1 do
         local t = batch.tls[i]
         local flow = key(("%s/%d"):format(t.src_ip, t.src_port),
            ("%s/%d"):format(t.dest_ip, t.dest_port))
         for _, field in ipairs { "sni", "ja3", "ja3s" } do
            if t[field] then add(flows, flow, field, t[field]) end
         end
         for _, list in ipairs { t.certificates, t.client_certificates } do
            for _, c in ipairs(list) do
               if c.serial then add(flows, flow, "serial", c.serial) end
            end
         end
      end
   end
   capture:close()
   return flows
end

-- ---- comparing --------------------------------------------------------------------------------

local counts = {}
for _, field in ipairs(FIELDS) do
   counts[field] = { both = 0, agree = 0, tshark = 0, weir = 0, shown = 0 }
end

local function tell(field, path, flow, theirs, mine)
   local count = counts[field]
   count.shown = count.shown + 1
   if count.shown > command.show then return end
   print(("%s %s: %s: tshark %s, weir %s"):format(path, flow, field,
      next(theirs or {}) or "-", next(mine or {}) or "-"))
end

local function is_within(mine, theirs)
   local known = {}
   for value in pairs(theirs) do known[plain(value)] = true end
   for value in pairs(mine) do
      if not known[plain(value)] then return false end
   end
   return true
end

local function compare(path, flow, theirs, mine)
   for _, field in ipairs(FIELDS) do
      local x, y, count = theirs[field], mine[field], counts[field]
      if x and y then
         local agrees = is_within(y, x)
         count.both, count.agree = count.both + 1, count.agree + (agrees and 1 or 0)
         if not agrees then tell(field, path, flow, x, y) end
      elseif x or y then
         local who = x and "tshark" or "weir"
         count[who] = count[who] + 1
         tell(field, path, flow, x, y)
      end
   end
end

local function run(path)
   local theirs, mine, flows = said_by_tshark(path), said_by_weir(path), {}
   for flow in pairs(theirs) do flows[flow] = true end
   for flow in pairs(mine) do flows[flow] = true end
   for flow in pairs(flows) do compare(path, flow, theirs[flow] or {}, mine[flow] or {}) end
end

for _, path in ipairs(command.paths) do run(path) end

local broken = false
local row = "%-8s %7s %7s %9s %12s %10s"
print(row:format("field", "both", "agree", "percent", "only tshark", "only weir"))
for _, field in ipairs(FIELDS) do
   local c = counts[field]
   local percent = c.both > 0 and ("%.2f"):format(100 * c.agree / c.both) or ""
   print(row:format(field, c.both, c.agree, percent, c.tshark, c.weir))
   broken = broken or c.agree < command.least * (c.both + c.tshark)
end
os.exit(broken and 1 or 0, true)

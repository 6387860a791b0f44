-- How flows look in a table: who, to whom, how much, how long, and whose share it is.

local cell  = require "weir.cli.cell"
local sheet = require "weir.sheet"
local value = require "weir.ends".value

local flows = {}

local BAR = 10                            -- columns of the bar

flows.columns = {
   { name = "start", align = "right", colour = "dim" },
   { name = "from", min = 15, shrink = 1 },
   { name = "to", min = 15, shrink = 1 },
   { name = "proto", colour = "cyan" },
   { name = "packets", align = "right" },
   { name = "bytes", align = "right" },
   { name = "share", width = BAR, colour = "green" },
   { name = "lasted", align = "right" },
   { name = "ended", colour = "dim" },
}

-- What a row needs of a flow, which is gone with its batch.
function flows.keep(f)
   return {
      ns = f.start_ns, id = f.flow_id, proto = f.proto, duration = f.duration, reason = f.ended,
      from = cell.endpoint(f.src_ip, value(f, "flow", "src_port")),
      to = cell.endpoint(f.dest_ip, value(f, "flow", "dest_port")),
      packets = f.pkts_toserver + f.pkts_toclient, bytes = f.bytes_toserver + f.bytes_toclient,
   }
end

-- A row; `most` is the number of bytes that fills the bar, nil when it is not known.
function flows.row(f, stamp, most)
   return {
      stamp(f.ns), f.from, f.to, f.proto, f.packets, sheet.size(f.bytes),
      most and sheet.bar(f.bytes / most, BAR) or "", sheet.duration(f.duration), f.reason,
   }
end

local orders = {
   start    = function (a, b) return a.ns < b.ns end,
   bytes    = function (a, b) return a.bytes < b.bytes end,
   packets  = function (a, b) return a.packets < b.packets end,
   duration = function (a, b) return a.duration < b.duration end,
}

flows.sorts = {
   "start", "-start", "bytes", "-bytes", "packets", "-packets", "duration", "-duration",
}

-- Sorts kept rows by one of flows.sorts; equal ones in the order in which they began.
function flows.sort(rows, by)
   local name = by:match "^-?(.*)$"
   local before, down = orders[name], by:sub(1, 1) == "-"
   table.sort(rows, function (a, b)
      if down then a, b = b, a end
      if before(a, b) then return true end
      if before(b, a) then return false end
      if down then a, b = b, a end
      return a.id < b.id
   end)
end

return flows

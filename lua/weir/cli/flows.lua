-- How flows look in a table: who, to whom, how much, how long, whose share it is, and what else
-- was asked for.

local cell  = require "weir.cli.cell"
local cells = require "weir.cells"
local sheet = require "weir.sheet"
local value = require "weir.ends".value

local flows = {}

local BAR = 10                            -- columns of the bar

-- On a narrow terminal both ends and the bytes stay longest, before them what was asked for.
local columns = {
   { name = "start", usual = 12, align = "right", colour = "dim", spare = 4 },
   { name = "from", min = 21, shrink = 1, cut = "middle" },
   { name = "to", min = 21, shrink = 1, cut = "middle" },
   { name = "proto", usual = 9, colour = "cyan", spare = 1 },
   { name = "packets", usual = 6, align = "right", spare = 3 },
   { name = "bytes", usual = 8, align = "right" },
   { name = "share", width = BAR, colour = "green", spare = 6 },
   { name = "lasted", usual = 9, align = "right", spare = 5 },
   { name = "ended", usual = 9, colour = "dim", spare = 7 },
}

local function mean_gap(f)
   if f.bidirectional_packets > 1 then return f.bidirectional_mean_piat_ms / 1000 end
end

-- From SYN to the ACK of its answer, or what of that was seen.
local function round_trip(f)
   local server, client = f.rtt_server, f.rtt_client
   return (server or client) and (server or 0) + (client or 0)
end

local function resent(f)
   local sent, received = f.retransmissions_ts, f.retransmissions_tc
   return (sent or received) and (sent or 0) + (received or 0)
end

-- ">74 <74 >66": sizes, from the source and to it.
local function first_packets(f)
   local list, sizes = {}, f.splt_ps
   for i, direction in ipairs(f.splt_direction or {}) do
      if direction < 0 then break end
      list[i] = (direction == 0 and ">" or "<") .. sizes[i]
   end
   return table.concat(list, " ")
end

-- Columns for what was asked for: `of` a flow is what `show` turns into a cell when its row is
-- written, for most flows may never be shown.
local more = {
   { asked = "apps", name = "app", usual = 10, spare = 2, colour = "cyan",
     of = function (f) return f.app end, show = tostring },
   { asked = "seconds", name = "over time", spare = 2, colour = "green",
     of = function (f, seconds) return seconds:take(f.flow_id) end,
     show = function (draw) return draw() end },
   { asked = "stats", name = "mean size", align = "right", spare = 2,
     of = function (f) return f.bidirectional_mean_ps end, show = sheet.size },
   { asked = "stats", name = "mean gap", align = "right", spare = 2,
     of = mean_gap, show = sheet.duration },
   { asked = "tcp", name = "round trip", align = "right", spare = 2,
     of = round_trip, show = sheet.duration },
   { asked = "tcp", name = "resent", align = "right", spare = 2, of = resent, show = tostring },
   { asked = "splt", name = "first packets", min = 20, shrink = 2, spare = 2,
     of = first_packets, show = tostring },
}

-- The columns of a table; `asked` has the names of what was asked for.  A live table does not know
-- whose share is whose.
function flows.columns(asked, is_live, part)
   local list = {}
   for _, column in ipairs(columns) do
      if column.name ~= "share" or not is_live then list[#list + 1] = column end
   end
   for _, column in ipairs(more) do
      if asked[column.asked] then list[#list + 1] = column end
   end
   for _, field in ipairs(part and part.rows or {}) do
      if field.name ~= "failed" then list[#list + 1] = cell.column_of_cell(field) end
   end
   return list
end

-- What extensions gave to a flow, a text for each column.
local function given_to(f, part)
   local list = {}
   for _, field in ipairs(part.rows) do
      local what = cells.read(f, field.name)
      if field.name ~= "failed" then list[#list + 1] = cell.given(what) or "" end
   end
   return list
end

-- What a row needs of a flow.  `seconds` is a collector of weir.cli.seconds, when there is a
-- column for them.
function flows.keep(f, asked, seconds, part)
   local kept = {
      ns = f.start_ns, id = f.flow_id, proto = f.proto, duration = f.duration, reason = f.ended,
      from = cell.endpoint(f.src_ip, value(f, "flow", "src_port")),
      to = cell.destination(f, "flow"),
      packets = f.pkts_toserver + f.pkts_toclient, bytes = f.bytes_toserver + f.bytes_toclient,
      more = {},
   }
   for i, column in ipairs(more) do
      if asked[column.asked] then kept.more[i] = column.of(f, seconds) or "" end
   end
   kept.given = part and given_to(f, part)
   return kept
end

-- A row; `most` is the number of bytes that fills the bar, nil in a live table.
function flows.row(f, stamp, most)
   local row = { stamp(f.ns), f.from, f.to, f.proto, f.packets, sheet.size(f.bytes) }
   if most then row[#row + 1] = sheet.bar(f.bytes / most, BAR) end
   row[#row + 1], row[#row + 2] = sheet.duration(f.duration), f.reason
   for i, column in ipairs(more) do
      local kept = f.more[i]
      if kept then row[#row + 1] = kept ~= "" and column.show(kept) or "" end
   end
   for _, text in ipairs(f.given or {}) do row[#row + 1] = text end
   return row
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

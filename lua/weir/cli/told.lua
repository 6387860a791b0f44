-- How what happened looks in a table: when, from whom, to whom, and what it is about.  So are
-- shown the records of protocols, and tables of several kinds of records.

local about   = require "weir.cli.about"
local cell    = require "weir.cli.cell"
local packets = require "weir.cli.packets"
local schema  = require "weir.schema"
local sheet   = require "weir.sheet"
local value   = require "weir.ends".value

local told = {}

local function counted(packets_count, bytes)
   return ("%s packet%s, %s"):format(sheet.count(packets_count), packets_count == 1 and "" or "s",
      sheet.size(bytes))
end

local function both_ways(r)
   return counted(r.pkts_toserver + r.pkts_toclient, r.bytes_toserver + r.bytes_toclient)
end

-- Kinds that no parser makes: what each is about.
local ways = {
   packet = packets.about,
   begin  = function (b) return b.proto and b.proto .. " begins" end,
   second = both_ways,
   flow   = function (f)
      return ("%s ended (%s): %s in %s"):format(f.proto or "flow", f.ended, both_ways(f),
         sheet.duration(f.duration))
   end,
}

local NAMED = { flow = true, second = true }             -- whose destinations have names

local function ends(record, kind)
   if kind == "packet" then return packets.ends(record) end
   local from = cell.endpoint(record.src_ip, value(record, kind, "src_port"))
   local to = NAMED[kind] and cell.destination(record, kind)
      or cell.endpoint(record.dest_ip, value(record, kind, "dest_port"))
   local whom = schema.of(kind).whom
   return from or record.src_mac, to or record.dest_mac or whom and record[whom]
end

-- A protocol's record was said by the other end, too: the table shows who said it.
local function speakers(record, kind)
   local from, to = ends(record, kind)
   if schema.of(kind).said and record.reverse ~= 0 then return to, from end
   return from, to
end

local function time_of(record, kind) return kind == "flow" and record.end_ns or record.ns end

local columns = {
   { name = "time", usual = 12, align = "right", colour = "dim", spare = 1 },
   { name = "kind", usual = 6, colour = "cyan" },
   { name = "from", usual = 20, min = 14, shrink = 1, cut = "middle" },
   { name = "to", usual = 20, min = 14, shrink = 1, cut = "middle" },
   { name = "about", usual = 30, min = 14, shrink = 2 },
}

-- The columns, and a function that makes a row of a record of a kind and a clock; with `is_mixed`
-- they say which kind it is.
function told.layout(is_mixed)
   local shown = { unpack(columns) }
   if not is_mixed then table.remove(shown, 2) end
   return shown, function (record, stamp, _, kind)
      local from, to = speakers(record, kind)
      local what = ways[kind] and ways[kind](record) or about.of(record, kind)
      local row = { stamp(time_of(record, kind)), kind, from or "", to or "", what }
      if not is_mixed then table.remove(row, 2) end
      return row
   end
end

return told

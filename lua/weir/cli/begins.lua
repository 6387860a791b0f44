-- How beginnings of flows look in a table: when, who, to whom.

local cell  = require "weir.cli.cell"
local value = require "weir.ends".value

local begins = {}

begins.columns = {
   { name = "start", align = "right", colour = "dim" },
   { name = "from", min = 15, shrink = 1 },
   { name = "to", min = 15, shrink = 1 },
   { name = "proto", colour = "cyan" },
}

function begins.row(b, stamp)
   return {
      stamp(b.ns), cell.endpoint(b.src_ip, value(b, "begin", "src_port")),
      cell.endpoint(b.dest_ip, value(b, "begin", "dest_port")), b.proto,
   }
end

return begins

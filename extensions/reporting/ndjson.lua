-- A row is an object on a line of its own, which any program can read: its members are called as
-- they are in Lua, `row.src_ip`, and stand in the same order in every line.

local weir  = require "weir"
local file  = require "weir.report.file"
local lines = require "weir.report.lines"

local ndjson = weir.reporting {
   about   = "rows as JSON, an object a line",
   on      = "flow",
   wants   = { "dest_name", "app" },
   options = {
      file   = "rows.ndjson",             -- "-" is standard output
      append = true,                      -- false: begin the file anew
   },
   needs   = { "write:." },
}

function ndjson:start() self.out = file.open(self, { lines = lines.new {} }) end

function ndjson:rows(rows) self.out:rows(rows) end

function ndjson:flush() self.out:flush() end

function ndjson:stop() self.out:close() end

return ndjson

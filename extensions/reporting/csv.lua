-- A table for a spreadsheet, R or pandas: a header that stands, and a line for each row.

local weir = require "weir"
local csv  = require "weir.report.csv"
local file = require "weir.report.file"

local sheet = weir.reporting {
   about   = "rows as CSV, under a header",
   on      = "flow",
   wants   = { "dest_name", "app" },
   options = {
      file    = "rows.csv",               -- "-" is standard output
      append  = true,                     -- false: begin the file anew
      columns = {},                       -- their names, in order; of none, those of the first row
   },
   needs   = { "write:." },
}

function sheet:start()
   local lines = csv.new { columns = self.options.columns, log = self.log }
   self.out = file.open(self, { lines = lines })
end

function sheet:rows(rows) self.out:rows(rows) end

function sheet:flush() self.out:flush() end

function sheet:stop() self.out:close() end

return sheet

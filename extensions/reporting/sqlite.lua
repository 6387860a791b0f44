-- Rows in a database that any tool of SQLite opens: a table for each channel, and each row once, so
-- that reading a capture again, or getting a row twice, changes nothing.

local weir  = require "weir"
local file  = require "weir.report.file"
local store = require "weir.report.store"

local sqlite = weir.reporting {
   about   = "rows in a database, a table for each channel",
   on      = "flow",
   wants   = { "dest_name", "app" },
   options = {
      file    = "rows.db",
      columns = {},                       -- the fields that are kept; of none, all
   },
   needs   = { "write:." },
}

function sqlite:start()
   self.store = store.open(file.path(self, self.options.file), {
      columns = self.options.columns, tell = function (line) self.log:warning("%s", line) end,
   })
end

function sqlite:rows(rows)
   for _, row in ipairs(rows) do self.store:put(rows.channel or row.event_type or "rows", row) end
end

function sqlite:flush() self.store:commit() end

function sqlite:stop() self.store:close() end

return sqlite

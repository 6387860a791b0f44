-- A page for people who want to see at once what there was: one file, which needs nothing else.

local weir     = require "weir"
local file     = require "weir.report.file"
local overview = require "weir.report.overview"
local summary  = require "weir.report.summary"

local html = weir.reporting {
   about     = "one page: who, with whom, how much, and what extensions found",
   subscribe = { "flow", "dns", "tls", "quic", "http" },
   wants     = { "dest_name", "app" },
   options   = {
      file  = "report.html",              -- "-" is standard output
      title = "Traffic",
      every = 10,                         -- seconds between two pages, while it runs
   },
   needs     = { "write:." },
}

function html:write()
   local path = file.path(self, self.options.file)
   local ok, why = summary.page(self.options.title, self.all):write(path)
   if not ok then error(why, 0) end
end

-- At once, so that a page that cannot be written is no surprise at the end.
function html:start()
   self.all = self.all or overview.new()
   if self.options.file ~= "-" then self:write() end
end

function html:rows(rows)
   for _, row in ipairs(rows) do self.all:add(rows.channel or row.event_type or "rows", row) end
end

function html:tick(now)
   self.next = self.next or now + self.options.every
   if now < self.next or self.options.file == "-" then return end
   self.next = now + self.options.every
   self:write()
end

function html:stop() self:write() end

return html

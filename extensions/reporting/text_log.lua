-- What happens, a line each, for people and for grep: by a template such as
-- "{start} {src_ip} > {dest_ip} {app}", as name=value, or as objects of chosen fields.

local weir     = require "weir"
local file     = require "weir.report.file"
local lines    = require "weir.report.lines"
local template = require "weir.report.template"

local FLOW = "{start} {proto} {src_ip} {src_port} > {dest_ip} {dest_port} {dest_name} {app} "
   .. "{bytes_toserver} B out {bytes_toclient} B in {duration} s {reason}"

local text_log = weir.reporting {
   about   = "a line of text for each row",
   on      = "flow",
   wants   = { "dest_name", "app" },
   options = {
      file   = "log.txt",                 -- "-" is standard output
      append = true,                      -- false: begin the file anew
      format = "",                        -- a template; "json"; of none what a person wants
      fields = {},                        -- those of an object: NAME, or NAME=FIELD
   },
   needs   = { "write:." },
}

-- What makes lines: of flows by their own template, of other rows all that they have.
local function by_kind()
   local of_flow, of_others = template.new(FLOW), template.all()
   return { write = function (_, out, row)
      return (row.event_type == "flow" and of_flow or of_others):write(out, row)
   end }
end

function text_log:start()
   local format, fields, made = self.options.format, self.options.fields
   if format == "json" then
      made = fields[1] and template.json(fields) or lines.new {}
   else
      made = format == "" and by_kind() or assert(template.new(format))
   end
   self.out = file.open(self, { lines = made })
end

function text_log:rows(rows) self.out:rows(rows) end

function text_log:flush() self.out:flush() end

function text_log:stop() self.out:close() end

return text_log

-- What Suricata's eve.json is to those who have it: flows and all that is said in them, each a line
-- of nested objects, as `weir read -T json` writes them.

local weir  = require "weir"
local file  = require "weir.report.file"
local lines = require "weir.report.lines"

local eve = weir.reporting {
   about     = "flows and what is said in them, as Suricata's eve.json has it",
   subscribe = {
      "flow", "dns", "mdns", "llmnr", "nbns", "tls", "quic", "dhcp", "ssh", "ntp", "ssdp", "arp",
      "http",
   },
   wants     = { "dest_name", "app" },
   options   = {
      file   = "eve.json",                -- "-" is standard output
      append = true,                      -- false: begin the file anew
   },
   needs     = { "write:." },
}

function eve:start() self.out = file.open(self, { lines = lines.new { nested = true } }) end

function eve:rows(rows) self.out:rows(rows) end

function eve:flush() self.out:flush() end

function eve:stop() self.out:close() end

return eve

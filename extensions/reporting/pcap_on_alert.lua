-- The packets of flows that somebody ought to look at, and no others, for Wireshark.  It is for
-- captures in files, which it reads a second time; those of an interface are gone by then.

local weir    = require "weir"
local file    = require "weir.report.file"
local packets = require "weir.report.packets"

local pcap_on_alert = weir.reporting {
   about   = "the packets of flows for which a filter holds, as a capture",
   on      = "flow",
   wants   = { "offsets", "dest_name", "app", "blocked?" },
   options = {
      file = "alerts.pcapng",             -- classic pcap with another suffix
      when = "blocked == true",           -- a filter as that of -Y, also of what extensions give
      most = 100000,                      -- packets; what is beyond is told
   },
   needs   = { "read:.", "write:." },
}

function pcap_on_alert:start()
   self.chosen = self.chosen or packets.new {
      path = file.path(self, self.options.file), when = self.options.when,
      most = self.options.most,
   }
   self.chosen:try()                      -- what cannot be written is told now
end

function pcap_on_alert:rows(rows)
   for _, row in ipairs(rows) do
      if self.why then return end
      if type(row) ~= "cdata" then self.why = "it needs flows in the process that measures them" end
      local ok, why = pcall(self.chosen.look, self.chosen, row)
      if not ok then self.why = why end
   end
end

-- What it cannot do with one flow it cannot do with any.
function pcap_on_alert:flush()
   if self.why then error(self.why, 0) end
end

function pcap_on_alert:stop()
   local n, chosen = self.chosen:write(), self.chosen
   self.log:info("%d packets of %d flows", n, chosen.flows)
   if chosen.left > 0 then
      self.log:warning("%d more are left out: the option 'most' is %d", chosen.left,
         self.options.most)
   end
end

return pcap_on_alert

-- What is said to whom is on a list: names that are asked for, in DNS as well where no connection
-- follows, and fingerprints, at once and not when the flow has ended.  Its rows are all that it
-- saw; `blocked` says which of them are on a list.

local weir      = require "weir"
local blocklist = require "weir.blocklist"

local listed = weir.inference {
   about     = "is the name or fingerprint of a record on a list?",
   subscribe = { "dns", "tls", "quic", "http" },
   publish   = { "listed" },
   wants     = {
      "rrname?", "sni?", "hostname?", "ja3?", "ja3s?", "ja4?", "fingerprint?", "dest_ip?",
      "src_ip?",
   },
   gives     = { blocked = "flag", blocked_by = "text", blocked_as = "text", blocked_for = "text" },
   options   = { lists = {}, allow = {} },
   needs     = { "read" },
}

local LOOKS = {
   { "rrname", "name" }, { "sni", "name" }, { "hostname", "name" }, { "ja3", "hash" },
   { "ja4", "hash" }, { "ja3s", "hash" }, { "fingerprint", "hash" }, { "dest_ip", "address" },
   { "src_ip", "address" },
}

function listed:start()
   self.lists = blocklist.of(self, self.folder .. "/blocklist/sample.txt")
end

function listed:infer(batch, out)
   self.lists:look()
   self.lists:judge(batch, out, LOOKS)
end

function listed:stop()
   if self.lists then self.lists:close() end
end

return listed

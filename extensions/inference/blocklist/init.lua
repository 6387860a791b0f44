-- Flows whose ends, names or fingerprints are on lists that somebody keeps.  Lists are files in any
-- usual form: "ads.txt", "NAME=PATH" or "NAME/CATEGORY=PATH"; of none that of the sample is used.
-- Fingerprints are looked at where the feature `fingerprints` runs as well.

local weir      = require "weir"
local blocklist = require "weir.blocklist"

local listed = weir.inference {
   about   = "is a flow's end, name or fingerprint on a list?",
   wants   = {
      "src_ip", "dest_ip", "dest_name", "ja3?", "ja3s?", "ja4?", "cert_sha1?", "cert_sha256?",
   },
   gives   = { blocked = "flag", blocked_by = "text", blocked_as = "text", blocked_for = "text" },
   options = { lists = {}, allow = {} },
   needs   = { "read" },
}

-- What is looked at, and as what: in this order, of which the first counts that is on a list.
local LOOKS = {
   { "dest_name", "name" }, { "dest_ip", "address" }, { "src_ip", "address" }, { "ja3", "hash" },
   { "ja4", "hash" }, { "ja3s", "hash" }, { "cert_sha1", "hash" }, { "cert_sha256", "hash" },
}

function listed:start()
   self.lists = blocklist.of(self, self.folder .. "/sample.txt")
end

function listed:infer(batch, out)
   self.lists:look()
   self.lists:judge(batch, out, LOOKS)
end

function listed:stop()
   if self.lists then self.lists:close() end
end

return listed

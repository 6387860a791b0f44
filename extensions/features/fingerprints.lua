-- What a client or a server is, by how it greets: programs have fingerprints, whatever they call
-- themselves.  Of a flow the first greeting counts.

local weir = require "weir"

local fingerprints = weir.feature {
   about = "JA3, JA3S and JA4 of a flow, and hashes of the server's certificate",
   gives = { ja3 = "text", ja3s = "text", ja4 = "text", cert_sha1 = "text", cert_sha256 = "text" },
}

local function greeting(self, record)
   self.ja3, self.ja3s = self.ja3 or record.ja3, self.ja3s or record.ja3s
   self.ja4 = self.ja4 or record.ja4
end

function fingerprints:tls(record)
   greeting(self, record)
   local certificate = record.certificates[1]
   if not certificate or self.cert_sha1 then return end
   self.cert_sha1, self.cert_sha256 = certificate.sha1, certificate.sha256
end

fingerprints.quic = greeting

return fingerprints

-- Who shows which certificate, for which names, and who says so: handshakes of TLS as knowledge.
-- A certificate is known by its SHA-256.  TLS 1.3 encrypts certificates: of that nothing is learnt.

local weir = require "weir"

local certificates = weir.extractor {
   about   = "servers and their certificates, names and issuers, from TLS",
   version = "1",
   on      = "tls",
}

-- What is known of a certificate that was shown at a time, in seconds.
local function known(certificate, time)
   local now = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(time))
   return {
      key         = ("%s %d"):format(certificate.key_type or "?", certificate.key_bits),
      not_after   = certificate.notafter,
      self_signed = certificate.self_signed or nil,
      expired     = certificate.notafter and certificate.notafter < now or nil,
   }
end

function certificates:extract(tls, kb)
   local server = tls.dest_ip and kb:entity("address", tls.dest_ip)
   for _, certificate in ipairs(tls.certificates) do
      local shown = kb:entity("certificate", certificate.sha256, known(certificate, tls.time))
      if server then kb:relate(server, "presents", shown) end
      for _, name in ipairs(certificate.sans) do
         local type = (name:find "^[%d.]+$" or name:find ":") and "address" or "name"
         if name ~= "" then kb:relate(shown, "names", kb:entity(type, name:lower())) end
      end
      if certificate.issuerdn then
         kb:relate(shown, "issued by", kb:entity("issuer", certificate.issuerdn))
      end
   end
end

return certificates

-- ssl.log: a row for each connection of TLS or DTLS; the last three columns are those that
-- packages for Zeek add.

local convert = require "weir.profile.zeek.convert"

-- "TLS 1.2" is TLSv12, and "TLS 1.3 draft-28" TLSv13-draft28.
local function version(r)
   if not r.version then return nil end
   if r.version == "TLSv1" then return "TLSv10" end
   return (r.version:gsub("^(D?TLS) (%d)%.(%d)", "%1v%2%3"):gsub(" draft%-", "-draft"))
end

local function last_alert(r)
   local last = r.alerts[#r.alerts]
   return last and last.description
end

local function fingerprints(certificates)
   local list = {}
   for i, certificate in ipairs(certificates) do list[i] = certificate.sha256 end
   return list[1] and list or nil
end

return convert.log({ path = "ssl", kinds = { "tls" } }, convert.columns(), {
   { "version", "string", version }, { "cipher", "string", "cipher" },
   { "curve", "string", "curve" }, { "server_name", "string", "sni" },
   { "resumed", "bool", function (r) return r.session_resumed or false end },
   { "last_alert", "string", last_alert }, { "next_protocol", "string", "server_alpn" },
   { "established", "bool", "established" }, { "ssl_history", "string" },
   { "cert_chain_fps", "vector[string]",
      function (r) return fingerprints(r.certificates) end },
   { "client_cert_chain_fps", "vector[string]",
      function (r) return fingerprints(r.client_certificates) end },
   { "sni_matches_cert", "bool" },
   { "ja3", "string", "ja3" }, { "ja3s", "string", "ja3s" }, { "ja4", "string", "ja4" },
})

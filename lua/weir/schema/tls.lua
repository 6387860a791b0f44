-- Connections of TLS and DTLS: what their first messages tell.

local names = require "weir.schema.tls_names"
local said  = require "weir.schema.said"
local texts = require "weir.schema.texts"

-- They are told anew, since each kind of row belongs to one field.
local function certificates()
   return {
      kind = "certificate", struct = "weir_certificate", records = "certificates",
      { name = "subject", skip_zero = true, doc = "whose it is" },
      { name = "issuerdn", skip_zero = true, doc = "who says so" },
      { name = "serial", skip_zero = true, doc = "its number" },
      { name = "notbefore", skip_zero = true, doc = "from when it is valid, UTC" },
      { name = "notafter", skip_zero = true, doc = "until when" },
      { name = "sans", as = "strings", rows = texts.strings(), skip_zero = true,
        doc = "names and addresses that it is for" },
      { name = "key_type", skip_zero = true, doc = "rsa, ecdsa, ed25519, …" },
      { name = "key_bits", skip_zero = true, doc = "size of the key" },
      { name = "curve", skip_zero = true, doc = "of an elliptic key" },
      { name = "signature", skip_zero = true, doc = "the algorithm it was signed with" },
      { name = "sha1", doc = "its SHA-1" },
      { name = "sha256", doc = "its SHA-256" },
      { name = "is_ca", as = "boolean", doc = "it may issue others" },
      { name = "self_signed", as = "boolean", doc = "its issuer is its subject" },
      hidden = { unused = true },
   }
end

local alerts = {
   kind = "alert", struct = "weir_alert", records = "alerts",
   { name = "by", as = "name8", names = { [0] = "client", "server" }, doc = "who complains" },
   { name = "level", as = "name8", names = { "warning", "fatal" }, doc = "how badly" },
   { name = "description", as = "name8", names = names.alerts, doc = "of what" },
   hidden = { unused = true },
}

local CLIENT = { "TLS_CLIENT" }          -- it showed a certificate

return said {
   kind = "tls", records = "tls",
   about = {
      { "{version}", "{client_version}" }, { " {sni}", " {subject}" },
      "{session_resumed?, resumed}", ": {alerts.description}",
   },

   { name = "sni", skip_zero = true, doc = "the server's name, as the client asks for it",
     aliases = { "server_name", "tls.handshake.extensions_server_name", "requested_server_name" } },
   { name = "version", as = "name16", names = names.versions, skip_zero = true,
     doc = "the version that the server chose" },
   { name = "client_version", as = "name16", names = names.versions, skip_zero = true,
     doc = "the newest that the client offered" },
   { name = "cipher", as = "name16", names = names.ciphers, needs = { "TLS_SERVER" },
     doc = "the cipher suite that the server chose",
     aliases = { "tls.handshake.ciphersuite" } },
   { name = "curve", as = "name16", names = names.groups, skip_zero = true,
     doc = "the curve, or other group, that keys were agreed upon with" },
   { name = "subject", skip_zero = true, doc = "whose the server's certificate is" },
   { name = "issuerdn", skip_zero = true, doc = "who issued it", aliases = { "issuer" } },
   { name = "serial", skip_zero = true, doc = "its number" },
   { name = "fingerprint", skip_zero = true, doc = "its SHA-1, with colons" },
   { name = "notbefore", skip_zero = true, doc = "from when it is valid, UTC" },
   { name = "notafter", skip_zero = true, doc = "until when" },
   { name = "client_subject", inside = { "client", "subject" }, needs = CLIENT,
     doc = "whose the client's certificate is, when it shows one" },
   { name = "client_issuerdn", inside = { "client", "issuerdn" }, needs = CLIENT,
     doc = "who issued it", aliases = { "client_issuer" } },
   { name = "client_serial", inside = { "client", "serial" }, needs = CLIENT,
     doc = "its number" },
   { name = "client_fingerprint", inside = { "client", "fingerprint" }, needs = CLIENT,
     doc = "its SHA-1, with colons" },
   { name = "client_notbefore", inside = { "client", "notbefore" }, needs = CLIENT,
     doc = "from when it is valid, UTC" },
   { name = "client_notafter", inside = { "client", "notafter" }, needs = CLIENT,
     doc = "until when" },
   { name = "session_resumed", as = "boolean", needs = { "TLS_SERVER" },
     doc = "an earlier session goes on", aliases = { "resumed" } },
   { name = "established", as = "boolean", doc = "both ends went on to encrypt" },
   { name = "client_alpns", as = "strings", rows = texts.strings(), skip_zero = true,
     doc = "protocols that the client offers to speak inside",
     aliases = { "tls.handshake.extensions_alpn_str" } },
   { name = "server_alpn", skip_zero = true, doc = "the one that the server chose",
     aliases = { "next_protocol" } },
   { name = "ech", as = "boolean", skip_zero = true,
     doc = "the client encrypts its hello, or pretends to: sni is not where it goes" },
   { name = "early_data", as = "boolean", skip_zero = true,
     doc = "the client offers to send data at once" },
   { name = "ja3", inside = { "ja3", "hash" }, needs = { "TLS_JA3" },
     doc = "JA3 of the client's hello", aliases = { "ja3.hash", "tls.handshake.ja3" } },
   { name = "ja3_string", inside = { "ja3", "string" }, needs = { "TLS_JA3" },
     doc = "what it is the MD5 of", aliases = { "ja3.string", "tls.handshake.ja3_full" } },
   { name = "ja3s", inside = { "ja3s", "hash" }, needs = { "TLS_JA3S" },
     doc = "JA3S of the server's hello", aliases = { "ja3s.hash", "tls.handshake.ja3s" } },
   { name = "ja3s_string", inside = { "ja3s", "string" }, needs = { "TLS_JA3S" },
     doc = "what it is the MD5 of", aliases = { "ja3s.string", "tls.handshake.ja3s_full" } },
   { name = "ja4", skip_zero = true, doc = "JA4 of the client's hello",
     aliases = { "tls.handshake.ja4" } },
   { name = "alerts", as = "table", rows = alerts, skip_zero = true,
     doc = "what the ends complained of, before they encrypted" },
   { name = "certificates", as = "table", rows = certificates(), skip_zero = true,
     doc = "those that the server showed, its own first" },
   { name = "client_certificates", as = "table", rows = certificates(), skip_zero = true,
     doc = "those that the client showed, its own first" },

   hidden = { unused_tls = true },
}

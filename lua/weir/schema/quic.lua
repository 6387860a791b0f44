-- How connections of QUIC begin.

local names = require "weir.schema.tls_names"
local said  = require "weir.schema.said"
local texts = require "weir.schema.texts"

local function fingerprints()
   return {
      kind = "cyu", struct = "weir_pair", records = "pairs",
      { name = "hash", member = "name", doc = "its MD5" },
      { name = "string", member = "value", doc = "the version and the tags of the hello" },
      hidden = {},
   }
end

return said {
   kind = "quic", records = "quic",
   about = {
      { "QUIC {version}", "QUIC" }, { " {sni}" }, "{session_resumed?, resumed}",
      ": offers {versions}",
   },

   { name = "version", skip_zero = true, doc = "version it is spoken in, or was to be",
     aliases = { "quic.version", "gquic.version" } },
   { name = "sni", skip_zero = true, doc = "name of the server that the client asks for",
     aliases = { "server_name", "tls.handshake.extensions_server_name", "gquic.tag.sni" } },
   { name = "ua", skip_zero = true, doc = "the client's program, as it calls itself",
     aliases = { "user_agent", "gquic.tag.uaid" } },
   { name = "cyu", as = "table", rows = fingerprints(), skip_zero = true,
     doc = "fingerprint of Google's hello" },
   { name = "ja3", inside = { "ja3", "hash" }, needs = { "QUIC_CLIENT" },
     doc = "fingerprint of the client's hello",
     aliases = { "ja3.hash", "tls.handshake.ja3" } },
   { name = "ja3_string", inside = { "ja3", "string" }, needs = { "QUIC_CLIENT" },
     doc = "what it is the MD5 of", aliases = { "ja3.string", "tls.handshake.ja3_full" } },
   { name = "ja3s", inside = { "ja3s", "hash" }, needs = { "QUIC_SERVER" },
     doc = "fingerprint of the server's hello",
     aliases = { "ja3s.hash", "tls.handshake.ja3s" } },
   { name = "ja3s_string", inside = { "ja3s", "string" }, needs = { "QUIC_SERVER" },
     doc = "what it is the MD5 of",
     aliases = { "ja3s.string", "tls.handshake.ja3s_full" } },
   { name = "ja4", skip_zero = true, doc = "JA4 of the client's hello",
     aliases = { "tls.handshake.ja4" } },
   { name = "client_alpns", as = "strings", rows = texts.strings(), skip_zero = true,
     doc = "protocols that the client offers", aliases = { "tls.handshake.extensions_alpn_str" } },
   { name = "cipher", as = "name16", names = names.ciphers, needs = { "QUIC_SERVER" },
     doc = "cipher suite that the server chose", aliases = { "tls.handshake.ciphersuite" } },
   { name = "curve", as = "name16", names = names.groups, skip_zero = true,
     doc = "the curve, or other group, that keys were agreed upon with", aliases = { "group" } },
   { name = "session_resumed", as = "boolean", needs = { "QUIC_SERVER" },
     doc = "an earlier session goes on", aliases = { "resumed" } },
   { name = "ech", as = "boolean", skip_zero = true,
     doc = "the client encrypts its hello, or pretends to: sni is not where it goes" },
   { name = "early_data", as = "boolean", skip_zero = true,
     doc = "the client offers to send data at once" },
   { name = "zero_rtt", as = "boolean", skip_zero = true, doc = "and packets with it were seen" },
   { name = "retry", as = "boolean", skip_zero = true,
     doc = "the server wanted the client's address proved" },
   { name = "token", as = "boolean", skip_zero = true,
     doc = "the client showed a token, to prove it" },
   { name = "versions", as = "strings", rows = texts.strings(), skip_zero = true,
     doc = "versions that the server offered when it refused one" },
   { name = "dcid", skip_zero = true, doc = "id that the client gave to the server at first",
     aliases = { "client_initial_dcid", "quic.dcid", "gquic.cid" } },
   { name = "scid", skip_zero = true, doc = "id of the client",
     aliases = { "client_scid", "quic.scid" } },
   { name = "server_scid", skip_zero = true, doc = "id of the server" },

   hidden = { unused = true },
}

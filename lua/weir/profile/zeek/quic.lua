-- quic.log: a row for each connection.

local convert = require "weir.profile.zeek.convert"

local function version(r) return r.version == "2" and "quicv2" or r.version end

return convert.log({ path = "quic", kinds = { "quic" } }, convert.columns(), {
   { "version", "string", version }, { "client_initial_dcid", "string", "dcid" },
   { "client_scid", "string", "scid" }, { "server_scid", "string", "server_scid" },
   { "server_name", "string", "sni" },
   { "client_protocol", "string", function (r) return r.client_alpns[1] end },
   { "history", "string" },
})

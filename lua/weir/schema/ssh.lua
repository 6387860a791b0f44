-- Connections of SSH, until their keys change.

local said = require "weir.schema.said"

-- What is told of one end, in an object of its name.
local function of(side, part)
   local offer = { part .. "_OFFER" }
   return {
      { name = side .. "_proto_version", inside = { side, "proto_version" }, needs = { part },
        skip_zero = true,
        doc = "version of the protocol that the " .. side .. " speaks" },
      { name = side .. "_software_version", inside = { side, "software_version" },
        needs = { part }, skip_zero = true, doc = "its software" },
      { name = side .. "_comments", inside = { side, "comments" }, needs = { part },
        skip_zero = true, doc = "what it says behind that, often its system" },
      { name = side .. "_host_keys", inside = { side, "host_key_algorithms" }, needs = offer,
        doc = "kinds of keys of servers that it knows" },
      { name = side .. "_hassh", inside = { side, "hassh", "hash" }, needs = offer,
        doc = side == "client" and "HASSH, the MD5 of what it has on offer" or "HASSHServer",
        aliases = { side == "client" and "ssh.kex.hassh" or "ssh.kex.hasshserver" } },
      { name = side .. "_hassh_string", inside = { side, "hassh", "string" }, needs = offer,
        doc = "what that is of: exchanges of keys, ciphers, MACs, compressions" },
   }
end

return said {
   kind = "ssh", records = "ssh",
   about = {
      "client {client_software_version}", " {client_comments}",
      ", server {server_software_version}", " {server_comments}", ", {cipher_alg}",
   },

   of("client", "SSH_CLIENT"),
   of("server", "SSH_SERVER"),
   { name = "kex_alg", skip_zero = true, doc = "how keys are exchanged: what both have on offer" },
   { name = "host_key_alg", skip_zero = true, doc = "the kind of the server's key" },
   { name = "cipher_alg", skip_zero = true, doc = "the cipher, to the server" },
   { name = "mac_alg", skip_zero = true, doc = "the MAC, to the server" },
   { name = "compression_alg", skip_zero = true, doc = "the compression, to the server" },

   hidden = {},
}

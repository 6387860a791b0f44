-- ssh.log: a row for each connection, until its keys change; the last two columns are those that
-- a package for Zeek adds.

local convert = require "weir.profile.zeek.convert"

-- What an end says first, put together again.
local function greeting(protocol, software, comments)
   if not protocol then return nil end
   local line = ("SSH-%s-%s"):format(protocol, software or "")
   return comments and line .. " " .. comments or line
end

-- 1.99 speaks version 2, too.
local function version(r)
   local said = r.server_proto_version or r.client_proto_version
   return said and ((said == "1.99" or said:find "^2") and 2 or 1)
end

return convert.log({ path = "ssh", kinds = { "ssh" } }, convert.columns(), {
   { "version", "count", version }, { "auth_success", "bool" }, { "auth_attempts", "count" },
   { "direction", "enum" },
   { "client", "string", function (r)
      return greeting(r.client_proto_version, r.client_software_version, r.client_comments)
   end },
   { "server", "string", function (r)
      return greeting(r.server_proto_version, r.server_software_version, r.server_comments)
   end },
   { "cipher_alg", "string", "cipher_alg" }, { "mac_alg", "string", "mac_alg" },
   { "compression_alg", "string", "compression_alg" }, { "kex_alg", "string", "kex_alg" },
   { "host_key_alg", "string", "host_key_alg" }, { "host_key", "string" },
   { "hassh", "string", "client_hassh" }, { "hasshServer", "string", "server_hassh" },
})

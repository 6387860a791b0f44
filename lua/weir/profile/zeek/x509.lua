-- x509.log: a row for each certificate that an end of TLS shows; one that was there has another row
-- a day later.

local convert = require "weir.profile.zeek.convert"

local DAY = 86400000000000LL              -- nanoseconds
local MOST = 10000                        -- certificates that are remembered; then all are new

-- Kinds of keys that Zeek has names for.
local KEY_TYPES = { ecdsa = "ecdsa", rsa = "rsa", dsa = "dsa" }

-- Names of a certificate that look like one kind: addresses, or not.
local function names(certificate, is_address)
   local list = {}
   for _, name in ipairs(certificate.sans) do
      local looks = name:find "^[%d.]+$" ~= nil or name:find(":", 1, true) ~= nil
      if looks == is_address and not name:find "[@/]" then list[#list + 1] = name end
   end
   return list[1] and list or nil
end

local function row_of(r, certificate, place, is_client)
   return {
      ts = r.ns, fingerprint = certificate.sha256, serial = certificate.serial,
      subject = certificate.subject, issuer = certificate.issuerdn,
      not_before = convert.seconds(certificate.notbefore),
      not_after = convert.seconds(certificate.notafter), sig_alg = certificate.signature,
      key_type = KEY_TYPES[certificate.key_type], key_length = certificate.key_bits,
      curve = certificate.curve, dns = names(certificate, false), ip = names(certificate, true),
      ca = certificate.is_ca, host_cert = place == 1, client_cert = is_client,
   }
end

-- Makes rows of the certificates of a connection.
local function join(emit)
   local known, count = {}, 0
   local function is_new(sha256, ns)
      if known[sha256] and ns - known[sha256] < DAY then return false end
      if count == MOST then known, count = {}, 0 end
      known[sha256], count = ns, count + 1
      return true
   end
   local function add(r, certificates, is_client)
      for place, certificate in ipairs(certificates) do
         if is_new(certificate.sha256 or "", r.ns) then
            emit(row_of(r, certificate, place, is_client))
         end
      end
   end
   return {
      add = function (_, r)
         add(r, r.certificates, false)
         add(r, r.client_certificates, true)
      end,
   }
end

return {
   path = "x509", kinds = { "tls" }, join = join,
   { "ts", "time", "ts" }, { "fingerprint", "string", "fingerprint" },
   { "certificate.version", "count" }, { "certificate.serial", "string", "serial" },
   { "certificate.subject", "string", "subject" }, { "certificate.issuer", "string", "issuer" },
   { "certificate.not_valid_before", "time", "not_before" },
   { "certificate.not_valid_after", "time", "not_after" },
   { "certificate.key_alg", "string" }, { "certificate.sig_alg", "string", "sig_alg" },
   { "certificate.key_type", "string", "key_type" },
   { "certificate.key_length", "count", "key_length" }, { "certificate.exponent", "string" },
   { "certificate.curve", "string", "curve" }, { "san.dns", "vector[string]", "dns" },
   { "san.uri", "vector[string]" }, { "san.email", "vector[string]" },
   { "san.ip", "vector[addr]", "ip" }, { "basic_constraints.ca", "bool", "ca" },
   { "basic_constraints.path_len", "count" }, { "host_cert", "bool", "host_cert" },
   { "client_cert", "bool", "client_cert" },
}

-- Messages of DNS.
return require "weir.schema.dns_like" "dns"

-- Messages of multicast DNS.
return require "weir.schema.dns_like" "mdns"

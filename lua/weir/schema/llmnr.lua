-- Messages of link-local multicast name resolution.
return require "weir.schema.dns_like" "llmnr"

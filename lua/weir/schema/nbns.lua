-- Messages of the NetBIOS name service.
return require "weir.schema.dns_like" "nbns"

-- The fields of flows and their seconds that say what the destination is called; on request.
-- Returns them anew, since each struct has them at other places.

local names = require "weir.schema.names"

return function ()
   return {
      { name = "dest_name", member = "name", needs = { "NAME" }, top = true, asked = "names",
        doc = "the name that the destination goes by",
        aliases = { "dst_hostname", "dest_hostname" } },
      { name = "dest_name_by", member = "name_by", as = "name8", names = names.name_by,
        needs = { "NAME" }, top = true, asked = "names",
        doc = "who told it: sni, quic, http, dns, mdns or ptr" },
      { name = "dest_name_sure", member = "name_sure", as = "boolean",
        needs = { "NAME" }, top = true, asked = "names",
        doc = "true when it is definitive, false when it may be another's" },
   }
end

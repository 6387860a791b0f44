-- Messages of SSDP: devices that say what they are, and who looks for them.

local said = require "weir.schema.said"

local function headers()
   return {
      kind = "header", struct = "weir_pair", records = "pairs",
      { name = "name", doc = "as it was written" },
      { name = "value", doc = "without blanks around it" },
      hidden = {},
   }
end

return said {
   kind = "ssdp", records = "ssdp",
   about = {
      "{type}", " {nts}", { " {st}", " {nt}" }, { " at {location}", " by {user_agent}" },
   },

   { name = "type", as = "name8", names = { "M-SEARCH", "NOTIFY", "response" },
     doc = "who looks, a device that tells, or one that answers",
     aliases = { "method", "http.request.method" } },
   { name = "status", needs = { "SSDP_STATUS" }, doc = "of a response" },
   { name = "st", skip_zero = true, doc = "what is looked for" },
   { name = "nt", skip_zero = true, doc = "what there is" },
   { name = "nts", skip_zero = true, doc = "ssdp:alive, or ssdp:byebye when it goes" },
   { name = "usn", skip_zero = true, doc = "the name of this one" },
   { name = "location", skip_zero = true, doc = "where it is described",
     aliases = { "http.location" } },
   { name = "server", skip_zero = true, doc = "its software", aliases = { "http.server" } },
   { name = "user_agent", skip_zero = true, doc = "software of who looks",
     aliases = { "http.user_agent" } },
   { name = "mx", needs = { "SSDP_MX" }, doc = "seconds to wait for answers" },
   { name = "headers", as = "table", rows = headers(), skip_zero = true,
     doc = "all of them, in order" },

   hidden = { unused = true },
}

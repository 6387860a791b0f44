-- The fields of what one end of a TCP connection sent, in order.

local said = require "weir.schema.said"

return said {
   kind = "stream", records = "stream",
   quiet = true,                          -- shown to those who ask for it by name
   about = { { "{missing} bytes are missing", "{bytes}", "the end" } },

   { name = "bytes", slice = true, skip_zero = true, bulky = true,
     doc = "what was sent; in Lua a slice" },
   { name = "missing", skip_zero = true, doc = "bytes that were sent, and that nobody saw" },
   { name = "reverse", doc = "1 when the flow's originator did not send it" },

   hidden = { unused = true },
}

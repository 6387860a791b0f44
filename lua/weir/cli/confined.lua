-- weir confined: the process in which an extension runs that nobody trusts; started by Weir alone.
--
-- Nothing can be loaded once it is confined, so all that extensions may use is loaded before.

jit.off()
jit.flush()

local child  = require "weir.confined.child"
local schema = require "weir.schema"

local SHARED = {
   "weir", "weir.charset", "weir.digest", "weir.filter", "weir.html", "weir.json",
   "weir.recent", "weir.stats", "weir.text", "weir.url", "table.new", "table.clear",
   "string.buffer",
}
local OPTIONAL = { "cjson" }

local command = { name = "confined", about = "run an extension that is not trusted", options = {} }

function command.run()
   for _, name in ipairs(SHARED) do require(name) end
   for _, name in ipairs(OPTIONAL) do pcall(require, name) end
   for _, kind in ipairs(schema.kinds) do schema.of(kind) end
   require "weir.digest".sha256 ""
   os.date "*t"                                          -- reads the time zone
   return child.run()
end

return command

-- What kinds of extensions there are, which moments each has, and what a manifest may say.

local schema = require "weir.schema"

local kinds = {}

-- The moments of a feature that see packets besides `packet` itself: PATHspider's chains.
kinds.chains = { "ip4", "ip6", "icmp4", "icmp6", "tcp", "udp", "l4" }

-- The moments of a feature that see what is said in its flow: a record of that protocol.
kinds.protocols = schema.protocols

-- Of each kind: its moments in the order in which they come, of which it has one that is in `must`;
-- the keys that not all have; and the channel that it reads unless its manifest names others.
kinds.all = {
   feature = {
      moments = {
         "begin", "new_flow", "packet", "ip4", "ip6", "icmp4", "icmp6", "tcp", "udp", "l4",
         "finish", "migrate",
      },
      keys = { gives = "map", memory = "map", publish = "list" },
   },
   inference = {
      moments = { "start", "infer", "stop", "migrate" },
      must = { "infer" },
      keys = { gives = "map", batch = "map", subscribe = "list", publish = "list" },
      on = "flow", room = "inference",
   },
   reporting = {
      moments = { "start", "row", "rows", "flush", "tick", "stop", "migrate" },
      must = { "row", "rows" },
      keys = { on = "string", subscribe = "list" },
      on = "flow", room = "reporting",
   },
   extractor = {
      moments = { "start", "extract", "extract_rows", "stop", "migrate" },
      must = { "extract", "extract_rows" },
      keys = { on = "string", subscribe = "list", publish = "list" },
      on = "exchange",
   },
}

-- Their names, in the order in which rows go through them.
kinds.names = { "feature", "inference", "reporting", "extractor" }

local moments = kinds.all.feature.moments
for _, protocol in ipairs(kinds.protocols) do table.insert(moments, #moments - 1, protocol) end

-- "a feature", "an extractor".
function kinds.a(kind) return (kind:find "^[aeiou]" and "an " or "a ") .. kind end

-- The folder that holds extensions of a kind.
function kinds.room(kind) return kinds.all[kind].room or kind .. "s" end

-- Keys that every kind has.  The second line is what Sonic Engine's manifests say about themselves.
kinds.keys = {
   about = "string", version = "string", wants = "list", options = "map", requires = "list",
   needs = "list", name = "string", authors = "list", license = "string", repository = "string",
   log = "map",
}

-- The moments that see rows: one row, or many.
kinds.rows = { extractor = { "extract", "extract_rows" }, reporting = { "row", "rows" } }

-- How many rows an inference sees at once, and for how long (seconds) it waits for more of them.
kinds.batch = { size = 256, seconds = 1 }

-- What a feature or an inference may give, and what Lua type its values have for those who read
-- them.
kinds.gives = {
   number = "number", probability = "number", label = "string", text = "string",
   address = "string", flag = "boolean", list = "table",
}

-- Numbers that memory may be made of: those that Lua reads without boxing them.
kinds.numbers = {
   double = 8, float = 4, int8_t = 1, uint8_t = 1, int16_t = 2, uint16_t = 2, int32_t = 4,
   uint32_t = 4, int = 4, bool = 1,
}

return kinds

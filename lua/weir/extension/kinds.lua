-- What kinds of extensions there are, which moments each has, and what a manifest may say.

local schema = require "weir.schema"

local kinds = {}

-- The moments of a feature that see packets besides `packet` itself: PATHspider's chains.
kinds.chains = { "ip4", "ip6", "icmp4", "icmp6", "tcp", "udp", "l4" }

-- The moments of a feature that see what is said in its flow: a record of that protocol.
kinds.protocols = schema.protocols

-- Of each kind: its moments in the order in which they come, and the keys that only it has.
kinds.all = {
   feature = {
      moments = {
         "begin", "new_flow", "packet", "ip4", "ip6", "icmp4", "icmp6", "tcp", "udp", "l4",
         "finish", "migrate",
      },
      keys = { gives = "map", memory = "map" },
   },
   extractor = {
      moments = { "start", "extract", "stop", "migrate" },
      must = "extract",
      keys = { on = "string" },
   },
}

local moments = kinds.all.feature.moments
for _, protocol in ipairs(kinds.protocols) do table.insert(moments, #moments - 1, protocol) end

-- Keys that every kind has.  The second line is what Sonic Engine's manifests say about themselves.
kinds.keys = {
   about = "string", version = "string", wants = "list", options = "map", requires = "list",
   needs = "list", name = "string", authors = "list", license = "string", repository = "string",
   log = "map",
}

-- Keys of the design that nothing answers yet.
kinds.later = { subscribe = true, publish = true }

-- What a feature may give, and what Lua type its values have for those who read them.
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

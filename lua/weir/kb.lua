-- What extractors learn: entities and how they are related, with the evidence.
--
--    local base = kb.new()                             -- in memory
--    local base = assert(kb.open("weir-data", { mode = "create" }))       -- or in a file
--    local book = base:handle "talkers"                -- what an extractor is given as `kb`
--    local device = book:entity("device", "192.0.2.10", { vendor = "Example" })
--    book:relate(device, "talks to", book:entity("address", "198.51.100.80"), time)
--
-- The same type and key is the same entity, and the same three are the same relationship: told
-- again, it is counted, and its first and last time grow apart.

local ffi  = require "ffi"
local abi  = require "weir.abi"
local book = require "weir.kb.book"

local C = abi.C
local kb = {}

local MOST = 1000000                      -- facts that are kept; more are counted, and told
local LATEST = 253402300800               -- seconds since 1970: the year 10000

-- A base in memory, which is gone with the program.
function kb.new()
   local set = book.set(MOST)
   return setmetatable({ set = set, facts = set.facts, by = {} }, {
      __index = function (_, name) return name == "dropped" and set.dropped or kb[name] end,
   })
end

-- The base of a workspace, or of a file: see weir.kb.base.  Nil and the reason.
function kb.open(path, options)
   return require "weir.kb.base".open(path, options, kb.writer)
end

-- The knowledge base as the extension of that name sees it, which reads records of the kind `on`.
function kb:handle(name, on)
   self.by[name] = self.by[name] or book.new(self.set, name)
   self.by[name].on = on
   return self.by[name]
end

-- Seconds since 1970 as the text that records have, in UTC.
local function utc(seconds)
   local is_time = type(seconds) == "number" and math.abs(seconds) < LATEST
   if not is_time then return nil end
   local us = math.floor(seconds * 1e6 + 0.5)            -- what a double still tells apart
   return ("%s.%06dZ"):format(os.date("!%Y-%m-%dT%H:%M:%S", math.floor(us / 1e6)), us % 1e6)
end
kb.utc = utc

local function reference(entity) return { type = entity.type, key = entity.key, id = entity.id } end

-- A fact as { name, value } pairs in the order of its record.
function kb.record(fact)
   return {
      { "event_type", fact.fact }, { "id", fact.id }, { "type", fact.type }, { "key", fact.key },
      { "data", fact.data },
      { "from", fact.from and reference(fact.from) }, { "verb", fact.verb },
      { "to", fact.to and reference(fact.to) },
      { "count", fact.count }, { "first", utc(fact.first) }, { "last", utc(fact.last) },
      { "confidence", fact.confidence }, { "by", fact.by },
   }
end

-- ---- writing --------------------------------------------------------------------------------

local writer = {}
writer.__index = writer

local NONE = 0 / 0                        -- a number that is not told

-- What writes facts into a database (of weir.db), many at a time.  Nil and the reason.
function kb.writer(base)
   local handle = C.weir_kb_new(base.handle)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_kb_free), room = 0 }, writer)
end

function writer:close()
   if self.handle then C.weir_kb_free(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

local function fill(to, fact)
   to.id, to.type, to.type_size = fact.id, fact.verb or fact.type, #(fact.verb or fact.type)
   to.key, to.key_size = fact.key, fact.key and #fact.key or 0
   to.src, to.dst = fact.src, fact.dst
   to.data, to.data_size = fact.json, fact.json and #fact.json or 0
   to.told, to.told_size = fact.told, fact.told and #fact.told or 0
   to.proofs, to.proofs_size = fact.evidence, fact.evidence and #fact.evidence or 0
   to.count, to.confidence = fact.count, fact.confidence or NONE
   to.first, to.last = fact.first or NONE, fact.last or NONE
end

-- Writes facts of one witness: { id, type or verb, key or src and dst, json, told, evidence, count,
-- first, last, confidence }.  Sets `state` in each: "new", "others" or "again".
function writer:write(facts, witness, stamp)
   local n = #facts
   if n > self.room then self.facts, self.room = ffi.new("struct weir_fact[?]", n), n end
   for i = 1, n do fill(self.facts[i - 1], facts[i]) end
   local ok, why = abi.result(C.weir_kb_write(self.handle, self.facts, n, witness, stamp))
   if not ok then return nil, why end
   for i = 1, n do
      local state = self.facts[i - 1].state
      facts[i].state = state == C.WEIR_FACT_NEW and "new"
         or state == C.WEIR_FACT_AGAIN and "again" or "others"
   end
   return true
end

return kb

-- traffic.db: who spoke when, how much, and what was said.
--
--    local traffic = assert(traffic.open("data/traffic.db", {}))
--    local source = traffic:source { path = "x.pcap", hash = hash, size = size }
--    for batch in capture:batches() do assert(traffic:put(batch)) end
--    traffic:done()
--    assert(traffic:close())
--
-- Records become rows on a thread of the core.  What fails is nil and the reason.

local ffi     = require "ffi"
local abi     = require "weir.abi"
local claim   = require "weir.claim"
local columns = require "weir.traffic.columns"
local db      = require "weir.db"
local later   = require "weir.traffic.later"
local names   = require "weir.schema.names"
local plan    = require "weir.plan"
local schema  = require "weir.schema"
local tables  = require "weir.traffic.tables"

local C, result = abi.C, abi.result
local traffic = {}
traffic.__index = traffic

-- The kinds that are stored: flows and their seconds, and what is said; what is large is not.
function traffic.kinds()
   local list = { columns.of "second", columns.of "flow" }
   for _, kind in ipairs(schema.spoken()) do list[#list + 1] = columns.of(kind) end
   return list
end

-- Opens the file with its tables and views as they should be: a weir.db.  `mode` as there.
function traffic.base(path, mode)
   local base, why = db.open(path, { mode = mode, layout = "traffic" })
   if not base then return nil, why end
   if mode == "write" or mode == "create" then
      local ok
      ok, why = tables.make(base, traffic.kinds())
      if not ok then
         base:close()
         return nil, why
      end
   end
   return base
end

-- ---- plans ----------------------------------------------------------------------------------

-- Numbers, which are not there in each record of their kind.
local NUMBERS = { u8 = true, u16 = true, u32 = true, count = true, boolean = true }

-- A field as the core packs it.  What only some records have is stored when it is 0, too: else one
-- could not tell it from what is not there.
local function packed(field, ext)
   if field.is_ext then
      return ext or { name = "ext", as = "cell", at = 0, mask = 2 ^ 31, kind = "flow" }
   end
   if field.skip_zero and field.mask ~= 0 and NUMBERS[field.as] then
      return setmetatable({ skip_zero = false }, { __index = field })
   end
   return field
end

-- The plan of a kind; `ext`: the part that extensions give (weir.extension.fields).
local function plan_of(kind, ext)
   local list = {}
   for _, of in ipairs { kind.stored, kind.apart } do
      for _, field in ipairs(of) do list[#list + 1] = packed(field, ext) end
   end
   return plan.new(list, { shape = "json" })
end

local function protocols()
   local most = 0
   for number in pairs(names.protocols) do most = math.max(most, number) end
   local array = ffi.new("const char *[?]", most + 1)
   for number, name in pairs(names.protocols) do array[number] = name end
   return array, most + 1
end

local function c_options(options, kinds, keep)
   local o = ffi.new "struct weir_traffic_options"
   o.keep, o.most_bytes = options.keep or 0, options.most_bytes or 0
   o.commit_rows, o.commit_seconds = options.commit_rows or 0, options.commit_seconds or 0
   o.live = options.live and 1 or 0
   local array, count = protocols()
   local sweep = tables.sweep(kinds)
   o.protocols, o.protocol_count, o.sweep = array, count, sweep
   keep[1], keep[2], keep[3], keep[4] = o, array, sweep, names.protocols
   return o
end

local function add_table(self, kind)
   local statements, made = tables.statements(kind), plan_of(kind, self.ext)
   local t = ffi.new "struct weir_traffic_table"
   t.plan, t.kind, t.split = made.handle, schema.number(kind.kind), #kind.stored
   if kind.kind == "flow" then t.metadata = #kind.stored + #kind.apart - 1 end
   for _, name in ipairs { "insert", "prune", "more", "prune_more" } do
      if statements[name] then t[name] = statements[name] end
   end
   self.keep[#self.keep + 1] = made
   return result(C.weir_traffic_table(self.handle, t))
end

-- ---- its life -----------------------------------------------------------------------------------

-- Opens a file for writing, and makes it when it is missing.  Options: keep (seconds), most_bytes,
-- commit_rows, commit_seconds, live (see struct weir_traffic_options), ext (the part of
-- weir.extension.fields).
function traffic.open(path, options)
   local base, why = traffic.base(path, "create")
   if not base then return nil, why end
   local self, kinds = setmetatable({ path = path, base = base, keep = {}, ext = options.ext,
      forgets = options.live or options.keep or options.most_bytes }, traffic), traffic.kinds()
   local handle = C.weir_traffic_open(path, c_options(options, kinds, self.keep))
   if handle == nil then
      base:close()
      return nil, abi.reason()
   end
   self.handle = ffi.gc(handle, C.weir_traffic_close)
   for _, kind in ipairs(kinds) do
      local ok
      ok, why = kind.kind == "second" or add_table(self, kind), nil
      if kind.kind ~= "second" and not ok then why = abi.reason() end
      if why then
         self:close()
         return nil, why
      end
   end
   return self
end

local function open(self) return self.handle or error("traffic.db is closed", 3) end

-- Extensions give other fields from now on.
function traffic:renew(ext)
   local kind = columns.of "flow"
   local made = plan_of(kind, ext)
   self.keep[#self.keep + 1] = made
   return result(C.weir_traffic_plan(open(self), schema.number "flow", made.handle))
end

-- The id of the source with that content, which is made when there is none.
local function id_of(self, about)
   local ok, why = self.base:run([[INSERT INTO source (path, hash, size, how) VALUES (?, ?, ?, ?)
      ON CONFLICT (hash) DO NOTHING]], about.path, about.hash, about.size, about.how or "")
   if not ok then return nil, why end
   if not about.hash then return self.base:last_id() end
   return self.base:first("SELECT id FROM source WHERE hash = ?", about.hash)
end

-- How many of its records are stored, once it is this process that stores them; as `source` does.
local function take_over(self, id, about)
   local why
   self.claim, why = claim.take(self.path .. "-claims", id)
   if not self.claim then return nil, why or false end
   local items, state, how = self.base:first(
      "SELECT items, state, how FROM source WHERE id = ?", id)
   if not items then return nil, state end
   if state == "done" then return nil, true end
   if how == (about.how or "") then return items end
   return nil, ("'%s' was begun with other options (%s): go on with those"):format(about.path, how)
end

-- What came before is committed: others may see to it.
local function let_go(self)
   if self.claim then self.claim:close() end
   self.claim = nil
end

-- Notes where what comes next is from: { path, hash, size, how }.  Returns its id and how many of
-- its records are stored; nil and true when all are; nil and false when another process stores
-- them at this moment; nil and the reason.
function traffic:source(about)
   local ok, why = self:flush()
   if not ok then return nil, why end
   let_go(self)
   ok, why = later.make(self.base)
   if not ok then return nil, why end
   local id, items
   id, why = id_of(self, about)
   if not id then return nil, why end
   items, why = take_over(self, id, about)
   if not items then
      let_go(self)
      return nil, why
   end
   if items == 0 and not self.forgets and later.suits(self.base, about) then
      ok, why = later.put_off(self.base)
      if not ok then return nil, why end
   end
   ok, why = result(C.weir_traffic_source(open(self), id, items))
   if not ok then return nil, why end
   return id, items
end

function traffic:put(batch) return result(C.weir_traffic_put(open(self), batch)) end
function traffic:done() return result(C.weir_traffic_done(open(self))) end
function traffic:look() return result(C.weir_traffic_look(open(self))) end
function traffic:flush() return result(C.weir_traffic_flush(open(self))) end

-- Sets a key of kv_store to a value's JSON: an object is merged into one that is there, anything
-- else that is there stays.
function traffic:set(key, json)
   return result(C.weir_traffic_set(open(self), key, json, #json))
end

-- What has been done so far: { put, stored, commits, forgotten, waited, full, blocks }.
function traffic:counts()
   local c = ffi.new "struct weir_traffic_counts"
   C.weir_traffic_count(open(self), c)
   return {
      put = c.put, stored = c.stored, commits = c.commits, forgotten = c.forgotten,
      waited = c.waited, full = c.full, blocks = c.blocks,
   }
end

-- Waits until all is committed; nothing can be put any more.
function traffic:finish()
   local ok, why = result(C.weir_traffic_finish(open(self)))
   if not ok then return nil, why end
   return later.make(self.base)
end

-- The same, and closes.
function traffic:close()
   if not self.handle then return true end
   local status = C.weir_traffic_close(ffi.gc(self.handle, nil))
   self.handle = nil
   let_go(self)
   local ok, why = result(status)
   if ok then ok, why = later.make(self.base) end
   self.base:close()
   return ok, why
end

jit.off(traffic.put)                      -- once a batch: not worth a trace

return traffic

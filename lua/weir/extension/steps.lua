-- What one unit does with one record, as lines of Lua: `#` in a name stands for the unit's number.
--
-- A unit is one version of an extension, with the flows that began under it (weir.extension.units).
-- Of one that is paused nothing is called, and each flow that ends is told to miss its fields.

local abi    = require "weir.abi"
local util   = require "jit.util"
local schema = require "weir.schema"
local units  = require "weir.extension.units"

local C = abi.C
local steps, moments = {}, {}

local POOL = 65536                        -- tables kept for the next flows

local TRANSPORT = C.WEIR_HAS_PAYLOAD + C.WEIR_HAS_TCP + C.WEIR_HAS_ICMP

-- Which packets a chain sees.  Each condition stands where it is needed: one that is worked out
-- before would be a branch for every packet.
local CHAINS = {
   { "ip4", ("p.ip_version == 4 and band(has, %d) ~= 0"):format(C.WEIR_HAS_IP) },
   { "ip6", ("p.ip_version == 6 and band(has, %d) ~= 0"):format(C.WEIR_HAS_IP) },
   { "icmp4", ("band(shown, %d) ~= 0 and p.ip_version == 4"):format(C.WEIR_HAS_ICMP), true },
   { "icmp6", ("band(shown, %d) ~= 0 and p.ip_version == 6"):format(C.WEIR_HAS_ICMP), true },
   { "tcp", ("band(shown, %d) ~= 0"):format(C.WEIR_HAS_TCP) },
   { "udp", ("p.protocol == 17 and band(shown, %d) == %d"):format(TRANSPORT, C.WEIR_HAS_PAYLOAD) },
   { "l4", ("p.protocol ~= 17 and band(shown, %d) == %d"):format(TRANSPORT, C.WEIR_HAS_PAYLOAD) },
}

local MOMENTS = { { "packet" }, unpack(CHAINS) }

-- Looks up the flow's memory; is_there holds when the unit knows the flow.  It does not know flow
-- 0, which packets of no flow have.
local function known(unit, number)
   if unit.memory == "struct" then
      return "self.weir_mark ~= 0", ("local self = objects_#[%s]"):format(number)
   end
   return "self", ("local self = objects_#[%s]"):format(number)
end

local function forget(unit)
   return unit.memory == "struct" and "self.weir_mark = 0" or "objects_#[n] = nil"
end

-- Shows a record to a unit that sees rows; an extractor's knowledge base knows where facts come
-- from.  Those who take many at once get them at the batch's end.
local function rows(unit, record)
   if unit.takes == "extract" then
      return {
         "local unit = up[#]",
         ("unit.kb.row, unit.kb.proof = %s, nil"):format(record),
         ("unit.extract(unit.self, %s, unit.kb)"):format(record),
      }
   elseif unit.takes == "row" then
      return { "local unit = up[#]", ("unit.row(unit.self, %s)"):format(record) }
   end
   return { "local list = list_#", "list.n = list.n + 1", ("list[list.n] = %s"):format(record) }
end

-- A table for a flow: one that another flow had, emptied, or a new one.
local TAKE = {
   "local pool, keep = pool_#, true",
   "local last = pool.count",
   "local self",
   "if last > 0 then self, pool.count = pool[last], last - 1",
   "else self = setmetatable(table_new(0, 4), meta_#) end",
   "objects_#[n] = nil",
}

-- Its way back, once the flow has ended and what it gives is written.
local GIVE = {
   "table_clear(self)",
   "local pool = pool_#",
   ("if pool.count < %d then"):format(POOL),
   "pool.count = pool.count + 1",
   "pool[pool.count] = self",
   "end",
}

function moments.begin(unit)
   if unit.paused then return nil end
   if unit.reads.begin then return rows(unit, "b") end
   if not unit.begins then return nil end
   local lines = unit.memory == "struct" and { "local self, keep = objects_#[n], true" }
      or { unpack(TAKE) }
   local function add(line) lines[#lines + 1] = line end
   if unit.moments.begin then add "keep = begin_#(self, b) ~= false" end
   local is_fresh = unit.moments.new_flow
   if unit.memory == "struct" then
      add(("if keep then self.weir_mark = %d end"):format(is_fresh and 2 or 1))
   else
      add "if keep then objects_#[n] = self end"
      if is_fresh then add "fresh_#[n] = keep" end
   end
   add "if keep then live_#.count = live_#.count + 1 end"
   return lines
end

-- The first packet of a flow, for those who want to choose by it.
local function choose(unit, add)
   if not unit.moments.new_flow then return end
   local is_fresh = unit.memory == "struct" and "self.weir_mark == 2" or "fresh_#[n]"
   add(("if %s then"):format(is_fresh))
   add(unit.memory == "struct" and "self.weir_mark = 1" or "fresh_#[n] = false")
   add "if new_flow_#(self, p) == false then"
   add(forget(unit) .. " live_#.count = live_#.count - 1")
   add(unit.memory == "struct" and "keep = nil" or "self, keep = nil, nil")
   add "end end"
end

-- An ICMP error, shown to the flow whose packet it quotes.
local function quoted(unit, add)
   for _, chain in ipairs(CHAINS) do
      if chain[3] and unit.moments[chain[1]] then
         local is_there, look = known(unit, "p.quoted")
         add(("if p.quoted ~= 0 and %s then"):format(chain[2]))
         add(look)
         local call = ("%s_#(self, p, p.quoted_reverse ~= 0)"):format(chain[1])
         if units.may_end(unit.moments, chain[1]) then
            add(("if %s and %s == false then cut(p, p.quoted) end"):format(is_there, call))
         else
            add(("if %s then %s end"):format(is_there, call))
         end
         add "end"
      end
   end
end

-- Whether a function looks at its n-th argument.
local function takes(f, n)
   local info = util.funcinfo(f)
   return not info.params or info.isvararg or info.params >= n
end

-- Shows a packet to a moment, if it is one that this sees.
local function see(unit, chain, add)
   local asks = chain[1] ~= "packet" and takes(unit.moments[chain[1]], 3)
   local call = (asks and "%s_#(self, p, p.reverse ~= 0)" or "%s_#(self, p)"):format(chain[1])
   if units.may_end(unit.moments, chain[1]) then
      call = ("keep = %s ~= false and keep"):format(call)
   end
   add(chain[2] and ("if %s then %s end"):format(chain[2], call) or call)
end

function moments.packet(unit)
   if unit.paused then return nil end
   if unit.reads.packet then return rows(unit, "p") end
   if not unit.memory or not unit.sees_packets then return nil end
   local lines = {}
   local function add(line) lines[#lines + 1] = line end
   local is_there, look = known(unit, "n")
   add(look)
   add(("if %s then"):format(is_there))
   add "local keep = true"
   choose(unit, add)
   if unit.moments.new_flow then add "if keep then" end
   for _, chain in ipairs(MOMENTS) do
      if unit.moments[chain[1]] then see(unit, chain, add) end
   end
   if units.cuts(unit.ext) then add "if not keep then cut(p, n) end" end
   if unit.moments.new_flow then add "end" end
   add "end"
   quoted(unit, add)
   return lines
end

function moments.flow(unit)
   if unit.paused then return unit.put and { "fail_#(n)" } or nil end
   if unit.reads.flow then return rows(unit, "f") end
   if not unit.put then return nil end
   if not unit.memory then return { "put_#(finish_#(self_#, f), at, f)" } end
   local is_there, look = known(unit, "n")
   local result = unit.moments.finish and "finish_#(self, f)" or "self"
   local plain = unit.memory == "struct" and not unit.moments.finish and ", plain_#[n]" or ""
   local lines = {
      look, ("if %s then"):format(is_there), forget(unit), "live_#.count = live_#.count - 1",
      ("put_#(%s, at, f%s)"):format(result, plain),
   }
   for _, line in ipairs(unit.memory == "table" and GIVE or {}) do lines[#lines + 1] = line end
   lines[#lines + 1] = "end"
   return lines
end

function moments.second(unit)
   return unit.reads.second and not unit.paused and rows(unit, "s") or nil
end

-- Shows what a protocol said to the flow in which that was.
local function said_to(unit, protocol)
   if unit.paused or not unit.memory or not unit.moments[protocol] then return nil end
   local is_there, look = known(unit, "n")
   return { look, ("if %s then %s_#(self, record) end"):format(is_there, protocol) }
end

-- The lines of a unit for a kind of record; nil when it has nothing to do with it.
function steps.lines(unit, kind)
   if moments[kind] then return moments[kind](unit) end
   if unit.reads[kind] then return not unit.paused and rows(unit, "record") or nil end
   return said_to(unit, kind)
end

-- What is asked of each record before the units see it.
local PRELUDES = {
   packet = { "local p = packets[i]", "local n = tobit(p.flow)" },
   begin  = { "local b = begins[i]", "local n = tobit(b.flow)" },
   flow   = { "local f = flows[i]", "local n, at = tobit(f.number), i * columns" },
   second = { "local s = seconds[i]" },
}

-- Of the record of a protocol.
local function said(kind)
   return {
      ("local record = batch.%s[i]"):format(schema.of(kind).records),
      "local n = tobit(record.flow)",
   }
end

-- What chains ask of a packet: a part of a datagram has no transport that counts, the whole has.
local CHAIN_PRELUDE = {
   "local has = p.has",
   ("local shown = band(has, %d) ~= %d and has or 0"):format(
      C.WEIR_HAS_FRAGMENT + C.WEIR_HAS_WHOLE, C.WEIR_HAS_FRAGMENT),
}

local function has_chain(unit)
   for _, chain in ipairs(CHAINS) do
      if unit.memory and unit.moments[chain[1]] then return true end
   end
   return false
end

-- The lines before those of the units, for a kind of record.
function steps.prelude(kind, list)
   local lines, is_asked = { unpack(PRELUDES[kind] or said(kind)) }, false
   for _, unit in ipairs(list) do is_asked = is_asked or has_chain(unit) end
   for _, line in ipairs(kind == "packet" and is_asked and CHAIN_PRELUDE or {}) do
      lines[#lines + 1] = line
   end
   return lines
end

return steps

-- Writes the loops that call extensions: one function for each set of them, without lists of
-- functions and without calls to moments that nobody has.
--
-- A unit is one version of an extension, with the flows that began under it:
--    { name, class, moments, memory = "table" | "struct" | nil, objects, fresh, meta, live, begins,
--      put, self, kb, on }

local abi       = require "weir.abi"
local band      = require "bit".band
local schema    = require "weir.schema"
local table_new = require "table.new"

local C = abi.C
local loop = {}

local UPVALUES = 48                       -- that one function may have; LuaJIT takes 60

-- Which packets a chain sees.
local CHAINS = {
   { "ip4", "version == 4" }, { "ip6", "version == 6" },
   { "icmp4", "is_icmp and version == 4", true }, { "icmp6", "is_icmp and version == 6", true },
   { "tcp", "is_tcp" }, { "udp", "is_udp" }, { "l4", "is_other" },
}

-- What each record is asked before the units see it.
local PRELUDES = {
   packet = { "local p = packets[i]", "local n = p.flow" },
   begin  = { "local b = begins[i]", "local n = b.flow" },
   flow   = { "local f = flows[i]", "local n, at = f.number, i * columns" },
   second = { "local s = seconds[i]" },
}

-- What chains ask of a packet: whose packets they are not, and what they carry.
local CHAIN_PRELUDE = {
   "local has, protocol = p.has, p.protocol",
   ("local version = band(has, %d) ~= 0 and p.ip_version or 0"):format(C.WEIR_HAS_IP),
   ("local is_tcp = band(has, %d) ~= 0"):format(C.WEIR_HAS_TCP),
   ("local is_icmp = band(has, %d) ~= 0"):format(C.WEIR_HAS_ICMP),
   ("local whole = band(has, %d) ~= 0"):format(C.WEIR_HAS_PAYLOAD),
   "local is_udp = whole and protocol == 17",
   "local is_other = whole and not is_tcp and not is_udp and not is_icmp",
   "local reverse = p.reverse ~= 0",
}

-- ---- steps: what one unit does with one record -----------------------------------------

local steps = {}

-- Looks up the flow's memory; is_there holds when the unit knows the flow.
local function known(unit, number)
   if unit.memory == "struct" then
      return "self.weir_mark ~= 0", ("local self = objects_#[%s]"):format(number)
   end
   return "self", ("local self = objects_#[%s]"):format(number)
end

local function forget(unit)
   return unit.memory == "struct" and "self.weir_mark = 0" or "objects_#[n] = nil"
end

function steps.begin(unit)
   if not unit.begins then return nil end
   local lines = unit.memory == "struct" and { "local self, keep = objects_#[n], true" }
      or { "local self, keep = setmetatable(table_new(0, 4), meta_#), true", "objects_#[n] = nil" }
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
         add(("if %s and %s_#(self, p, p.quoted_reverse ~= 0) == false then cut(p, p.quoted) end")
            :format(is_there, chain[1]))
         add "end"
      end
   end
end

function steps.packet(unit)
   if unit.on == "packet" then return { "extract_#(self_#, p, kb_#)" } end
   if not unit.memory or not unit.sees_packets then return nil end
   local lines = {}
   local function add(line) lines[#lines + 1] = line end
   local is_there, look = known(unit, "n")
   add(look)
   add(("if n ~= 0 and %s then"):format(is_there))
   add "local keep = true"
   choose(unit, add)
   if unit.moments.new_flow then add "if keep then" end
   if unit.moments.packet then add "keep = packet_#(self, p) ~= false" end
   for _, chain in ipairs(CHAINS) do
      if unit.moments[chain[1]] then
         add(("if %s and %s_#(self, p, reverse) == false then keep = false end")
            :format(chain[2], chain[1]))
      end
   end
   add "if not keep then cut(p, n) end"
   if unit.moments.new_flow then add "end" end
   add "end"
   quoted(unit, add)
   return lines
end

function steps.flow(unit)
   if unit.on == "flow" then return { "extract_#(self_#, f, kb_#)" } end
   if not unit.put then return nil end
   if not unit.memory then return { "put_#(finish_#(self_#, f), at)" } end
   local is_there, look = known(unit, "n")
   local result = unit.moments.finish and "finish_#(self, f)" or "self"
   return {
      look, ("if %s then"):format(is_there), forget(unit), "live_#.count = live_#.count - 1",
      ("put_#(%s, at)"):format(result), "end",
   }
end

function steps.second(unit)
   return unit.on == "second" and { "extract_#(self_#, s, kb_#)" } or nil
end

function steps.begins(unit)
   return unit.on == "begin" and { "extract_#(self_#, b, kb_#)" } or nil
end

-- The lines of a unit for a kind of record; nil when it has none.
local function lines_of(unit, kind)
   local lines = steps[kind](unit)
   if kind == "begin" then lines = lines or steps.begins(unit) end
   return lines
end

-- ---- a group: the function for some units ----------------------------------------------

local function has_chain(units)
   for _, unit in ipairs(units) do
      for _, chain in ipairs(CHAINS) do
         if unit.memory and unit.moments[chain[1]] then return true end
      end
   end
   return false
end

local function prelude_of(kind, units)
   local lines = { unpack(PRELUDES[kind]) }
   for _, line in ipairs(kind == "packet" and has_chain(units) and CHAIN_PRELUDE or {}) do
      lines[#lines + 1] = line
   end
   return lines
end

-- Names of a unit that its lines use, with # for its number, each once.
local function uses(list, found)
   for _, line in ipairs(list) do
      for name in line:gmatch "([%w_]+)_#" do
         if not found[name] then
            found[name] = true
            found[#found + 1] = name
         end
      end
   end
   return found
end

local KINDS = { "packet", "begin", "flow", "second" }

-- What each unit does with each kind: { kind, unit = its number, lines }.
local function plan(units)
   local list, names = {}, {}
   for k, unit in ipairs(units) do
      names[k] = {}
      for _, kind in ipairs(KINDS) do
         local lines = lines_of(unit, kind)
         if lines then
            list[#list + 1] = { kind = kind, unit = k, lines = lines }
            uses(lines, names[k])
         end
      end
   end
   return list, names
end

-- Writes a text line by line, and knows at which it is.
local function writer()
   local out = { at = 0 }
   function out.add(line)
      out[#out + 1] = line
      out.at = #out
   end
   return out
end

local function add_head(out, names)
   out.add "local up, setmetatable, band, table_new, cut, columns = ..."
   for k, list in ipairs(names) do
      for _, name in ipairs(list) do
         out.add(("local %s_%d = up[%d].%s"):format(name, k, k, name))
      end
   end
end

-- Adds the lines of a step; notes which step a line is of.
local function add_step(out, step, where)
   out.add "do"
   for _, line in ipairs(step.lines) do
      out.add((line:gsub("#", tostring(step.unit))))
      where[out.at] = step
   end
   out.add "end"
end

local HEAD = [[
return function (batch, from_run, from)
local runs, packets, begins = batch.runs, batch.packets, batch.begins
local flows, seconds = batch.flows, batch.seconds
for r = from_run, batch.run_count - 1 do
local kind, first = runs[r].kind, runs[r].first
local last = first + runs[r].count - 1
if r == from_run and from > first then first = from end]]

-- The text of a group's function, and which step each of its lines is of.
local function write(list, names, units)
   local out, where = writer(), {}
   add_head(out, names)
   for line in HEAD:gmatch "[^\n]+" do out.add(line) end
   for _, kind in ipairs(KINDS) do
      local is_open = false
      for _, step in ipairs(list) do
         if step.kind == kind then
            if not is_open then
               is_open = true
               out.add(("if kind == %d then"):format(schema.number(kind)))
               out.add "for i = first, last do"
               for _, line in ipairs(prelude_of(kind, units)) do out.add(line) end
            end
            add_step(out, step, where)
         end
      end
      if is_open then out.add "end end" end
   end
   out.add "end end"
   return table.concat(out, "\n"), where
end

-- The text of a function that does one step alone, for one record.
local function write_step(step, names, units)
   local out = writer()
   add_head(out, names)
   out.add "return function (batch, i)"
   out.add "local packets, begins, flows = batch.packets, batch.begins, batch.flows"
   out.add "local seconds = batch.seconds"
   for _, line in ipairs(prelude_of(step.kind, units)) do out.add(line) end
   add_step(out, step, {})
   out.add "end"
   return table.concat(out, "\n")
end

local compiled = setmetatable({}, { __mode = "v" })      -- by text: the same set, the same code

local function compile(text)
   local chunk = compiled[text]
   if not chunk then
      chunk = assert(loadstring(text, "=weir.extension.loop"))
      compiled[text] = chunk
   end
   return chunk
end

local function group(units, cut, columns)
   local list, names = plan(units)
   local text, where = write(list, names, units)
   local function bind(chunk) return chunk(units, setmetatable, band, table_new, cut, columns) end
   local made = { units = units, where = where, run = bind(compile(text)), steps = {} }
   for _, kind in ipairs(KINDS) do made.steps[schema.number(kind)] = {} end
   for _, step in ipairs(list) do
      local of_kind = made.steps[schema.number(step.kind)]
      of_kind[#of_kind + 1], step.place = step, #of_kind + 1
   end
   -- Only after an error is a step done alone: until then its function is not made.
   function made.alone(step)
      step.run = step.run or bind(compile(write_step(step, names, units)))
      return step.run
   end
   return made
end

-- How many upvalues the lines of a unit take.
local function weight(unit)
   local found = {}
   for _, kind in ipairs(KINDS) do uses(lines_of(unit, kind) or {}, found) end
   return #found
end

-- The functions for these units, in order: { units, run(batch, from_run, from), where, steps }.
-- `cut(packet, flow)` ends a flow; `columns`: the cells of a flow's row.
function loop.groups(units, cut, columns)
   local groups, current, sum = {}, {}, 0
   for _, unit in ipairs(units) do
      local own = weight(unit)
      if sum + own > UPVALUES and #current > 0 then
         groups[#groups + 1] = group(current, cut, columns)
         current, sum = {}, 0
      end
      current[#current + 1], sum = unit, sum + own
   end
   if #current > 0 then groups[#groups + 1] = group(current, cut, columns) end
   return groups
end

return loop

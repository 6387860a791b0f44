-- A unit: one version of an extension at work, with the memory of the flows that began under it.

local kinds   = require "weir.extension.kinds"
local memory  = require "weir.extension.memory"
local returns = require "weir.extension.returns"

local units = {}

-- Whether a moment that sees packets may end their flow, which takes a return.
function units.may_end(moments, name) return moments[name] ~= nil and returns(moments[name]) end

-- Whether any of a feature's moments may.
function units.cuts(ext)
   if ext.kind ~= "feature" then return false end
   if units.may_end(ext.moments, "packet") then return true end
   for _, chain in ipairs(kinds.chains) do
      if units.may_end(ext.moments, chain) then return true end
   end
   return false
end

-- Whether a feature has anything to do with packets, besides the end of their flow.
local function sees_packets(moments)
   if moments.packet or moments.new_flow then return true end
   for _, chain in ipairs(kinds.chains) do
      if moments[chain] then return true end
   end
   return false
end

-- The protocols whose records a feature sees.
function units.protocols(ext)
   local list = {}
   for _, protocol in ipairs(ext.kind == "feature" and kinds.protocols or {}) do
      if ext.moments[protocol] then list[#list + 1] = protocol end
   end
   return list
end

-- Whether a feature has memory of a flow: it is there before the flow ends.
function units.remembers(ext)
   return ext.kind == "feature" and (ext.moments.begin ~= nil or sees_packets(ext.moments)
      or #units.protocols(ext) > 0 or ext.manifest.memory ~= nil)
end

function units.sees_packets(ext) return ext.kind == "feature" and sees_packets(ext.moments) end

-- What flows remember: a table each.
local function in_tables(unit)
   unit.memory, unit.objects, unit.fresh, unit.pool = "table", {}, {}, { count = 0 }
   unit.meta = { __index = unit.class }
   return unit
end

-- What flows remember: a struct each, in an array of the core's.
local function in_structs(unit, capture)
   unit.memory, unit.layout = "struct", memory.layout(unit.ext.manifest.memory)
   local ok, of = pcall(memory.type, unit.name, unit.ext.manifest.memory)
   if not ok then return nil, ("its memory is no struct of C: %s"):format(of) end
   local objects, lent, plain = memory.array(capture, of, unit.layout)
   if not objects then return nil, lent end
   unit.objects, unit.lent, unit.plain, unit.current = objects, lent, plain, of.current
   unit.current.class = unit.class
   return unit
end

-- Whether an extension has one instance, which lives as long as its engine, and not memory of
-- flows.
function units.is_lasting(ext) return ext.kind ~= "feature" end

-- Gives a unit the code of an extension: its moments by their names, for the loops.  One that sees
-- rows has `takes`, the moment that does, and `reads`, the set of their channels.
function units.adopt(unit, ext)
   for name in pairs(unit.moments or {}) do unit[name] = nil end
   unit.ext, unit.class, unit.moments = ext, ext.class, ext.moments
   for name, f in pairs(ext.moments) do unit[name] = f end
   unit.takes, unit.reads = nil, {}
   for _, moment in ipairs(kinds.rows[ext.kind] or {}) do
      unit.takes = unit.takes or ext.moments[moment] and moment
   end
   for _, channel in ipairs(unit.takes and ext.reads or {}) do unit.reads[channel] = true end
   unit.sees_packets = units.sees_packets(ext)
   if unit.meta then unit.meta.__index = unit.class end
   if unit.current then unit.current.class = unit.class end
   return unit
end

-- A unit for an extension; or nil and why the core has no memory for it.
function units.new(ext, capture, book)
   local unit = units.adopt({
      name = ext.name, live = { count = 0 }, kb = book, list = { n = 0 },
   }, ext)
   unit.self = setmetatable({}, { __index = ext.class })
   if not units.remembers(ext) then return unit end
   unit.begins = true
   if ext.manifest.memory then return in_structs(unit, capture) end
   return in_tables(unit)
end

-- What tells one kind of memory from another: the struct's layout; nil for tables.
function units.layout(ext)
   return units.remembers(ext) and ext.manifest.memory and memory.layout(ext.manifest.memory) or nil
end

-- Gives the core's memory back, when no flow is left in it.
function units.release(unit, capture)
   if unit.memory == "struct" then capture:forget(unit.lent) end
end

-- Has nothing called any more, and forgets all that it holds.
function units.drop(unit)
   unit.paused = true
   if unit.memory == "table" then
      unit.objects, unit.fresh, unit.pool = {}, {}, { count = 0 }
   end
   unit.live.count = 0
   unit.self = setmetatable({}, { __index = unit.class })
end

local WORTH = { string = function (s) return #s + 24 end }

-- About how many bytes a unit can reach, but through what Weir gave to it: to find who has most,
-- once memory is short.
local function weigh(unit)
   local todo, sum = { unit.objects or 0, unit.self, unit.class }, 0
   local seen = { [unit.class.log] = true, [rawget(unit.self, "publish") or 0] = true }
   while #todo > 0 do
      local value = table.remove(todo)
      local kind = type(value)
      if kind == "string" then
         sum = sum + WORTH.string(value)
      elseif kind == "table" and not seen[value] then
         seen[value] = true
         sum = sum + 64
         for k, v in next, value do
            sum = sum + 24
            todo[#todo + 1], todo[#todo + 2] = k, v
         end
      elseif kind == "function" and not seen[value] then
         seen[value] = true
         for i = 1, 60 do
            local name, up = debug.getupvalue(value, i)
            if not name then break end
            if name ~= "_G" then todo[#todo + 1] = up end
         end
      end
   end
   return sum
end

-- The name of the extension that holds most.
function units.heaviest(by_name)
   local found, most = nil, -1
   for name, list in pairs(by_name) do
      local sum = 0
      for _, unit in ipairs(list) do sum = sum + weigh(unit) end
      if sum > most then found, most = name, sum end
   end
   return found
end

return units

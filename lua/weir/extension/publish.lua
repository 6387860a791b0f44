-- What extensions put on channels: what a feature gives to a flow, as a row of its own, and the
-- records of the core's channels for those who read them elsewhere.

local address  = require "weir.address"
local evidence = require "weir.kb.evidence"
local proof    = require "weir.proof"
local row      = require "weir.row"

local publish = {}

-- Several publishers of weir.channel as one.
local outlet = {}
outlet.__index = outlet

function publish.outlet(list) return setmetatable({ list = list }, outlet) end

function outlet:put(one)
   for _, out in ipairs(self.list) do out:put(one) end
end

-- Returns whether all that was put is safe there: it is not when somebody wants to stop before.
function outlet:flush()
   local is_safe = true
   for _, out in ipairs(self.list) do is_safe = out:flush() and is_safe end
   return is_safe
end

function outlet:finish()
   for _, out in ipairs(self.list) do out:finish() end
end

-- By kind of field: the value as a row has it, or nil when it is none of the kind.
local is = {}
function is.number(v) return type(v) == "number" and v or nil end
function is.text(v) return type(v) == "string" and v or nil end
function is.flag(v) if type(v) == "boolean" then return v end end
function is.list(v) return type(v) == "table" and v or nil end
function is.probability(v) return type(v) == "number" and v >= 0 and v <= 1 and v or nil end
function is.address(v, flow) return (address.text(v, flow and flow.ip_version or 4)) end
is.label = is.text

-- The value of a field of that kind; raises it when it is none.
function publish.value(kind, name, value, flow)
   local found = is[kind](value, flow)
   if found == nil then
      error(("it gives '%s' for '%s', which is no %s"):format(tostring(value):sub(1, 40), name,
         kind), 0)
   end
   if found ~= found then return nil end                 -- NaN: it is not known
   return found
end

-- Notes what proves a row: the record that it was made of, or what proves the row that it was made
-- of.  `origin`: where records are from ({ id, path, size, run }); nil when nobody wants to know.
local function prove(made, from, origin)
   if not origin then return end
   if not row.is_record(from) then return proof.pass(from, made) end
   proof.note(made, { source = origin, bytes = evidence.pack(from, from.event_type, 0) })
end

-- The function (result, at, flow) that makes a row of what a feature gives to a flow, and puts it
-- on its channels: the flow's ends and times, and the fields that are given.
function publish.flows(unit, out, source, origin)
   local of, name_of = row.maker("flow", row.ENDS), row.namer(source, "flow")
   local gives, value_of = unit.ext.manifest.gives, publish.value
   return function (result, _, flow)
      if result == nil then return end
      local made = of(flow)
      made.row_id = name_of(flow)
      prove(made, flow, origin)
      for name, kind in pairs(gives) do
         local value = result[name]
         if value ~= nil then made[name] = value_of(kind, name, value, flow) end
      end
      out:put(made)
   end
end

-- Gives an instance `self:publish(row)`, for rows that it makes itself.  Such a row is named by the
-- row that is at hand, and is of the same flow.
function publish.lend(unit, out, engine)
   local count, last = 0, nil
   unit.self.publish = function (_, made)
      if type(made) ~= "table" then error("publish takes a row: a table", 2) end
      local from = unit.kb.row
      if from then prove(made, from, engine:origin()) end
      if row.is_record(from) then from = { row_id = engine.source, flow_id = from.flow_id } end
      local name = from and from.row_id or engine.source or "-"
      count = name == last and count + 1 or 1
      last = name
      made.row_id = made.row_id or ("%s:%s:%d"):format(name, unit.name, count)
      made.flow_id = made.flow_id or from and from.flow_id
      out:put(made)
   end
end

-- A unit for the loops that puts the records of a kind on a channel, as rows of all their fields.
function publish.feeder(kind, out, source, fields, origin)
   local given = {}
   for i, field in ipairs(kind == "flow" and fields or {}) do given[i] = field.name end
   local of, name_of = row.maker(kind, nil, given), row.namer(source, kind)
   local function feed(_, record)
      local made = of(record)
      made.row_id, made.event_type = name_of(record), kind
      prove(made, record, origin)
      out:put(made)
   end
   return {
      is_own = true, name = "channel " .. kind, takes = "row", row = feed,
      reads = { [kind] = true }, moments = {},
      ext = { kind = "reporting", manifest = {}, files = {} },
   }
end

return publish

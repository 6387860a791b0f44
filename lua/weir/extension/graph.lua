-- The order of extensions: who gives a field, or publishes a channel, comes before who wants it.

local nearest = require "weir.nearest"
local row     = require "weir.row"
local schema  = require "weir.schema"
local sorted  = require "weir.sorted"

local graph = {}

local FIELDS = 250                        -- that a flow has room for, besides Weir's own

-- Whether an extension's fields are the flow's own, and not those of rows on a channel.
local function is_on_flows(ext) return not ext.publish end

-- Who gives which field to flows; or nil and why they cannot be used together.
local function givers(extensions)
   local gives, count = {}, 0
   for _, ext in ipairs(extensions) do
      for name in pairs(is_on_flows(ext) and ext.manifest.gives or {}) do
         local other = gives[name]
         count = count + 1
         if count > FIELDS then
            return nil, ("the extensions give more than %d fields together"):format(FIELDS)
         end
         if other then
            return nil, ("'%s' and '%s' both give '%s'"):format(other.name, ext.name, name)
         end
         gives[name] = ext
      end
   end
   return gives
end

-- Who publishes which channel: arrays of extensions.
local function publishers(extensions)
   local by = {}
   for _, ext in ipairs(extensions) do
      for _, channel in ipairs(ext.publish or {}) do
         by[channel] = by[channel] or {}
         table.insert(by[channel], ext)
      end
   end
   return by
end

-- ---- fields -----------------------------------------------------------------------------------

-- Adds the names of the fields that rows of a channel have; returns whether there may be others.
local function add_fields(names, channel, all, seen)
   if schema.is_kind(channel) then
      for name in pairs(schema.of(channel).names) do names[name] = true end
      if channel == "flow" then
         for name in pairs(all.gives) do names[name] = true end
      end
      return false
   end
   if seen[channel] then return false end
   seen[channel] = true
   local are_open = false
   for _, ext in ipairs(all.publishers[channel] or {}) do
      for name in pairs(ext.manifest.gives or {}) do names[name] = true end
      are_open = are_open or ext.kind == "extractor"     -- which makes rows as it likes
      for _, name in ipairs(ext.kind == "feature" and row.ENDS or {}) do names[name] = true end
      for _, from in ipairs(ext.reads or {}) do
         are_open = add_fields(names, from, all, seen) or are_open
      end
   end
   names.time, names.row_id, names.flow_id = true, true, true
   return are_open
end

-- What an extension reads: its channels, of a feature flows.
local function channels_of(ext) return ext.reads or { "flow" } end

-- Why nobody gives what an extension wants, and what to do about it.
local function unanswered(ext, want, names)
   local near = nearest(want, sorted(names))
   local reads = table.concat(channels_of(ext), "', '")
   local way_out = near and ("did you mean '%s'?"):format(near)
      or reads == "flow" and ("load the extension that does, perhaps with --ext %s"):format(want)
      or ("rows of '%s' have %s"):format(reads, table.concat(sorted(names), ", "))
   return ("'%s' wants '%s', which nobody gives: %s"):format(ext.name, want, way_out)
end

-- Why a want of flows cannot be met by who gives it.
local function objection(ext, want, giver)
   local is_core = schema.of "flow".names[want]          -- which its name means first
   if not is_core and schema.of "flow".members[want] then
      return ("'%s' wants '%s', but flow.%s is the core's own: '%s' should call it otherwise")
         :format(ext.name, want, want, giver and giver.name or "who gives it")
   end
   if giver == ext and not is_core then
      return ("'%s' wants '%s', which it gives itself"):format(ext.name, want)
   end
end

-- ---- order ------------------------------------------------------------------------------------

local visit

-- Notes what is wrong with an extension, and the name that it is about.
local function note(state, ext, name, text)
   table.insert(state.faults, { ext = ext, name = name, text = text })
end

local function is_circle(state, ext, other, channel)
   if state[other] ~= "open" then return false end
   note(state, ext, channel, ("a circle of channels: '%s' reads '%s', which comes of what it "
      .. "publishes: let it publish on another one"):format(ext.name, channel))
   return true
end

-- Visits those who publish what an extension reads.
local function visit_channels(ext, all, order, state)
   for _, channel in ipairs(ext.reads or {}) do
      if not schema.is_kind(channel) and not all.publishers[channel] then
         local near = nearest(channel, sorted(all.publishers)) or nearest(channel, schema.kinds)
         note(state, ext, channel, ("'%s' reads the channel '%s', which nobody publishes: %s")
            :format(ext.name, channel, near and ("did you mean '%s'?"):format(near)
               or "load the extension that does"))
      end
      for _, other in ipairs(all.publishers[channel] or {}) do
         if not is_circle(state, ext, other, channel) then visit(other, all, order, state) end
      end
   end
end

-- Whether an extension can do without a field.  A report tells what there is: what it wants of
-- flows is measured where it reads them, and absent from other rows.
local function may_lack(ext, want, sees_flows)
   if ext.optional and ext.optional[want] then return true end
   return ext.kind == "reporting" and not sees_flows and schema.of "flow".names[want] ~= nil
end

-- Visits those who give what an extension wants.
local function visit_wants(ext, all, order, state)
   local names, are_open = {}, false
   for _, channel in ipairs(channels_of(ext)) do
      local is_known = schema.is_kind(channel) or all.publishers[channel]
      are_open = not is_known or add_fields(names, channel, all, {}) or are_open
   end
   local sees_flows = channels_of(ext)[1] == "flow"
   for _, want in ipairs(ext.manifest.wants or {}) do
      local is_core = schema.of "flow".names[want]
      local giver = sees_flows and not is_core and all.gives[want] or nil
      local why = sees_flows and objection(ext, want, giver)
      if not why and giver then why = visit(giver, all, order, state) end
      local is_there = giver or names[want] or are_open or may_lack(ext, want, sees_flows)
      if not why and not is_there then why = unanswered(ext, want, names) end
      if why then note(state, ext, want, why) end
   end
end

-- Puts `ext`, behind those it needs, at the end of `order`; returns why it cannot come before who
-- asks for it.
function visit(ext, all, order, state)
   if state[ext] == "done" then return end
   if state[ext] == "open" then
      return ("'%s' wants what comes of its own fields: a circle"):format(ext.name)
   end
   state[ext] = "open"
   visit_channels(ext, all, order, state)
   visit_wants(ext, all, order, state)
   state[ext] = "done"
   order[#order + 1] = ext
end

local function fail(text) return nil, text, { { text = text } } end

-- The extensions in order, otherwise as given; or nil, why there is none, and all that is wrong:
-- { text, and the ext and the name (of a field, of a channel) that it is about }.
function graph.sort(extensions)
   local order, state, names = {}, { faults = {} }, {}
   for _, ext in ipairs(extensions) do
      if names[ext.name] then return fail(("two extensions are called '%s'"):format(ext.name)) end
      names[ext.name] = true
   end
   local gives, why = givers(extensions)
   if not gives then return fail(why) end
   local all = { gives = gives, publishers = publishers(extensions) }
   for _, ext in ipairs(extensions) do visit(ext, all, order, state) end
   local first = state.faults[1]
   if first then return nil, first.text, state.faults end
   return order
end

-- Those of a set of names, in order; all when there is none.
function graph.part(order, only)
   local list = {}
   for _, ext in ipairs(order) do list[#list + 1] = (not only or only[ext.name]) and ext or nil end
   return list
end

return graph

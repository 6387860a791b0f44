-- The order of extensions: who gives a field comes before who wants it.

local nearest = require "weir.nearest"
local schema  = require "weir.schema"

local graph = {}

local FIELDS = 250                        -- that a flow has room for, besides Weir's own

-- Who gives which field; or nil and why they cannot be used together.
local function givers(extensions)
   local gives, count = {}, 0
   for _, ext in ipairs(extensions) do
      for name in pairs(ext.manifest.gives or {}) do
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

-- Why nobody gives what an extension wants, and what to do about it.
local function unanswered(ext, want, gives)
   local names = {}
   for name in pairs(gives) do names[#names + 1] = name end
   for name in pairs(schema.of "flow".names) do names[#names + 1] = name end
   table.sort(names)
   local near = nearest(want, names)
   local way_out = near and ("did you mean '%s'?"):format(near)
      or ("load the extension that does, perhaps with --ext %s"):format(want)
   return ("'%s' wants '%s', which nobody gives: %s"):format(ext.name, want, way_out)
end

-- Puts `ext`, behind those it needs, at the end of `order`; returns why it cannot.
local function visit(ext, gives, order, state)
   if state[ext] == "done" then return end
   if state[ext] == "open" then
      return ("'%s' wants what comes of its own fields: a circle"):format(ext.name)
   end
   state[ext] = "open"
   for _, want in ipairs(ext.manifest.wants or {}) do
      local is_core = schema.of "flow".names[want]      -- which its name means first
      local giver = not is_core and gives[want]
      if not is_core and schema.of "flow".members[want] then
         return ("'%s' wants '%s', but flow.%s is the core's own: '%s' should call it otherwise")
            :format(ext.name, want, want, giver and giver.name or "who gives it")
      end
      if giver == ext then
         return ("'%s' wants '%s', which it gives itself"):format(ext.name, want)
      end
      local why = giver and visit(giver, gives, order, state)
      if why then return why end
      if not giver and not is_core then return unanswered(ext, want, gives) end
   end
   state[ext] = "done"
   order[#order + 1] = ext
end

-- The extensions in order, otherwise as given; or nil and why there is none.
function graph.sort(extensions)
   local order, state, names = {}, {}, {}
   for _, ext in ipairs(extensions) do
      if names[ext.name] then return nil, ("two extensions are called '%s'"):format(ext.name) end
      names[ext.name] = true
   end
   local gives, why = givers(extensions)
   if not gives then return nil, why end
   for _, ext in ipairs(extensions) do
      why = visit(ext, gives, order, state)
      if why then return nil, why end
   end
   return order
end

return graph

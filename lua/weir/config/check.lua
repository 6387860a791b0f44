-- Whether what a YAML file says is what is asked for: plain values, or all that is wrong with them.
--
--    local value, faults = check(root, spec, { path = "weir.yaml", secrets = secrets.new() })
--
-- A spec is "string", "number", "boolean" or "any"; { choices = { … } }; { list = spec }, for which
-- one value will do where `one` is true; or { map = { name = spec, … }, required =
-- { … }, others = spec of the names that are not listed }.

local nearest = require "weir.nearest"
local secrets = require "weir.config.secrets"
local sorted  = require "weir.sorted"

local MOST = 20                           -- faults that are told

local value_of

-- Notes what is wrong at a node.
local function wrong(state, node, text, ...)
   if #state.faults < MOST then
      state.faults[#state.faults + 1] = ("%s:%d:%d: %s"):format(state.path, node.line, node.column,
         state.secrets:hide(text:format(...)))
   end
end

local function kind_of(node)
   if node.kind == "scalar" then
      return node.type == "null" and "nothing" or "a " .. node.type
   end
   return "a " .. node.kind
end

-- A text with what the environment has in place of each ${NAME}.
local function filled(node, state)
   return (node.value:gsub("%${([%w_]*)}", function (name)
      local value = os.getenv(name)
      if not value then
         wrong(state, node, "the environment has no '%s': set it before the start", name)
         return ""
      end
      state.secrets:add(name, value)
      return value
   end))
end

local function scalar(node, want, where, state)
   if node.kind == "scalar" and node.type == "null" then return nil end
   if want == "string" and node.kind == "scalar" and node.type == "number" then
      return node.text                    -- as it stands: the branch 1.10 is another than 1.1
   end
   if node.kind ~= "scalar" or node.type ~= want then
      wrong(state, node, "%s is a %s, not %s", where, want == "boolean" and "true or false" or want,
         kind_of(node))
      return nil
   end
   return want == "string" and filled(node, state) or node.value
end

local function choice(node, choices, where, state)
   local value = scalar(node, "string", where, state)
   if value == nil then return nil end
   for _, known in ipairs(choices) do
      if known:lower() == value:lower() then return known end
   end
   local near = nearest(value, choices)
   wrong(state, node, "%s cannot be '%s': %s", where, value,
      near and ("did you mean '%s'?"):format(near) or "it is " .. table.concat(choices, ", "))
end

local function list(node, spec, where, state)
   local items = node.items
   if node.kind == "scalar" and node.type == "null" then return nil end
   if not items and spec.one then items = { node } end
   if not items then return wrong(state, node, "%s is a list, not %s", where, kind_of(node)) end
   local values = {}
   for i, item in ipairs(items) do
      values[i] = value_of(item, spec.list, ("%s[%d]"):format(where, i), state)
   end
   return values
end

local function map(node, spec, where, state)
   if node.kind == "scalar" and node.type == "null" then return nil end
   if node.kind ~= "map" then
      return wrong(state, node, "%s has names with values, it is not %s", where, kind_of(node))
   end
   local values = {}
   for _, entry in ipairs(node.entries) do
      local want = spec.map and spec.map[entry.name] or spec.others
      if want then
         values[entry.name] = value_of(entry.node, want, ("'%s'"):format(entry.name), state)
      else
         local near = nearest(entry.name, sorted(spec.map))
         wrong(state, entry.key, "%s has no '%s': %s", where, entry.name,
            near and ("did you mean '%s'?"):format(near)
               or "it has " .. table.concat(sorted(spec.map), ", "))
      end
   end
   for _, name in ipairs(spec.required or {}) do
      if values[name] == nil then wrong(state, node, "%s needs '%s'", where, name) end
   end
   state.places[values] = node
   return values
end

-- A value of any kind, as it is.
local function anything(node, state)
   if node.kind == "scalar" then
      return node.type == "string" and filled(node, state) or node.value
   end
   local values = {}
   for i, item in ipairs(node.items or {}) do values[i] = anything(item, state) end
   for _, entry in ipairs(node.entries or {}) do
      values[entry.name] = anything(entry.node, state)
   end
   return values
end

function value_of(node, spec, where, state)
   state.count = state.count + 1
   if state.count > 100000 then
      if state.count == 100001 then wrong(state, node, "more than 100000 values") end
      return nil
   end
   if spec == "any" then return anything(node, state) end
   if type(spec) == "string" then return scalar(node, spec, where, state) end
   if spec.choices then return choice(node, spec.choices, where, state) end
   if spec.list then return list(node, spec, where, state) end
   return map(node, spec, where, state)
end

-- Returns the values, and by each table of named values its node; or nil and an array of what is
-- wrong.
return function (root, spec, options)
   local state = {
      path = options.path, secrets = options.secrets or secrets.new(), faults = {}, count = 0,
      places = setmetatable({}, { __mode = "k" }),
   }
   local value = value_of(root, spec, "it", state)
   if #state.faults > 0 then return nil, state.faults end
   return value or {}, state.places
end

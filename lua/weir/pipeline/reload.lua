-- Hot reload of a weir.yaml: instances that are new start, those that are gone stop, those that say
-- other things are reloaded; all others go on.  What is wrong with the file is told, and nothing is
-- touched then.

local graph    = require "weir.extension.graph"
local host     = require "weir.host"
local needs    = require "weir.extension.needs"
local pipeline = require "weir.pipeline"
local watch    = require "weir.watch"

jit.off(true, true)                       -- what runs between batches is not worth a trace

local reload = {}
reload.__index = reload

-- What a run has from its start on.
local KEPT = { "inputs", "channels", "workspace", "keep", "size" }

local SETTLE = 0.1                        -- seconds without a change before the file is read

-- Watches the weir.yaml of `all` (weir.pipeline) for an engine; options: tell(line), say(line).
-- Nil and why the system cannot tell of changes.
function reload.watch(all, engine, options)
   local watcher, why = watch.open()
   if not watcher then return nil, why end
   local ok
   ok, why = watcher:folder(all.folder)
   if not ok then return nil, why end
   local inputs = {}
   for _, ext in ipairs(all.extensions) do inputs[ext.name] = ext.input or false end
   return setmetatable({
      all = all, engine = engine, watcher = watcher, tell = options.tell, say = options.say,
      inputs = inputs,                   -- of each instance that was there at the start
   }, reload)
end

local function is_same(a, b)
   if type(a) ~= "table" or type(b) ~= "table" then return a == b end
   for k, v in pairs(a) do
      if not is_same(v, b[k]) then return false end
   end
   for k in pairs(b) do
      if a[k] == nil then return false end
   end
   return true
end

-- What becomes of each instance: those that stay or are new, and { new, old } of those that are
-- reloaded.  One that reads or writes other channels begins anew.
local function compare(self, extensions)
   local list, changed, is_old = {}, {}, {}
   for _, ext in ipairs(self.engine.all) do is_old[ext.name] = ext end
   for i, ext in ipairs(extensions) do
      local old = is_old[ext.name]
      local is_kept = old and old.kind == ext.kind and is_same(old.reads, ext.reads)
         and is_same(old.publish, ext.publish)
      list[i] = is_kept and old or ext
      if is_kept and not (old.code == ext.code and is_same(old.instance, ext.instance)) then
         changed[#changed + 1] = { ext, old }
      end
   end
   return list, changed
end

-- Why the instances of a list cannot run: nil when they can.
local function objection(engine, list)
   for _, ext in ipairs(list) do
      local missing = engine.capture and engine:find(ext.name) ~= ext
         and needs.missing(ext, engine.capture.options)
      if missing then
         return ("'%s' needs %s, which this run does not make: start again"):format(ext.name,
            missing)
      end
   end
end

local function names_of(list)
   local names = {}
   for _, ext in ipairs(list) do names[ext.name] = ext end
   return names
end

-- Says who came and who went.
local function announce(self, before)
   local now = names_of(self.engine.extensions)
   for name, ext in pairs(now) do
      if before[name] ~= ext and before[name] then self.say(("'%s' begins anew"):format(name)) end
      if not before[name] then self.say(("'%s' is new, and runs"):format(name)) end
   end
   for name in pairs(before) do
      if not now[name] then self.say(("'%s' is gone, and has stopped"):format(name)) end
   end
end

-- Those that begin anew are stopped first: they have the name of the ones before.
local function stop_replaced(engine, list)
   local wanted = names_of(list)
   for name, units in pairs(engine.units) do
      if wanted[name] and engine:find(name) ~= wanted[name] then engine:retire(name, units) end
   end
end

-- Says what of the file waits for the next start: what is read is what was read from the start on.
local function keep(self, all)
   local function tell(what)
      self.tell(("%s in '%s' is another: that waits for the next start"):format(what, all.path))
   end
   for _, name in ipairs(KEPT) do
      if not is_same(all.config[name], self.all.config[name]) then tell(("'%s'"):format(name)) end
   end
   for _, ext in ipairs(all.extensions) do
      local name = ext.name
      if self.inputs[name] == nil then self.all.owns[name] = all.owns[name] end
      if not is_same(self.inputs[name] or false, ext.input or false) then
         tell(("the input of '%s'"):format(name))
      end
   end
end

-- Takes to what the file says now.
local function take(self)
   local all, faults = pipeline.read(self.all.path, self.say)
   if not all then
      for _, fault in ipairs(faults) do self.tell(fault) end
      return self.tell(("'%s' is not taken: all goes on as it was"):format(self.all.path))
   end
   local engine, before = self.engine, names_of(self.engine.extensions)
   local list, changed = compare(self, all.extensions)
   local order, why = graph.sort(list)
   why = why or objection(engine, list)
   if why then return self.tell(("'%s' is not taken: %s"):format(self.all.path, why)) end
   keep(self, all)
   stop_replaced(engine, list)
   local ok
   ok, why = engine:become(order)
   if not ok then return self.tell(why) end
   announce(self, before)
   for _, pair in ipairs(changed) do engine.reloader:replace(pair[1], pair[2]) end
end

-- Looks whether the file has changed, and takes to it once it has settled.
function reload:look()
   local now, name = host.clock(), self.all.path:match "[^/]*$"
   for _, path in ipairs(self.watcher:changes() or {}) do
      if path:match "[^/]*$" == name then self.due = now + SETTLE end
   end
   if self.due and now >= self.due then
      self.due = nil
      take(self)
   end
end

return reload

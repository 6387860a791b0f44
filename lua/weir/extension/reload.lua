-- Hot reload: a transaction between two batches.  New code is checked before the old one is
-- touched, and when anything fails the old code goes on with what it had.
--
-- Flows that have begun go on with the memory they have: under the new code when it declares the
-- same memory and has no `migrate`, else under the old one until they end.

local golden = require "weir.extension.golden"
local graph  = require "weir.extension.graph"
local host   = require "weir.host"
local load   = require "weir.extension.load"
local needs  = require "weir.extension.needs"
local units  = require "weir.extension.units"
local watch  = require "weir.watch"

jit.off(true, true)                       -- what runs between batches is not worth a trace

local reload = {}

local SETTLE = 0.1                        -- seconds without a change before a file is read
local LOOK = 0.01                         -- between two looks
local VERSIONS = 8                        -- of an extension that flows may have at once

local function normal(path) return (path:gsub("^%./", ""):gsub("//+", "/"):gsub("/$", "")) end

-- ---- what has changed ---------------------------------------------------------------------

-- Watches the folders of the files of an extension.
local function follow(self, ext)
   for _, path in ipairs(ext.files) do
      self.watcher:folder(path:match "^(.*)/" or ".")    -- again and again: it may be another one
   end
end

-- Reloads an engine's extensions from now on as their files change; engine:run looks.
-- Returns nil and why when the system cannot tell of changes.
function reload.watch(engine)
   local watcher, why = watch.open()
   if not watcher then return nil, why end
   local self = { engine = engine, watcher = watcher, due = {}, looked = 0, followed = 0 }
   for _, ext in ipairs(engine.extensions) do follow(self, ext) end
   engine.reloader = setmetatable(self, { __index = reload })
   return true
end

-- Whether a changed path is one of an extension's files, or the folder they are in.
local function concerns(ext, path)
   for _, file in ipairs(ext.files) do
      file = normal(file)
      if file == path or file:match "^(.*)/" == path then return true end
   end
   local is_beside = path:match "%.lua$" and ext.path:find "init%.lua$"
   return is_beside and path:match "^(.*)/" == normal(ext.folder)
end

local function note_changes(self, now)
   for _, path in ipairs(self.watcher:changes() or {}) do
      for _, ext in ipairs(self.engine.extensions) do
         if concerns(ext, normal(path)) then self.due[ext.name] = now + SETTLE end
      end
   end
end

-- Looks what has changed, and reloads what has settled.
function reload:look()
   local now = host.clock()
   if now - self.looked < LOOK then return end
   self.looked = now
   if now - self.followed > SETTLE then
      self.followed = now
      for _, ext in ipairs(self.engine.extensions) do follow(self, ext) end
   end
   note_changes(self, now)
   for name, time in pairs(self.due) do
      if now >= time then
         self.due[name] = nil
         local ok, why = pcall(self.again, self, name)
         if not ok then
            self.engine.tell(("extension '%s' is not reloaded: %s"):format(name, tostring(why)))
         end
      end
   end
   self:retire()
   if self.also then self.also:look() end                -- what else may change
end

-- ---- the transaction ----------------------------------------------------------------------

-- The extensions with `new` in place of the one of its name.
local function replaced(extensions, new)
   local list = {}
   for i, ext in ipairs(extensions) do list[i] = ext.name == new.name and new or ext end
   return list
end

-- What forbids the new version; nil when nothing does.
local function objection(engine, old, new)
   if new.kind ~= old.kind then
      return ("it was a %s and is a %s now: start again"):format(old.kind, new.kind)
   end
   local missing = engine.capture and needs.missing(new, engine.capture.options)
   if missing then
      return ("it needs %s, which this run does not make: start again"):format(missing)
   end
   local order, why = graph.sort(replaced(engine.all, new))
   if not order then return why end
   if #engine.units[new.name] >= VERSIONS then
      return ("flows have %d versions of it already: wait until some have ended"):format(VERSIONS)
   end
   local ok
   ok, why = golden.try(new, order)
   if not ok then return "its sample fails: " .. why end
   return nil, order
end

local function copy(map)
   local made = {}
   for k, v in pairs(map) do made[k] = v end
   return made
end

local function restore(self, saved)
   for k in pairs(self) do self[k] = nil end
   for k, v in pairs(saved) do self[k] = v end
end

-- An instance: stops the old code, starts the new one on the same `self`; or goes back.
local function swap_instance(engine, unit, old, new)
   local saved = copy(unit.self)
   engine:call(unit, "stop")
   engine:know(new)
   units.adopt(unit, new)
   setmetatable(unit.self, { __index = new.class })
   local ok, why = engine:call(unit, "migrate", old.manifest.version)
   if ok then ok, why = engine:call(unit, "start") end
   if ok then return true end
   engine:know(old)
   units.adopt(unit, old)
   restore(unit.self, saved)
   setmetatable(unit.self, { __index = old.class })
   if not engine:call(unit, "start") then
      engine:pause(old.name, "neither the new code starts nor, again, the old one")
   end
   return nil, why
end

-- Whether the flows at hand go on under the new code.
local function is_same_memory(unit, new)
   if units.remembers(new) ~= (unit.memory ~= nil) or new.moments.migrate then return false end
   return units.layout(new) == unit.layout
end

-- A feature: flows that have begun switch, or keep the version they have.
local function swap_feature(engine, list, new)
   local unit = list[1]
   local is_paused = engine.faults:of(new.name).paused
   if is_same_memory(unit, new) and not is_paused then
      units.adopt(unit, new)
      return true
   end
   local made, why = units.new(new, engine.capture, unit.kb)
   if not made then return nil, why end
   unit.begins = false
   if is_paused or not unit.memory then
      for i = #list, 1, -1 do units.release(table.remove(list, i), engine.capture) end
   end
   table.insert(list, 1, made)
   return true
end

local function apply(engine, old, new, order)
   local list = engine.units[new.name]
   new.generation = engine.generation + 1
   local ok, why
   if new.kind == "feature" then
      ok, why = swap_feature(engine, list, new)
   else
      ok, why = swap_instance(engine, list[1], old, new)
   end
   if not ok then return nil, why end
   engine.generation = new.generation
   engine.all, engine.extensions = order, graph.part(order, engine.only)
   engine.faults:resume(new.name)
   engine:renew()
   return true
end

local function waiting(list)
   local flows = 0
   for i = 2, #list do flows = flows + list[i].live.count end
   return flows
end

-- Puts `new` in place of the extension of its name.  Says what happened.
function reload:replace(new, old)
   local engine, begun = self.engine, host.clock()
   local ok
   local why, order = objection(engine, old, new)
   if not why then ok, why = apply(engine, old, new, order) end
   if not ok then return self:keep(old, why) end
   follow(self, new)
   local kept = waiting(engine.units[new.name])
   engine.log(("extension '%s' is reloaded: generation %d, %.0f ms%s"):format(new.name,
      new.generation, (host.clock() - begun) * 1000,
      kept > 0 and (", %d flow%s still under older code"):format(kept, kept > 1 and "s" or "")
         or ""))
   return true
end

-- Goes on with the old code, and says why.
function reload:keep(old, why)
   local engine = self.engine
   for _, unit in ipairs(engine.units[old.name]) do units.adopt(unit, unit.ext) end
   engine.tell(("extension '%s' is not reloaded, generation %d goes on: %s"):format(old.name,
      old.generation, why))
   return false
end

-- Reads the file of an extension again and puts its code in place.
function reload:again(name)
   local engine = self.engine
   local old = engine:find(name)
   if not old then return end                            -- it is there no more
   if host.is_file(old.path) and not host.same_file(old.path, old.path) then  -- it might block
      return engine.tell(("'%s' is no regular file any more: extension '%s' goes on as it was")
         :format(old.path, name))
   elseif not host.is_file(old.path) then
      return engine.tell(("'%s' is gone: extension '%s' goes on as it was"):format(old.path, name))
   end
   local new, why = load.file(old.path, old.how)
   if not new then return self:keep(old, why) end
   new.instance, new.input = old.instance, old.input     -- what a weir.yaml says of it
   return self:replace(new, old)
end

-- Forgets versions that no flow has any more.
function reload:retire()
   local is_other = false
   for _, list in pairs(self.engine.units) do
      for i = #list, 2, -1 do
         if list[i].live.count <= 0 then
            units.release(table.remove(list, i), self.engine.capture)
            is_other = true
         end
      end
   end
   if is_other then self.engine:renew() end
end

function reload:close() self.watcher:close() end

return reload

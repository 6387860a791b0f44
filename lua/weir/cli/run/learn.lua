-- The extensions of `weir run`, and the knowledge base that extractors among them fill.
--
-- A source's facts are committed before its records are marked as all stored: so after a crash it
-- is read again, and what was learnt of it either counts already or is taken back.

local extend = require "weir.cli.extend"
local host   = require "weir.host"
local kb     = require "weir.kb"
local report = require "weir.cli.report"

local learn = {}
learn.__index = learn

local DEFAULTS = { "names", "talkers" }   -- extractors that run unless told otherwise
local OFTEN = 2                           -- seconds between commits

-- The extensions that are named, behind those that always run.
local function extensions_of(values)
   local list, named = {}, {}
   for _, name in ipairs(values.ext or {}) do
      named[name:match "([^/]+)/*$":gsub("%.lua$", "")] = true
   end
   for _, name in ipairs(values.plain and {} or DEFAULTS) do
      if not named[name] then list[#list + 1] = name end
   end
   for _, name in ipairs(values.ext or {}) do list[#list + 1] = name end
   return list
end

local function has_extractor(engine)
   for _, ext in ipairs(engine.extensions) do
      if ext.kind == "extractor" then return true end
   end
   return false
end

-- The engine of a command line, with its knowledge base in the workspace's folder; without any
-- extension both are nil.  Returns nil, the reason and the exit code when that fails.
function learn.open(values, folder)
   local self = setmetatable({ values = values, committed = host.clock() }, learn)
   values.ext = extensions_of(values)
   if not values.ext[1] then return self end
   local why, code
   self.engine, why, code = extend.open(values)
   if not self.engine then return nil, why, code end
   if not has_extractor(self.engine) then return self end
   self.base, why = kb.open(folder, { mode = "create" })
   if not self.base then return nil, why, report.exit.unreadable end
   return self
end

-- Adds what extensions and evidence want measured.
function learn:measures(list)
   if self.engine then self.engine:measures(list, self.values.interface) end
   if self.base then self.base:measures(list) end
   return list
end

-- Begins the run, with the options that decide which flows there are.
function learn:run(options)
   if not self.base then return true end
   local command = { "weir run" }
   for _, path in ipairs(self.values.read or { "-i " .. tostring(self.values.interface) }) do
      command[#command + 1] = self.values.read and "-r " .. path or path
   end
   return self.base:run {
      weir = require "weir".version, command = table.concat(command, " "), options = options,
   }
end

-- What comes now is of that source { path, hash }.
function learn:source(source)
   if not self.base then return true end
   if source.hash and self.base.db:first(
      "SELECT 1 FROM inputs WHERE source = ? AND done = 1", "sha256:" .. source.hash) then
      self.knows = true                   -- all that is to be learnt of it
      return true
   end
   self.knows = false
   return self.base:source { path = source.path, hash = source.hash, index = 0, resume = true }
end

-- Makes the extensions see a capture: the same ones for each, with no flows yet.
function learn:attach(capture)
   if not self.engine then return true end
   local old = self.engine
   local facts = not self.knows and self.base or kb.new()
   local engine, why = require "weir.extension.engine".new(old.extensions,
      { tell = old.tell, log = old.log, strict = old.strict, kb = facts })
   if not engine then return nil, why end
   engine.faults, self.engine = old.faults, engine
   return extend.attach(self.engine, capture)
end

-- Now and then: makes safe what was learnt so far.
function learn:look()
   if not self.base or host.clock() - self.committed < OFTEN then return true end
   self.committed = host.clock()
   return self.base:commit()
end

-- All of the source has been read.
function learn:done()
   if self.engine then self.engine:stop() end
   if not self.base or self.knows then return true end
   return self.base:done()
end

-- How many facts there are.
function learn:count()
   return self.base and self.base.db:first("SELECT (SELECT count(*) FROM entities) "
      .. "+ (SELECT count(*) FROM relationships)") or 0
end

function learn:close()
   if not self.base then return true end
   return self.base:close()
end

return learn

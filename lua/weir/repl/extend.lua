-- `ext` of a session: the extensions there are, and what they say of the captures it was given.
--
--    ext                                              -- prints those there are
--    ext "burstiness":sort "-burstiness"              -- a view of flows with what it gives
--    ext "talkers"                                    -- what an extractor learns is in `kb`, too
--
-- Its file is read each time; when it cannot be used, what it said before stays.

local company = require "weir.cli.ext.company"
local engine  = require "weir.extension.engine"
local facts   = require "weir.repl.facts"
local find    = require "weir.extension.find"
local gather  = require "weir.cli.ext.gather"
local host    = require "weir.host"
local rows    = require "weir.repl.rows"
local sheet   = require "weir.sheet"
local sorted  = require "weir.sorted"
local weir    = require "weir"

local extend = {}
extend.__index = extend

function extend.names()
   local list = {}
   for i, found in ipairs(find.all()) do list[i] = found.name end
   return list
end

-- ---- running ---------------------------------------------------------------------------------

-- The paths of the captures and sample databases that a session has, and how they are opened.
local function captures_of(session)
   local paths, options = {}, { flows = true, names = true, labels = true, packets = false }
   for _, input in ipairs(session.inputs) do
      if input.is_read then paths[#paths + 1] = input.path end
      for name, value in pairs(input.how) do options[name] = value end
   end
   return paths, options
end

-- What `name` stands for, loaded in the company it needs, in order; nil and the reason.
local function load(name)
   local path, why = find.path(name)
   if not path then return nil, why end
   local list
   list, why = gather.named { path }
   if not list then return nil, why end
   return company.new(gather.load(list)):of(list[1])
end

-- The captures, opened for extensions to look at; nil and the reason.
local function open(session, runner)
   local paths, options = captures_of(session)
   if not paths[1] then
      return nil, "extensions run over captures and sample databases, and none was given"
   end
   local capture, why = weir.open(paths, runner:measures(options))
   if not capture then return nil, why end
   local ok
   ok, why = runner:attach(capture)
   return ok and capture, why
end

-- Runs extensions over the captures: rows of flows with what `ext` gives, and the facts.  Nil and
-- the reason.
local function run(session, ext, all)
   local runner, why = engine.new(all, { tell = function (line) session.tell(line .. "\n") end })
   if not runner then return nil, why end
   local capture
   capture, why = open(session, runner)
   if not capture then return nil, why end
   local gathered = rows.new(ext.manifest.gives or {})
   for batch in capture:batches() do
      runner:run(batch)
      gathered:take(batch)
   end
   runner:stop()
   capture:close()
   return gathered, runner.kb
end

-- Runs the extension of that name over the captures: a view of flows with what it gives, or the
-- facts that it learnt, which are `kb` from then on.
function extend:load(name)
   if type(name) ~= "string" then error("ext takes the name of an extension, or a path", 2) end
   local ext, all = load(name)
   if not ext then error(all, 2) end
   local gathered, base = run(self.session, ext, all)
   if not gathered then error(base, 2) end
   if ext.kind ~= "extractor" then return gathered:view() end
   local learnt = facts.of(base)
   self.session.env.kb = learnt
   return learnt
end

function extend:__call(name) return self:load(name) end

-- ---- showing ---------------------------------------------------------------------------------

local columns = {
   { name = "name", colour = "bold" }, { name = "kind" },
   { name = "gives", colour = "cyan", min = 8, shrink = 2 },
   { name = "about", min = 20, shrink = 1 },
}

local function gives_of(manifest)
   local names = sorted(manifest.gives or {})
   return table.concat(names, ", ")
end

function extend:__tostring()
   local lines = {}
   local out = sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = self.session.colour,
      write = function (line) lines[#lines + 1] = line end,
   }
   for _, found in ipairs(gather.load(find.all())) do
      local manifest = found.ext and found.ext.manifest or {}
      out:row { found.name, found.ext and found.ext.kind or "broken", gives_of(manifest),
         manifest.about or found.why }
   end
   out:finish()
   return (table.concat(lines):gsub("\n$", ""))
end

function extend.of(session) return setmetatable({ session = session }, extend) end

return extend

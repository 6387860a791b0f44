-- What specs of knowledge bases share: bases in temporary files, extractors over captures, all that
-- a base says as lines, whatever its numbers are.

local digest = require "weir.digest"
local engine = require "weir.extension.engine"
local find   = require "weir.extension.find"
local kb     = require "weir.kb"
local load   = require "weir.extension.load"
local try    = require "try"
local weir   = require "weir"

local knowledge = {}

local paths_made = {}

-- Where a base may be made.
function knowledge.path()
   paths_made[#paths_made + 1] = try.path ".db"
   return paths_made[#paths_made]
end

function knowledge.open(path, options)
   options = options or {}
   options.mode = options.mode or "create"
   return assert(kb.open(path, options))
end

-- Removes all that were made there, in an `after_each`.
function knowledge.tidy()
   knowledge.remove(unpack(paths_made))
   paths_made = {}
end

function knowledge.remove(...)
   for _, path in ipairs { ... } do
      for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do os.remove(path .. suffix) end
   end
end

local function extensions(names)
   local list = {}
   for i, name in ipairs(names) do list[i] = assert(load.file((assert(find.path(name))))) end
   return list
end

-- Runs extractors over a capture, or several as one.  o: kb, ext (names), most (packets a batch),
-- stop (batches after which it ends without a word), each (called after a batch), options.
function knowledge.read(capture, o)
   local run = assert(engine.new(extensions(o.ext or { "names", "talkers", "certificates" }),
      { tell = error, kb = o.kb }))
   local options = run:measures { packets = false, flows = true }
   for name, value in pairs(o.options or {}) do options[name] = value end
   if o.kb then o.kb:measures(options) end
   local source = assert(weir.open(capture, options))
   assert(run:attach(source))
   local n = 0
   for batch in function () return source:read(o.most or 1024) end do
      assert(run:run(batch))
      n = n + 1
      if o.each then o.each() end
      if n == o.stop then break end
   end
   run:stop()
   source:close()
   return run
end

-- The same into a stored base, with where the facts are from.
function knowledge.take(base, path, o)
   o = o or {}
   o.kb = base
   local paths = type(path) == "table" and path or { path }
   for i, one in ipairs(paths) do
      assert(base:source { path = one, hash = digest.file(one), index = i - 1, resume = o.resume })
   end
   local run = knowledge.read(path, o)
   if o.stop then return assert(base:commit()) and run end
   for i in ipairs(paths) do assert(base:done(i - 1)) end
   return run
end

local FACTS = {
   "SELECT 'entity', id, type, key, data, hex(blob), ts, count, first, last, confidence "
      .. "FROM entities",
   "SELECT 'relationship', id, type, src, dst, data, hex(blob), ts, count, first, last, confidence "
      .. "FROM relationships",
   "SELECT 'evidence', e.fact, w.run, w.source, x.name, x.version, x.code, x.person, e.count, "
      .. "e.first, e.last, e.confidence, e.told, hex(e.proofs) FROM evidence e "
      .. "JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension",
   "SELECT 'input', run, number, source, done FROM inputs",
}

-- All that a base says, in the order of the lines.  `which`: only the first so many of the above.
function knowledge.lines(base, which)
   local lines = {}
   for i = 1, which or #FACTS do
      for _, row in ipairs(assert(base.db:all((FACTS[i]:gsub("^SELECT (.*) FROM", function (columns)
         local n = 0
         return "SELECT " .. columns:gsub("[^,]+", function (column)
            n = n + 1
            return column .. " AS c" .. n
         end) .. " FROM"
      end, 1))))) do
         local cells = {}
         for k = 1, 20 do cells[k] = tostring(row["c" .. k]) end
         lines[#lines + 1] = table.concat(cells, "|")
      end
   end
   table.sort(lines)
   return lines
end

-- Says where two lists of lines differ first: they are long.
function knowledge.same(expected, made)
   for i = 1, math.max(#expected, #made) do
      if expected[i] ~= made[i] then
         error(("line %d\nexpected %s\nmade     %s"):format(i, tostring(expected[i]),
            tostring(made[i])), 2)
      end
   end
end

-- Facts that nobody says, and evidence for no fact.
function knowledge.loose(base)
   return base.db:first [[
SELECT (SELECT count(*) FROM (SELECT id FROM entities UNION ALL SELECT id FROM relationships)
   WHERE id NOT IN (SELECT fact FROM evidence)),
(SELECT count(*) FROM evidence WHERE fact NOT IN
   (SELECT id FROM entities UNION ALL SELECT id FROM relationships))]]
end

return knowledge

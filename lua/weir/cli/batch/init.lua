-- weir batch: extensions over many captures and databases of exchanges, side by side.

local extend    = require "weir.cli.extend"
local farm      = require "weir.cli.farm"
local host      = require "weir.host"
local merge     = require "weir.kb.merge"
local kb        = require "weir.kb"
local options   = require "weir.cli.options"
local report    = require "weir.cli.report"
local said      = require "weir.cli.farm.said"
local sources   = require "weir.sources"
local told      = require "weir.cli.batch.told"
local worker    = require "weir.cli.farm.worker"
local workspace = require "weir.workspace"

local exit = report.exit

local batch = {
   name  = "batch",
   about = "run extensions over many captures and databases of exchanges",
   usage = "weir batch --ext NAME [OPTION…] INPUT…",
   rest  = "file",
   examples = {
      { "weir batch --ext page samples/", "all captures and databases of a folder" },
      { "weir batch --ext ./mine.lua -W data *.db",
        "what was done is skipped the next time, what was interrupted is done again" },
      { "weir kb show -W data", "and look at what came of it" },
   },
}

batch.options = require "weir.cli.batch.options"

-- The inputs that words stand for, each once.
local function paths_of(words)
   local list, seen, once = {}, {}, {}
   for _, word in ipairs(words) do
      if host.is_stream(word) then
         return nil, ("'%s' can be read once only, and batch may read an input again: store it in "
            .. "a file, or say 'weir run -r'"):format(word)
      end
      local ok, why = sources.expand(word, list)
      if not ok then return nil, why end
   end
   for _, path in ipairs(list) do
      if not seen[path] then once[#once + 1], seen[path] = path, true end
   end
   return once
end

-- What is wrong with the extensions is said before any input is read.  Returns nil, the reason and
-- the exit code.
local function check_extensions(values)
   local list, why, code = extend.load(values.ext, values.set, report.note)
   if not list then return nil, why, code end
   local engine
   engine, why = require "weir.extension.engine".new(list, { tell = report.warning })
   if not engine then return nil, why, exit.script end
   for _, ext in ipairs(list) do
      if ext.kind == "reporting" and values.jobs > 1 then
         return nil, ("'%s' reports, and %d processes would do so at once: say '-j 1'"):format(
            ext.name, values.jobs), exit.usage
      end
   end
   return true
end

local function check(values, rest)
   if not values.ext then
      return nil, "no extension: '--ext NAME' says what to run ('weir ext list' names them)"
   end
   if not rest[1] then return nil, "no input: name captures, databases or folders of these" end
   if values.jobs == 0 then return nil, "option '-j' needs a number above 0" end
   values.jobs = values.jobs or host.processors()
   -- Nothing is kept but what extensions make of an input, and none is read for nothing.
   values.bare, values.plain, values.once = true, true, true
   values.command = "weir batch"
   return true
end

-- ---- running ----------------------------------------------------------------------------------

-- Merges the bases of inputs into that of the workspace, in the order of their names.
local function merge_all(paths, folder)
   local base, why = kb.open(folder, { mode = "create" })
   if not base then return nil, why end
   for _, path in ipairs(paths) do
      local own = worker.apart(folder, path) .. "/kb.db"
      if host.is_file(own) then
         local counts
         counts, why = merge.from(base, own)
         if not counts then
            base:close()
            return nil, why
         end
      end
   end
   return base:close()
end

-- The exit code: the worst that any input had.
local function code_of(results, values)
   local worst = exit.ok
   for _, one in ipairs(results) do
      local code = one.code or exit.ok
      if one.state == "failed" and code == exit.ok then code = exit.unreadable end
      if values.strict and (one.errors or 0) > 0 then code = math.max(code, exit.script) end
      worst = math.max(worst, code)
   end
   return host.stopped() == 2 and exit.interrupted or worst
end

local function execute(values, paths)
   local folder, begun, results = values.workspace or workspace.DIRECTORY, host.clock(), {}
   local ok, why = workspace.make(folder)
   if not ok then return nil, why, exit.unreadable end
   local bar = said.bar(values, #paths)
   host.watch()
   local inputs = {}
   for i, path in ipairs(paths) do inputs[i] = { path = path } end
   ok, why = farm.run(inputs, values.jobs, {
      values = values, folder = folder,
      told = function (one)
         said.tell(one)
         if one.path then results[#results + 1] = one end
      end,
      tick = bar and function () bar(#results) end,
   })
   if bar then bar() end
   if ok and values.apart and not host.stopped() then ok, why = merge_all(paths, folder) end
   told.summary(results, values)
   if not values.quiet then told.last_words(results, host.clock() - begun) end
   if not ok then return nil, why, exit.unreadable end
   return code_of(results, values)
end

function batch.run(argv)
   jit.off()                              -- what is done once is not worth compiling
   for _, word in ipairs(argv) do report.json = report.json or word == "--json" end
   local values, rest = options.parse(batch.options, argv)
   if not values then return report.usage("batch", rest) end
   if values.help then
      return report.page(options.help(batch, batch.options, host.width "stdout"))
   end
   local ok, why = check(values, rest)
   if not ok then return report.usage("batch", why) end
   local paths, code, failure
   ok, why, failure = check_extensions(values)
   if ok then
      paths, why = paths_of(rest)
      failure = exit.unreadable
   end
   if paths then code, why, failure = execute(values, paths) end
   if code then return code end
   report.error(why)
   return failure
end

return batch

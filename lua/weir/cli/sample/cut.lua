-- weir sample cut: exchanges of captures, workspaces and databases, into a database of their own.

local host    = require "weir.host"
local input   = require "weir.cli.input"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local sheet   = require "weir.sheet"
local writer  = require "weir.sample.writer"

local exit = report.exit

local cut = {
   name  = "sample cut",
   about = "write exchanges of captures, workspaces and databases into a database",
   usage = "weir sample cut [OPTION…] -r FILE… -w OUT.db [BPF FILTER]",
   examples = {
      { "weir sample cut -r x.pcap --keylog keys.txt -w x.db", "what a capture has" },
      { "weir sample cut -W weir-data -Y 'hostname == \"www.example.org\"' -w site.db",
        "what a workspace has of one site" },
      { "weir sample cut -r probe.db -c 100 -w first.db", "the first hundred of a database" },
   },
}

cut.options = {
   "Input",
   { "r", "read", value = "FILE", many = true, complete = "file",
     help = "a capture, a database of exchanges, or a folder of these; may be repeated" },
   { "W", "workspace", value = "DIR", complete = "directory",
     help = "the database of exchanges of a workspace, its probe.db" },
   { nil, "keylog", value = "FILE", complete = "file",
     help = "open TLS with the secrets in this file (SSLKEYLOGFILE)" },
   { "Y", "where", value = "EXPR", complete = "names",
     help = "only the exchanges for which EXPR holds" },
   { "c", "count", value = "N", kind = "number", help = "end after N exchanges" },
   "Output",
   { "w", "write", value = "FILE", complete = "file", help = "the database to be made" },
   { nil, "add", help = "add to a database that is there what it does not have" },
   { nil, "force", help = "write over a file that is there" },
   { nil, "zone", value = "ZONE",
     help = "of times that do not say theirs, read and written: utc (unless told), local, or as "
         .. "+02:00" },
   { "q", "quiet", help = "no last words on standard error" },
   { "h", "help", help = "show this help" },
}

-- What is asked of the core; or nil, why not, and the place in the filter.
local function measures_of(values)
   local filter, why, place
   if values.where then
      filter, why, place = require "weir.filter".new(values.where, { sources = {} })
      if not filter then return nil, why, place end
      local known
      known, why, place = filter:kinds { "exchange" }
      if not known then return nil, why, place end
      filter = filter:of "exchange"
   end
   return { packets = false, protocols = { "exchange" }, keylog = values.keylog }, filter
end

-- The sources that are named; a workspace has one.
local function sources_of(values)
   local list = { unpack(values.read or {}) }
   if values.workspace then list[#list + 1] = values.workspace .. "/probe.db" end
   for _, path in ipairs(list) do
      if host.same_file(path, values.write) then
         return nil, ("'%s' would be written over: it is read"):format(path)
      end
   end
   return list
end

-- ---- the loop ----------------------------------------------------------------------------------

local function pump(run)
   for batch in run.capture:batches() do
      local n, why = run.out:batch(batch, run.capture.paths, run.filter, run.left)
      if not n then return nil, why end
      run.left = run.left - n
      if run.left == 0 or host.stopped() then run.capture:enough() end
   end
   return true
end

-- Says what is wrong with sources; the exit code.
local function tell_problems(capture)
   local code = exit.ok
   for _, problem in ipairs(capture.problems) do
      if problem.damage then
         report.warning(("'%s' is %s"):format(problem.source, problem.text))
      else
         report.error(problem.text)
         code = input.exit_code(problem.status)
      end
   end
   return code
end

local function execute(values, words)
   if not values.write then return nil, "where to? Name a file with '-w OUT.db'", exit.usage end
   if values.add and values.force then return nil, "either '--add' or '--force'", exit.usage end
   local measures, filter, place = measures_of(values)
   if not measures then return nil, filter, exit.usage, place end
   local sources, why = sources_of(values)
   if not sources then return nil, why, exit.usage end
   local run = { filter = filter, left = values.count or math.huge }
   local asked = { read = sources[1] and sources, zone = values.zone }
   local code
   run.capture, why, code = input.open(asked, words, measures)
   if not run.capture then return nil, why, code end
   run.out, why = writer.open(values.write, values)
   if not run.out then return nil, why, exit.unreadable end
   host.watch()
   local ok
   ok, why = pump(run)
   local closed, reason = run.out:close(not ok)
   run.capture:close()
   code = tell_problems(run.capture)
   if not ok or not closed then return nil, why or reason, exit.unreadable end
   if not values.quiet then
      report.say(("%s of %s exchange%s written to %s"):format(sheet.count(run.out.count),
         sheet.count(run.out.asked), run.out.asked == 1 and "" or "s", values.write))
   end
   return host.stopped() == 2 and exit.interrupted or code
end

function cut.run(argv)
   local values, rest = options.parse(cut.options, argv)
   if not values then return report.usage(cut.name, rest) end
   if values.help then return report.page(options.help(cut, cut.options, host.width "stdout")) end
   local code, why, failure, place = execute(values, rest)
   if code then return code end
   if failure == exit.usage then return report.usage(cut.name, why, place) end
   report.error(why)
   return failure
end

return cut

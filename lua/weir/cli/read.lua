-- weir read: what is in captures or on an interface, as records.

local host     = require "weir.host"
local extend   = require "weir.cli.extend"
local input    = require "weir.cli.input"
local options  = require "weir.cli.options"
local progress = require "weir.cli.progress"
local report   = require "weir.cli.report"
local reading  = require "weir.cli.reading"
local schema   = require "weir.schema"
local sink     = require "weir.cli.sink"
local summary  = require "weir.cli.summary"
local wanted   = require "weir.cli.wanted"

local exit = report.exit
local PACKETS, FLOWS = 256, 1024          -- packets a read: those that are shown stay in the cache

local read = {
   name  = "read",
   about = "show what is in captures, or on an interface",
   usage = "weir read [OPTION…] [-r FILE]… [BPF FILTER]",
   examples = {
      { "weir read -r x.pcap", "a table of the flows: who, to whom, how much" },
      { "weir read -r x.pcap --top 10", "the ten that carried most" },
      { "weir read -r x.pcap.gz -T json | jq .src_ip", "one JSON object a flow" },
      { "weir read -r x.pcap --only packet", "the packets" },
      { "weir read -r x.pcap -T fields -e src_ip -e bytes_toserver",
        "chosen fields, separated by tabs" },
      { "weir read -r x.pcap --stats --splt 20 -T csv > flows.csv",
        "flows with NFStream's statistics, a column each" },
      { "weir read -r captures/ 'port 53' -w dns.pcapng",
        "what a filter lets through, into a file" },
      { "sudo weir read -i eth0 -c 100", "the next 100 packets of an interface" },
   },
}

read.options = reading

-- ---- the loop ---------------------------------------------------------------------

-- Writes one batch to all that want it.  Returns nil and why when that fails.
local function write(run, batch)
   if run.names_apps then run.capture:apps(batch) end
   local ok, why, gone = run.sink:write(batch)
   if ok and run.dump and batch.packet_count > 0 then
      run.dump:copy_secrets(run.capture)
      ok, why, gone = run.dump:write(batch, 0, batch.packet_count)
      if ok and run.values.packet_buffered then ok, why, gone = run.dump:flush() end
   end
   if ok and run.live then ok, why, gone = run.sink:flush() end
   return ok, why, gone
end

-- Says once what is wrong with a source, when it is known.
local function tell_problems(run)
   for i = run.told + 1, #run.capture.problems do
      local problem = run.capture.problems[i]
      local message = problem.text
      if problem.damage then message = ("'%s' is %s"):format(problem.source, message) end
      if problem.damage and not run.values.strict then
         report.warning(message)
      else
         report.error(message)
      end
      if not problem.damage or run.values.strict then run.code = input.exit_code(problem.status) end
   end
   run.told = #run.capture.problems
end

-- Counts what went by, for the last words.
local function tally(run, batch)
   run.flows = run.flows + batch.flow_count
   run.seconds = run.seconds + batch.second_count
   if run.progress then
      run.packets = run.packets + batch.moved
      run.progress:update(run.capture:progress().taken, run.packets)
   end
end

-- Shows a batch to the extensions.  Under --strict the first of their errors ends the run.
local function extended(run, batch)
   if not run.engine or run.engine:run(batch) then return true end
   run.code = exit.script
   run.capture:enough()
   return true
end

local function pump(run)
   local left = run.values.count or math.huge
   while true do
      if left <= 0 or host.stopped() then run.capture:enough() end
      local batch, n = run.capture:read(math.max(1, math.min(left, run.most)))
      tell_problems(run)
      if not batch then return end
      if run.engine then run.engine:look() end
      if n > 0 then
         local ok, why, gone = extended(run, batch)
         if ok then ok, why, gone = write(run, batch) end
         if not ok then return why, gone end
         left = left - batch.moved
         tally(run, batch)
      end
   end
end

local function write_facts(run, shape)
   local ok, why, gone = extend.write_facts(run.engine, shape)
   if not ok then return why, gone end
end

-- Closes what was opened; the first failure is the one that is told.
local function finish(run, why, gone)
   if run.progress then run.progress:finish() end
   for _, out in ipairs { run.sink, run.dump } do
      local ok, reason, nobody = out:close()
      if not ok and not why then why, gone = reason, nobody end
   end
   if gone then return exit.closed end
   if why then
      report.error(why)
      return exit.unreadable
   end
   if host.stopped() == 2 then return exit.interrupted end
   return run.code
end

local function last_words(run)
   if run.values.quiet then return end
   local read_counts, seen = run.capture:counts()
   if run.values.verbose then report.say(("format: %s"):format(run.format)) end
   seen.flows_written, seen.seconds_written = run.flows, run.seconds
   local lines = summary.lines(read_counts, seen, host.clock() - run.begun)
   for _, line in ipairs(run.values.verbose and summary.parsers(seen) or {}) do
      lines[#lines + 1] = line
   end
   for _, line in ipairs(run.engine and extend.summary(run.engine) or {}) do
      lines[#lines + 1] = line
   end
   for _, line in ipairs(lines) do report.say(line) end
end

-- Opens the file of -w, which is not one that is read: that would be gone.
local function open_dump(path, sources)
   for _, source in ipairs(path ~= "-" and sources or {}) do
      if host.same_file(source, path) then
         return nil, ("'%s' would be written over: it is read"):format(path), exit.usage
      end
   end
   local dump, why = require "weir.dump".open(path)
   return dump, why, exit.unreadable
end

-- What extensions give, for the sink; nil without any.
local function fields_of(engine)
   return engine and require "weir.extension.fields".part(engine:fields())
end

-- After a reload: shows what extensions give now, or says that it cannot be shown.
local function renew(run, want)
   local before, part = {}, fields_of(run.engine)
   for _, field in ipairs(want.part.rows) do before[field.name] = true end
   if not run.sink:renew(part) or want.fields then return end
   for _, field in ipairs(part.rows) do
      if not before[field.name] then
         report.warning(("'%s' is not shown: the columns stand; start again, or use -T json")
            :format(field.name))
      end
   end
end

local function start(values, want, capture, engine)
   local run = {
      values = values, capture = capture, engine = engine, code = exit.ok, told = 0, packets = 0,
      flows = 0, seconds = 0, begun = host.clock(), live = want.live, format = capture:format(),
      most = want.shows_packets and PACKETS or FLOWS,
      names_apps = want.measures.flows and want.asked.apps and want.shape ~= "table",
   }
   local why, code
   want.sources = {}
   for i, path in ipairs(capture.paths) do want.sources[i - 1] = path end
   run.sink, why = sink.open(values.facts and { shape = "none" } or want)
   if not run.sink then return nil, why, exit.unreadable end
   if engine then
      local ok
      ok, why = extend.attach(engine, capture)
      if not ok then return nil, why, exit.script end
      engine.on_renew = function () renew(run, want) end
   end
   if values.write then
      run.dump, why, code = open_dump(values.write, capture.paths)
      if not run.dump then return nil, why, code end
   end
   local width = host.width "stderr"
   local beside_table = want.shape == "table" and host.width "stdout"
   if width and not beside_table and not run.live and not values.quiet then
      run.progress = progress.new {
         label = "reading", total = capture:progress().size, clock = host.clock, width = width,
         write = function (text) io.stderr:write(text) end,
      }
   end
   return run
end

local function execute(values, filter)
   local engine, why, code = extend.open(values)
   if why then return nil, why, code end
   local want, capture, run
   want, why = wanted.of(values, fields_of(engine))
   if not want then return nil, why, exit.usage end
   if values.plan then return require "weir.cli.demand".show(values, want, engine) end
   if engine then
      want.asked.ext = true
      engine:measures(want.measures, want.live)
      jit.off(pump)                       -- with theirs inside, the loop cannot be compiled
   end
   capture, why, code = input.open(values, filter, want.measures)
   if not capture then return nil, why, code end
   run, why, code = start(values, want, capture, engine)
   if not run then return nil, why, code end
   host.watch()
   if values.user then
      local ok
      ok, why = host.become(values.user)
      if not ok then return nil, why, exit.denied end
   end
   why, code = pump(run)
   if engine then
      engine:stop()
      if values.facts and not why then why, code = write_facts(run, want.shape) end
   end
   code = finish(run, why, code)
   if code ~= exit.closed then last_words(run) end
   capture:close()
   return code
end

local function list_fields(values)
   local engine, why, code = extend.open(values)
   if why then return nil, why, code end
   return input.list_fields(values.only or schema.kinds, fields_of(engine))
end

function read.run(argv)
   for _, word in ipairs(argv) do report.json = report.json or word == "--json" end
   local values, rest = options.parse(read.options, argv)
   if not values then return report.usage("read", rest) end
   if values.help then return report.page(options.help(read, read.options, host.width "stdout")) end
   if values.list_interfaces then return input.list_interfaces() end
   local code, why, failure
   if values.list_fields then
      code, why, failure = list_fields(values)
   else
      code, why, failure = execute(values, rest)
   end
   if code then return code end
   if failure == exit.usage then return report.usage("read", why) end
   report.error(why)
   return failure
end

return read

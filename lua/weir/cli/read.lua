-- weir read: what is in captures or on an interface, as records.

local again    = require "weir.cli.again"
local host     = require "weir.host"
local extend   = require "weir.cli.extend"
local input    = require "weir.cli.input"
local options  = require "weir.cli.options"
local progress = require "weir.cli.progress"
local report   = require "weir.cli.report"
local reading  = require "weir.cli.reading"
local sink     = require "weir.cli.sink"
local summary  = require "weir.cli.summary"
local wanted   = require "weir.cli.wanted"
local where    = require "weir.cli.where"

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
      { "weir read -r x.pcap --only flow,dns -T table",
        "what happened, in order: names that were asked for, flows that ended" },
      { "weir read -r x.pcap --profile zeek --log-dir logs", "the logs that Zeek would write" },
      { "weir read -r x.pcap -T fields -e src_ip -e bytes_toserver",
        "chosen fields, separated by tabs" },
      { "weir read -r x.pcap --stats --splt 20 -T csv > flows.csv",
        "flows with NFStream's statistics, a column each" },
      { "weir read -r x.pcap -Y 'bytes_toclient > 1000000 and not src_ip == 10.0.0.0/8'",
        "the flows for which that holds" },
      { "weir read -r captures/ 'port 53' -w dns.pcapng",
        "what a filter lets through, into a file" },
      { "sudo weir read -i eth0 -c 100", "the next 100 packets of an interface" },
   },
}

read.options = reading

-- ---- the loop ---------------------------------------------------------------------

-- Writes the packets of a batch, or those that match, to the capture file.
local function write_packets(run, batch)
   if not run.packets_filter then return run.dump:write(batch, 0, batch.packet_count) end
   local spans, n = run.packets_filter.spans(batch, 0, batch.packet_count)
   for i = 1, n, 2 do
      local ok, why, gone = run.dump:write(batch, spans[i], spans[i + 1])
      if not ok then return nil, why, gone end
   end
   return true
end

-- Writes one batch to all that want it.  Returns nil and why when that fails.
local function write(run, batch)
   if run.names_apps then run.capture:apps(batch) end
   local ok, why, gone = run.sink:write(batch)
   if ok and run.again then
      run.again:note(batch, run.filters)
   elseif ok and run.dump and batch.packet_count > 0 then
      run.dump:copy_secrets(run.capture)
      ok, why, gone = write_packets(run, batch)
      if ok and run.values.packet_buffered then ok, why, gone = run.dump:flush() end
   end
   if ok and run.live then ok, why, gone = run.sink:flush() end
   return ok, why, gone
end

-- Says once what is wrong with a source, when it is known.
local function tell_problems(run)
   if run.is_second then return end                      -- they were told
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
   if run.sink.matched then lines[#lines + 1] = where.said(run.sink.matched) end
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

-- The line that says how far it is, where there is one.
local function show_progress(run, label, is_table)
   local width = host.width "stderr"
   local beside_table = is_table and host.width "stdout"
   if not width or beside_table or run.live or run.values.quiet then return nil end
   return progress.new {
      label = label, total = run.capture:progress().size, clock = host.clock, width = width,
      unit = run.capture.sample and "exchanges", write = function (text) io.stderr:write(text) end,
   }
end

local function start(values, want, capture, engine)
   local run = {
      values = values, capture = capture, engine = engine, code = exit.ok, told = 0, packets = 0,
      flows = 0, seconds = 0, begun = host.clock(), live = want.live, format = capture:format(),
      most = want.shows_packets and PACKETS or FLOWS,
      packets_filter = want.filter and values.write and want.filter:of "packet",
      filters = where.by_number(want.filter, want.kinds),
      names_apps = want.measures.flows and want.asked.apps and want.shape ~= "table",
   }
   local why, code
   want.sources = want.sources or {}
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
   run.progress = show_progress(run, "reading", want.shape == "table")
   return run
end

-- The second pass, for the packets of the flows that were chosen.
local function pump_again(run)
   local first = run.progress
   if first then first:finish() end
   local second = setmetatable({
      capture = run.again.capture, sink = run.again:sink(run.dump), packets = 0, is_second = true,
      most = PACKETS,
   }, { __index = run })
   second.engine, second.dump, second.again = false, false, false
   second.progress = first and show_progress(second, "writing")
   local why, gone = pump(second)
   if second.progress then second.progress:finish() end
   second.capture:close()
   return why, gone
end

local function execute(values, filter)
   local engine, why, code = extend.open(values)
   if why then return nil, why, code end
   local want, capture, run, place
   want, why, place = wanted.of(values, fields_of(engine))
   if not want then return nil, why, exit.usage, place end
   require "weir.community".seed = values.community_seed or 0
   if values.plan then return require "weir.cli.demand".show(values, want, engine) end
   if engine then
      want.asked.ext = true
      engine:measures(want.measures, want.live)
      jit.off(pump)                       -- with theirs inside, the loop cannot be compiled
   end
   if want.again then again.measures(want.measures) end
   capture, why, code = input.open(values, filter, want.measures)
   if not capture then return nil, why, code end
   run, why, code = start(values, want, capture, engine)
   if not run then return nil, why, code end
   if want.again then
      run.again, why, code = again.open(values, filter, want.measures, capture)
      if not run.again then return nil, why, code end
   end
   host.watch()
   jit.on()                               -- what comes now goes on for long
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
   if run.again and not why and not host.stopped() then why, code = pump_again(run) end
   code = finish(run, why, code)
   if code ~= exit.closed then last_words(run) end
   capture:close()
   return code
end

local function list_fields(values, words)
   local engine, why, code = extend.open(values)
   if why then return nil, why, code end
   code, why = require "weir.cli.fields".list(values.only, words, fields_of(engine))
   return code, why, exit.usage
end

-- What is done once before anything is read is not worth compiling: that took half of the start.
function read.run(argv)
   jit.off()
   for _, word in ipairs(argv) do report.json = report.json or word == "--json" end
   local values, rest = options.parse(read.options, argv)
   if not values then return report.usage("read", rest) end
   if values.help then return report.page(options.help(read, read.options, host.width "stdout")) end
   if values.list_interfaces then return input.list_interfaces() end
   local code, why, failure, place
   if values.list_fields then
      code, why, failure = list_fields(values, rest)
   else
      code, why, failure, place = execute(values, rest)
   end
   if code then return code end
   if failure == exit.usage then return report.usage("read", why, place) end
   report.error(why)
   return failure
end

return read

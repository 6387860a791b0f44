-- weir read: what is in captures or on an interface, as records.

local host     = require "weir.host"
local flows    = require "weir.cli.flows"
local input    = require "weir.cli.input"
local options  = require "weir.cli.options"
local progress = require "weir.cli.progress"
local report   = require "weir.cli.report"
local schema   = require "weir.schema"
local sink     = require "weir.cli.sink"
local stamp    = require "weir.cli.stamp"
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

read.options = {
   "Input",
   { "r", "read", value = "FILE", many = true, complete = "file",
     help = "a capture, a folder of captures, or '-' for standard input; may be repeated" },
   { "i", "interface", value = "IF", complete = "interfaces", help = "listen to an interface" },
   { "D", "list-interfaces", help = "list the interfaces and end" },
   { "f", "filter", value = "BPF",
     help = "keep what this capture filter lets through; the words after the options are one too" },
   { "F", "filter-file", value = "FILE", complete = "file",
     help = "read a capture filter from a file" },
   { "c", "count", value = "N", kind = "number", help = "end after N packets" },
   { "s", "snaplen", value = "N", kind = "number",
     help = "look at no more than N bytes of a packet" },
   { "k", "checksums", value = "WHICH", choices = { "none", "all" },
     help = "check these checksums; none unless told" },
   { nil, "follow", help = "at the end of the file, wait for it to grow" },
   { "B", "buffer-size", value = "SIZE", kind = "size",
     help = "the kernel's buffer for an interface; 8M unless told" },
   { "p", "no-promiscuous", help = "do not put the interface into promiscuous mode" },
   { "Z", "user", value = "USER", help = "become USER once the input is open" },
   "Output",
   { "T", "type", value = "FORMAT", choices = sink.shapes,
     help = "how to write the records; unless told a table on a terminal, else json; "
         .. "none only counts" },
   { "e", "field", value = "FIELD", many = true, complete = "fields",
     help = "write this field, and measure what it takes; may be repeated "
         .. "(--list-fields names them)" },
   { "E", "format", value = "K=V,…", many = true,
     help = wanted.FORMAT .. " for csv, tsv and fields" },
   { "w", "write", value = "FILE", complete = "file",
     help = "write the packets to a capture file: pcapng if its name ends so, else pcap" },
   { "t", "time-format", value = "LETTER", choices = stamp.letters,
     help = "times in the table: r since the first (unless told), d since the one before, a local, "
         .. "ad with the date, u UTC, ud with the date, e since 1970" },
   { nil, "only", value = "KIND,…", kind = "list", choices = schema.kinds,
     help = "show these kinds of records; flows unless told" },
   { nil, "sort", value = "BY", choices = flows.sorts,
     help = "the order of a table of flows; by start unless told, '-' turns it round" },
   { nil, "top", value = "N", kind = "number",
     help = "only the first N flows of the table; by bytes unless --sort says otherwise" },
   { "n", "no-names", help = "numbers instead of names; addresses of packets always are" },
   { "l", "line-buffered", help = "hand on each line at once" },
   { "U", "packet-buffered", help = "with -w, hand on packets as they come" },
   { "q", "quiet", help = "no last words on standard error" },
   { "v", "verbose", count = true, help = "say more of the input" },
   "Flows",
   { nil, "seconds",
     help = "also a record for each second of each flow; in a table of flows, bars over time" },
   { nil, "stats", help = "add NFStream's statistics: columns, in JSON the object 'stats'" },
   { nil, "splt", value = "N", kind = "number",
     help = "add direction, size and gap of the first N packets to the statistics; "
         .. wanted.SPLT .. " when -e names one of them" },
   { nil, "tcp", help = "add facts of IP and TCP: columns, in JSON the object 'facts'" },
   { nil, "offsets", help = "add where in the file the packets of the flow are" },
   { nil, "idle", value = "S", kind = "number", real = true,
     help = "a flow without packets for S seconds ends; 120 unless told" },
   { nil, "active", value = "S", kind = "number", real = true,
     help = "a flow lasts S seconds at most; 1800 unless told" },
   { nil, "flow-end", value = "HOW", choices = { "tcp", "nfstream" },
     help = "tcp: also when TCP ends it (unless told); nfstream: by time-outs alone" },
   { nil, "max-flows", value = "N", kind = "number",
     help = "remember N flows at once, then end those due first; 4194304 unless told" },
   { nil, "community-seed", value = "N", kind = "number", help = "the seed of Community IDs" },
   "Other",
   { "j", "jobs", value = "N", kind = "number",
     help = "with 2, read and decode files in a thread of its own, but for -c and -w; "
         .. "more are not used" },
   { nil, "strict", help = "a damaged file is a failure (exit 3)" },
   { nil, "json", help = "say errors and warnings as JSON objects" },
   { nil, "list-fields", help = "list the fields and what they mean" },
   { "h", "help", help = "show this help" },
}

-- ---- the loop ---------------------------------------------------------------------

-- Writes one batch to all that want it.  Returns nil and why when that fails.
local function write(run, batch)
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

local function pump(run)
   local left = run.values.count or math.huge
   while true do
      if left <= 0 or host.stopped() then run.capture:enough() end
      local batch, n = run.capture:read(math.max(1, math.min(left, run.most)))
      tell_problems(run)
      if not batch then return end
      if n > 0 then
         local ok, why, gone = write(run, batch)
         if not ok then return why, gone end
         left = left - batch.moved
         tally(run, batch)
      end
   end
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

local function start(values, want, capture)
   local run = {
      values = values, capture = capture, code = exit.ok, told = 0, packets = 0, flows = 0,
      seconds = 0, begun = host.clock(), live = want.live, format = capture:format(),
      most = want.measures.packets and PACKETS or FLOWS,
   }
   local why, code
   want.sources = {}
   for i, path in ipairs(capture.paths) do want.sources[i - 1] = path end
   run.sink, why = sink.open(want)
   if not run.sink then return nil, why, exit.unreadable end
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
   local want, why = wanted.of(values)
   if not want then return nil, why, exit.usage end
   local capture, run, code
   capture, why, code = input.open(values, filter, want.measures)
   if not capture then return nil, why, code end
   run, why, code = start(values, want, capture)
   if not run then return nil, why, code end
   host.watch()
   if values.user then
      local ok
      ok, why = host.become(values.user)
      if not ok then return nil, why, exit.denied end
   end
   why, code = pump(run)
   code = finish(run, why, code)
   if code ~= exit.closed then last_words(run) end
   capture:close()
   return code
end

function read.run(argv)
   local values, rest = options.parse(read.options, argv)
   if not values then return report.usage("read", rest) end
   report.json = values.json
   if values.help then return report.page(options.help(read, read.options, host.width "stdout")) end
   if values.list_interfaces then return input.list_interfaces() end
   if values.list_fields then return input.list_fields(values.only or schema.kinds) end
   local code, why, failure = execute(values, rest)
   if code then return code end
   if failure == exit.usage then return report.usage("read", why) end
   report.error(why)
   return failure
end

return read

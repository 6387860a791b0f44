-- weir read: packets of captures or an interface, as records.

local host     = require "weir.host"
local input    = require "weir.cli.input"
local options  = require "weir.cli.options"
local progress = require "weir.cli.progress"
local report   = require "weir.cli.report"
local schema   = require "weir.schema"
local sink     = require "weir.cli.sink"
local stamp    = require "weir.cli.stamp"
local summary  = require "weir.cli.summary"

local exit = report.exit
local KIND = "packet"
local FORMAT = "header=y|n, separator=C, quote=d|s|n, aggregator=C"

local read = {
   name  = "read",
   about = "show what is in captures, or on an interface",
   usage = "weir read [OPTION…] [-r FILE]… [BPF FILTER]",
   examples = {
      { "weir read -r x.pcap", "a table of the packets" },
      { "weir read -r x.pcap.gz -T json | jq .src_ip", "one JSON object a packet" },
      { "weir read -r x.pcap -T fields -e time -e src_ip -e size",
        "chosen fields, separated by tabs" },
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
     help = "write this field; may be repeated (--list-fields names them)" },
   { "E", "format", value = "K=V,…", many = true,
     help = FORMAT .. " for csv, tsv and fields" },
   { "w", "write", value = "FILE", complete = "file",
     help = "write the packets to a capture file: pcapng if its name ends so, else pcap" },
   { "t", "time-format", value = "LETTER", choices = stamp.letters,
     help = "times in the table: r since the first (unless told), d since the one before, a local, "
         .. "ad with the date, u UTC, ud with the date, e since 1970" },
   { nil, "only", value = "KIND,…", kind = "list",
     help = "show these kinds of records: 'packet' is the one there is" },
   { "n", "no-names", help = "numbers instead of names; addresses of packets always are" },
   { "l", "line-buffered", help = "hand on each line at once" },
   { "U", "packet-buffered", help = "with -w, hand on packets as they come" },
   { "q", "quiet", help = "no last words on standard error" },
   { "v", "verbose", count = true, help = "say more of the input" },
   "Other",
   { nil, "strict", help = "a damaged file is a failure (exit 3)" },
   { nil, "json", help = "say errors and warnings as JSON objects" },
   { nil, "list-fields", help = "list the fields and what they mean" },
   { "h", "help", help = "show this help" },
}

-- ---- what was asked for --------------------------------------------------------

-- The pairs of -E: `separator` and `aggregator` may be any one character, also a comma.
local function parse_format(list)
   local letters = { ["/t"] = "\t", ["/s"] = " ", d = '"', s = "'", n = "" }
   local known = { header = "[yn]", separator = "/?.", quote = "[dsn]", aggregator = "/?." }
   local found = {}
   for _, text in ipairs(list or {}) do
      while text ~= "" do
         local name, rest = text:match "^(%w+)=(.*)$"
         local value = name and known[name] and rest:match("^" .. known[name])
         if not value then
            return nil, ("option '-E' does not know '%s': %s"):format(text, FORMAT)
         end
         if name ~= "header" then value = letters[value] or value end
         found[name], text = value, rest:sub(#rest:match("^" .. known[name]) + 1):gsub("^,", "")
      end
   end
   if found.header then found.header = found.header == "y" end
   return {
      header = found.header, separator = found.separator,
      quote = found.quote, within = found.aggregator,
   }
end

local function find_fields(names)
   if not names then return nil end
   local fields = {}
   for i, name in ipairs(names) do
      local field, why = schema.field(KIND, name)
      if not field then return nil, why .. "; 'weir read --list-fields' lists them" end
      fields[i] = field
   end
   return fields
end

-- The shape of the output: asked for, or what suits where it goes.
local function choose_shape(values)
   if values.type then return values.type end
   if values.write then return "none" end
   if host.width "stdout" then return "table" end
   return values.field and "fields" or "json"
end

-- Opens the sink; or nil, the reason, and the exit code.
local function open_sink(values, shape, capture)
   local format, fields, why
   format, why = parse_format(values.format)
   if not format then return nil, why, exit.usage end
   fields, why = find_fields(values.field)
   if why then return nil, why, exit.usage end
   if shape == "fields" and not fields then
      return nil, "'-T fields' needs to know which: name them with -e", exit.usage
   end
   if values.line_buffered then format.flush = true end
   local sources = {}
   for i, path in ipairs(capture.paths) do sources[i - 1] = path end
   return sink.open {
      shape = shape, kind = KIND, fields = fields, format = format,
      stamp = values.time_format, sources = sources,
   }
end

-- ---- the loop ---------------------------------------------------------------------

-- Writes one batch to all that want it.  Returns nil and why when that fails.
local function write(run, batch, n)
   local ok, why, gone = run.sink:write(batch, 0, n)
   if ok and run.dump then
      run.dump:copy_secrets(run.capture)
      ok, why, gone = run.dump:write(batch, 0, n)
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

local function pump(run)
   local left = run.values.count or math.huge
   while left > 0 and not host.stopped() do
      local batch, n = run.capture:read(math.min(left, 1024))
      tell_problems(run)
      if not batch then return end
      if n > 0 then
         local ok, why, gone = write(run, batch, n)
         if not ok then return why, gone end
         left = left - n
      end
      if run.progress then
         run.progress:update(run.capture:progress().taken, batch.packets[0].ordinal)
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
   local lines = summary.lines(read_counts, seen, host.clock() - run.begun)
   for _, line in ipairs(lines) do report.say(line) end
end

local function start(values, capture)
   local run = {
      values = values, capture = capture, code = exit.ok, told = 0,
      begun = host.clock(), live = values.interface, format = capture:format(),
   }
   local why, code
   run.shape = choose_shape(values)
   run.sink, why, code = open_sink(values, run.shape, capture)
   if not run.sink then return nil, why, code or exit.unreadable end
   if values.write then
      run.dump, why = require "weir.dump".open(values.write)
      if not run.dump then return nil, why, exit.unreadable end
   end
   local width = host.width "stderr"
   local beside_table = run.shape == "table" and host.width "stdout"
   if width and not beside_table and not run.live and not values.quiet then
      run.progress = progress.new {
         label = "reading", total = capture:progress().size, clock = host.clock, width = width,
         write = function (text) io.stderr:write(text) end,
      }
   end
   return run
end

local function execute(values, filter)
   local capture, why, code = input.open(values, filter)
   if not capture then return nil, why, code end
   local run
   run, why, code = start(values, capture)
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
   if values.list_fields then return input.list_fields(KIND) end
   for _, kind in ipairs(values.only or {}) do
      if kind ~= KIND then
         local why = ("no kind of record is called '%s': there is 'packet'"):format(kind)
         return report.usage("read", why)
      end
   end
   local code, why, failure = execute(values, rest)
   if code then return code end
   if failure == exit.usage then return report.usage("read", why) end
   report.error(why)
   return failure
end

return read

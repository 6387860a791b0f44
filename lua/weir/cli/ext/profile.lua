-- weir ext profile: what each moment of an extension costs.

local company = require "weir.cli.ext.company"
local gather  = require "weir.cli.ext.gather"
local golden  = require "weir.extension.golden"
local host    = require "weir.host"
local json    = require "weir.json"
local measure = require "weir.cli.ext.measure"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local sheet   = require "weir.sheet"

local exit = report.exit

local profile = {
   name  = "ext profile",
   about = "what each moment of an extension costs",
   usage = "weir ext profile [OPTION…] EXTENSION…",
   rest  = "extensions",
   examples = {
      { "weir ext profile -r x.pcap burstiness", "on traffic of yours: believe this one" },
      { "weir ext profile burstiness",
        "on its own sample, its packets repeated until they are 100000" },
   },
}

local MEASURED = [[

Three passes are made.  The first has runs with the extensions and without
them, else alike, and sees which traces the compiler gives up in a moment:
code that it gives up again and again is interpreted, and slow.  The second
has a clock around each moment and takes off what the clock itself needs;
differences of some nanoseconds a call are noise.  The third, without the
compiler, counts what each moment allocates; compiled code allocates less.
]]

profile.options = {
   { "r", "read", value = "FILE", complete = "file",
     help = "a capture; its first sample unless told" },
   { "c", "count", value = "N", kind = "number",
     help = "no more than N packets a run; 1000000 unless told" },
   { nil, "seconds", value = "S", kind = "number", real = true,
     help = "how long each pass lasts at least; 1 unless told" },
   { nil, "json", help = "write JSON: an object a moment" },
   { "h", "help", help = "show this help" },
}

local columns = {
   { name = "extension", colour = "dim", spare = 1 }, { name = "moment", colour = "bold" },
   { name = "calls", align = "right" }, { name = "time", align = "right" },
   { name = "a call", align = "right", colour = "cyan" }, { name = "share", align = "right" },
   { name = "bytes a call", align = "right" }, { name = "aborts", align = "right" },
   { name = "most of them", min = 10, shrink = 1, spare = 2 },
}

local function nanoseconds(seconds) return ("%.0f ns"):format(seconds * 1e9) end

local function show(found, path)
   local sum = 0
   for _, row in ipairs(found.rows) do sum = sum + row.seconds end
   report.page(("%s: %s a packet, %s without the extensions (%s packets)\n"):format(path,
      nanoseconds(found.with), nanoseconds(found.without), sheet.count(found.packets)))
   local out = report.sheet(columns)
   for _, row in ipairs(found.rows) do
      local is_called = row.calls > 0
      out:row {
         row.ext, row.moment, sheet.count(row.calls),
         is_called and sheet.duration(row.seconds) or "",
         is_called and nanoseconds(row.seconds / row.calls) or "",
         sum > 0 and ("%.0f %%"):format(row.seconds / sum * 100) or "",
         is_called and ("%.0f"):format(row.bytes) or "", row.aborts, row.reason,
      }
   end
   out:finish()
end

local function show_json(found)
   for _, row in ipairs(found.rows) do
      report.page(json.record {
         { "extension", row.ext }, { "moment", row.moment }, { "calls", row.calls },
         { "ns", row.seconds * 1e9 }, { "ns_per_call", row.seconds * 1e9 / row.calls },
         { "bytes_per_call", row.bytes }, { "aborts", row.aborts }, { "reason", row.reason },
         { "ns_per_packet", found.with * 1e9 },
         { "ns_per_packet_without", found.without * 1e9 },
      } .. "\n")
   end
end

-- The capture that is read: that of -r, or the first sample; nil when there is none.
local function capture_of(values, list)
   if values.read then return values.read end
   for _, found in ipairs(list) do
      local sample = golden.samples(found.ext)[1]
      if sample then return (sample.capture:gsub("^%./", "")) end
   end
end

local function execute(values, list)
   for _, found in ipairs(list) do
      if not found.ext then return nil, found.why, exit.script end
   end
   local path = capture_of(values, list)
   if not path then return nil, "there is no sample: name a capture with '-r FILE'", exit.usage end
   local found, why = measure.run(company.new(list), list, {
      path = path, seconds = values.seconds or 1, count = values.count or 1000000,
   })
   if not found then return nil, why, exit.unreadable end
   if values.json then show_json(found) else show(found, path) end
   if found.faults.total == 0 then return exit.ok end
   return nil, ("%d errors on the way, so that this is not what it costs: 'weir test --explain'")
      :format(found.faults.total), exit.script
end

function profile.run(argv)
   local values, rest = options.parse(profile.options, argv)
   if not values then return report.usage("ext profile", rest) end
   if values.help then
      return report.page(options.help(profile, profile.options, host.width "stdout") .. MEASURED)
   end
   if #rest == 0 then return report.usage("ext profile", "of which extension?") end
   report.json = values.json
   local list, why = gather.named(rest)
   if not list then return report.usage("ext profile", why) end
   local code, reason, failure = execute(values, gather.load(list))
   if code then return code end
   report.error(reason)
   return failure
end

return profile

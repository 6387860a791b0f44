-- weir ext test: runs extensions over their samples and compares with what is expected.

local company = require "weir.cli.ext.company"
local differ  = require "weir.cli.ext.differ"
local gather  = require "weir.cli.ext.gather"
local golden  = require "weir.extension.golden"
local host    = require "weir.host"
local json    = require "weir.json"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local sample  = require "weir.cli.ext.sample"
local text    = require "weir.text"

local exit, paint = report.exit, differ.paint

local test = {
   name  = "ext test",
   about = "run extensions over their samples and compare with what is expected",
   usage = "weir ext test [OPTION…] [DIR|FILE|NAME]…      (short: weir test)",
   rest  = "extensions",
   examples = {
      { "weir test", "those in ./extensions, or below this folder" },
      { "weir test extensions/features/burstiness.lua",
        "one of them: its samples are burstiness.pcap and burstiness-*.pcap beside it, and the "
           .. "records it should make of them burstiness.jsonl …" },
      { "weir test hello", "one in a folder of its own: each capture in it is a sample" },
      { "weir test --update hello", "what it makes now is right: expect it from now on" },
      { "weir test --explain hello", "how often each moment was called, and if never, why" },
      { "weir test --explain -f 'udp port 53' hello", "the same for a part of the sample" },
   },
}

test.options = {
   { nil, "update", help = "write the expected records anew" },
   { nil, "explain", help = "say how often each moment was called, and why if it never was" },
   { "f", "filter", value = "BPF", help = "with --explain: what this capture filter lets through" },
   { "c", "count", value = "N", kind = "number", help = "with --explain: the first N packets" },
   { nil, "json", help = "write JSON: an object for each sample" },
   { "h", "help", help = "show this help" },
}

-- ---- running -------------------------------------------------------------------------------

-- What came of an extension: { found, state, why, results }, where the state is "untested",
-- "broken" (it does not load), "ok" or "FAILED".
local function outcome(around, found, is_update)
   if not found.ext then
      return { found = found, state = "broken", why = found.why, results = {} }
   end
   local own = { found = found, state = "ok", results = {} }
   for i, paths in ipairs(golden.samples(found.ext)) do
      local result = sample.run(around, found, paths, is_update)
      own.results[i] = result
      if result.state ~= "ok" and result.state ~= "written" then own.state = "FAILED" end
   end
   if #own.results == 0 then own.state = "untested" end
   return own
end

-- ---- showing -------------------------------------------------------------------------------

local COLOURS = { ok = "green", FAILED = "red", broken = "red", untested = "yellow" }

local function counted(n, word) return ("%d %s%s"):format(n, word, n == 1 and "" or "s") end

local function base(path) return path:match "[^/]+$" end

-- What is said of one sample; nil when it is as expected.
local function verdict(result)
   local name, state = text.safe(base(result.paths.capture)), result.state
   if state == "ok" then return nil end
   if state == "written" then
      return ("%s: wrote %s, %s"):format(name, text.safe(base(result.paths.expected)),
         counted(#result.made, "record"))
   elseif state == "new" then
      return ("%s: nothing is expected of it yet: 'weir test --update', and the extension's name, "
         .. "writes %s"):format(name, text.safe(base(result.paths.expected)))
   elseif result.why then
      return ("%s: %s"):format(name, text.safe(result.why))
   end
   return ("%s: %s"):format(name, counted(#result.differences, "difference"))
end

local function heading(own)
   if own.state == "broken" then return text.safe(own.why) end
   if own.state == "untested" then
      return ("no sample: put a capture beside it, %s"):format(
         own.found.path:find "init%.lua$" and "in its folder" or own.found.name .. ".pcap")
   end
   return counted(#own.results, "sample")
end

local function show(own, width)
   local found = own.found
   local state = paint(own.state, COLOURS[own.state]) .. (" "):rep(8 - #own.state)
   report.page(("%s  %-" .. width .. "s  %s\n"):format(state, text.safe(found.name), heading(own)))
   for _, result in ipairs(own.results) do
      local line = verdict(result)
      if line then report.page("   " .. line .. "\n") end
      if result.state == "differs" then
         for _, each in ipairs(differ.lines(result)) do report.page("      " .. each .. "\n") end
      end
   end
end

local function show_json(own)
   local function put(result)
      report.page(json.record {
         { "extension", own.found.name }, { "path", own.found.path },
         { "sample", result.paths and result.paths.capture }, { "result", result.state },
         { "differences", result.state == "differs" and result.differences or nil },
         { "error", result.why },
      } .. "\n")
   end
   for _, result in ipairs(own.results) do put(result) end
   if #own.results == 0 then put { state = own.state, why = own.why } end
end

local SUMMED = {
   { "ok", "as expected" }, { "differs", "differ", "differs" }, { "failed", "failed" },
   { "unreadable", "unreadable" }, { "new", "without expected records" },
   { "written", "written" },
}

-- How many samples came out how, and how many extensions have none.
local function tally(outcomes)
   local sums = { samples = 0, untested = 0, broken = 0 }
   for _, own in ipairs(outcomes) do
      sums[own.state] = (sums[own.state] or 0) + (#own.results == 0 and 1 or 0)
      for _, result in ipairs(own.results) do
         sums.samples = sums.samples + 1
         sums[result.state] = (sums[result.state] or 0) + 1
      end
   end
   return sums
end

-- "12 extensions, 14 samples: 13 as expected, 1 differs"
local function summary(outcomes, sums)
   local parts = {}
   for _, summed in ipairs(SUMMED) do
      local n = sums[summed[1]] or 0
      if n > 0 then parts[#parts + 1] = ("%d %s"):format(n, n == 1 and summed[3] or summed[2]) end
   end
   local line = ("%s, %s"):format(counted(#outcomes, "extension"), counted(sums.samples, "sample"))
   if #parts > 0 then line = line .. ": " .. table.concat(parts, ", ") end
   if sums.broken > 0 then line = ("%s; %d not loaded"):format(line, sums.broken) end
   if sums.untested > 0 then line = ("%s; %d untested"):format(line, sums.untested) end
   return line
end

local function exit_code(sums)
   if sums.broken > 0 or (sums.failed or 0) > 0 then return exit.script end
   if (sums.unreadable or 0) > 0 then return exit.unreadable end
   return (sums.differs or sums.new) and exit.different or exit.ok
end

-- ---- the command ---------------------------------------------------------------------------

local function execute(values, list)
   local around, outcomes, width = company.new(list, report.say), {}, 0
   for _, found in ipairs(list) do width = math.max(width, #found.name) end
   for i, found in ipairs(list) do
      outcomes[i] = outcome(around, found, values.update)
      if values.json then show_json(outcomes[i]) else show(outcomes[i], width) end
   end
   local sums = tally(outcomes)
   if not values.json then report.page(summary(outcomes, sums) .. "\n") end
   return exit_code(sums)
end

function test.run(argv)
   local values, rest = options.parse(test.options, argv)
   if not values then return report.usage("ext test", rest) end
   if values.help then return report.page(options.help(test, test.options, host.width "stdout")) end
   if (values.filter or values.count) and not values.explain then
      return report.usage("ext test", "'-f' and '-c' are for '--explain'")
   end
   report.json = values.json
   local list, why = gather.named(rest)
   if not list then return report.usage("ext test", why) end
   gather.load(list)
   if values.explain then return require "weir.cli.ext.explain".run(values, list) end
   return execute(values, list)
end

return test

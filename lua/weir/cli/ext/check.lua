-- weir ext check: what is wrong, or strange, with extensions, without running them over packets.

local company = require "weir.cli.ext.company"
local differ  = require "weir.cli.ext.differ"
local gather  = require "weir.cli.ext.gather"
local globals = require "weir.cli.ext.globals"
local golden  = require "weir.extension.golden"
local host    = require "weir.host"
local json    = require "weir.json"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local text    = require "weir.text"

local exit = report.exit

local check = {
   name  = "ext check",
   about = "what is wrong with extensions, before they see a packet",
   usage = "weir ext check [OPTION…] [DIR|FILE|NAME]…",
   rest  = "extensions",
   examples = {
      { "weir ext check", "those in ./extensions, or below this folder" },
      { "weir ext check burstiness", "the one that --ext burstiness would run" },
      { "weir ext check drafts/beacon.lua", "one file" },
   },
}

check.options = {
   { nil, "json", help = "write JSON: an object for each thing found" },
   { "h", "help", help = "show this help" },
}

local function bare(path) return (path:gsub("^%./", "")) end

-- Expected records whose capture is not there.
local function orphans(ext, add)
   local known = {}
   for _, sample in ipairs(golden.samples(ext)) do known[sample.expected] = true end
   for _, entry in ipairs(host.entries(ext.folder) or {}) do
      local base, path = entry:match "^(.*)%.jsonl$", ext.folder .. "/" .. entry
      local is_ours = base and (ext.path:find "init%.lua$" or base == ext.name
         or base:sub(1, #ext.name + 1) == ext.name .. "-")
      if is_ours and not known[path] then
         add("hint", ("%s: there is no capture that makes these records"):format(bare(path)))
      end
   end
end

local function check_samples(ext, add)
   local samples = golden.samples(ext)
   if #samples == 0 then
      add("hint", ("%s: no sample, so nothing is tested: put a capture beside it, %s"):format(
         ext.path, ext.path:find "init%.lua$" and "in its folder" or ext.name .. ".pcap"))
   end
   for _, sample in ipairs(samples) do
      if not host.is_file(sample.expected) then
         add("hint", ("%s: nothing is expected of it: 'weir test --update' writes %s"):format(
            bare(sample.capture), sample.expected:match "[^/]+$"))
      end
   end
   orphans(ext, add)
end

-- What there is to say about one that was found: { severity, message }, the worst first.
local function findings(around, found)
   local list = {}
   local function add(severity, message)
      list[#list + 1] = { severity = severity, message = message }
   end
   if not found.ext then
      add("error", found.why)
      return list
   end
   local ok, why = around:of(found)
   if not ok then add("error", ("%s: %s"):format(found.path, why)) end
   for _, warning in ipairs(found.ext.warnings) do add("warning", warning) end
   for _, warning in ipairs(globals.check(found.ext)) do add("warning", warning) end
   check_samples(found.ext, add)
   return list
end

local COLOURS = { error = "red", warning = "yellow", hint = "dim", ok = "green" }

local function show(found, list)
   if not list[1] or list[1].severity == "hint" then
      report.page(("%s       %s\n"):format(differ.paint("ok", COLOURS.ok), text.safe(found.name)))
   end
   for _, one in ipairs(list) do
      report.page(("%s%s  %s\n"):format(differ.paint(one.severity, COLOURS[one.severity]),
         (" "):rep(7 - #one.severity), text.safe(one.message)))
   end
end

local function show_json(found, list)
   for _, one in ipairs(#list > 0 and list or { { severity = "ok" } }) do
      report.page(json.record {
         { "extension", found.name }, { "path", found.path }, { "severity", one.severity },
         { "message", one.message },
      } .. "\n")
   end
end

function check.run(argv)
   local values, rest = options.parse(check.options, argv)
   if not values then return report.usage("ext check", rest) end
   if values.help then
      return report.page(options.help(check, check.options, host.width "stdout"))
   end
   report.json = values.json
   local list, why = gather.named(rest)
   if not list then return report.usage("ext check", why) end
   local around, sums = company.new(gather.load(list)), { error = 0, warning = 0, hint = 0 }
   for _, found in ipairs(list) do
      local own = findings(around, found)
      if values.json then show_json(found, own) else show(found, own) end
      for _, one in ipairs(own) do sums[one.severity] = sums[one.severity] + 1 end
   end
   if sums.error > 0 then return exit.script end
   return sums.warning > 0 and exit.different or exit.ok
end

return check

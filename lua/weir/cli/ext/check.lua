-- weir ext check: what is wrong, or strange, with extensions, without running them over packets.

local company  = require "weir.cli.ext.company"
local gather   = require "weir.cli.ext.gather"
local globals  = require "weir.cli.ext.globals"
local golden   = require "weir.extension.golden"
local host     = require "weir.host"
local options  = require "weir.cli.options"
local report   = require "weir.cli.report"
local pipeline = require "weir.pipeline.check"
local verdict  = require "weir.cli.ext.verdict"

local check = {
   name  = "ext check",
   about = "what is wrong with extensions, before they see a packet",
   usage = "weir ext check [OPTION…] [DIR|FILE|NAME|weir.yaml]…",
   rest  = "extensions",
   examples = {
      { "weir ext check", "those in ./extensions, or below this folder" },
      { "weir ext check burstiness", "the one that --ext burstiness would run" },
      { "weir ext check drafts/beacon.lua", "one file" },
      { "weir ext check weir.yaml", "a pipeline: all that can be known before it runs" },
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

-- What there is to say about a pipeline: of its file, and of the texts of its extensions.
local function check_pipeline(path, told)
   local list, all = pipeline.file(path)
   local seen = {}
   for _, ext in ipairs(all and all.extensions or {}) do
      local warnings = seen[ext.path] and {} or globals.check(ext)
      for _, warning in ipairs(seen[ext.path] and {} or ext.warnings) do
         warnings[#warnings + 1] = warning
      end
      for _, warning in ipairs(warnings) do
         list[#list + 1] = { severity = "warning", message = warning, instance = ext.name }
      end
      seen[ext.path] = true
   end
   told:show({ name = path, path = path, is_pipeline = true }, list)
end

-- Whether a word names the file of a pipeline, whatever it is called.
local function is_pipeline(word)
   if word:find "%.ya?ml$" then return true end
   local has_text = not word:find "%.lua$" and host.is_file(word) and host.contents(word)
   return has_text and ("\n" .. has_text):find "\nextensions:" ~= nil
end

-- The pipelines among the words, and the others.
local function sort(words)
   local files, others = {}, {}
   for _, word in ipairs(words) do table.insert(is_pipeline(word) and files or others, word) end
   return files, others
end

function check.run(argv)
   local values, rest = options.parse(check.options, argv)
   if not values then return report.usage("ext check", rest) end
   if values.help then
      return report.page(options.help(check, check.options, host.width "stdout"))
   end
   report.json = values.json
   local told, files, words = verdict.new(values.json), sort(rest)
   for _, path in ipairs(files) do check_pipeline(path, told) end
   if files[1] and not words[1] then return told:code() end
   local list, why = gather.named(words)
   if not list then return report.usage("ext check", why) end
   local around = company.new(gather.load(list))
   for _, found in ipairs(list) do told:show(found, findings(around, found)) end
   return told:code()
end

return check

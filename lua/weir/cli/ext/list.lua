-- weir ext list: the extensions that can be named, and what they are.

local find     = require "weir.extension.find"
local gather   = require "weir.cli.ext.gather"
local host     = require "weir.host"
local json     = require "weir.json"
local manifest = require "weir.extension.manifest"
local options  = require "weir.cli.options"
local report   = require "weir.cli.report"

local exit = report.exit
local FEW = 3                             -- fields that the table names

local list = {
   name  = "ext list",
   about = "the extensions there are",
   usage = "weir ext list [OPTION…] [PATH]…",
   rest  = "file",
   examples = {
      { "weir ext list", "all that --ext knows by name: of this project, your own, and Weir's" },
      { "weir ext list drafts/", "those, and the extensions in and below a folder" },
      { "weir ext list --json | jq .name", "one JSON object an extension" },
   },
}

list.options = {
   { nil, "json", help = "write JSON: an object a line" },
   { "h", "help", help = "show this help" },
}

local columns = {
   { name = "name", colour = "bold" }, { name = "kind", spare = 2 },
   { name = "version", spare = 4 },
   { name = "from", colour = "dim", spare = 3 },
   { name = "gives", colour = "cyan", min = 8, shrink = 2, spare = 1 },
   { name = "about", min = 20, shrink = 1,
     colour = function (_, row) return row.is_broken and "red" or nil end },
}

-- The fields that it gives, as far as there is room for in a table.
local function gives_of(m)
   local names = manifest.sorted(m.gives or {})
   local more = #names - FEW
   if more < 2 then return table.concat(names, ", ") end
   return ("%s and %d more"):format(table.concat(names, ", ", 1, FEW), more)
end

local function row_of(found)
   if not found.ext then
      return { found.name, "", "", found.from, "", found.why, is_broken = true }
   end
   local m = found.ext.manifest
   return { found.name, found.ext.kind, m.version, found.from, gives_of(m), m.about }
end

local function record_of(found)
   local m = found.ext and found.ext.manifest or {}
   return {
      { "name", found.name }, { "kind", found.ext and found.ext.kind }, { "version", m.version },
      { "from", found.from }, { "path", found.path }, { "about", m.about }, { "on", m.on },
      { "reads", found.ext and found.ext.reads }, { "publish", m.publish },
      { "wants", m.wants and #m.wants > 0 and m.wants or nil }, { "gives", m.gives },
      { "error", found.why },
   }
end

-- All that can be named, and what the paths stand for.  Nil and the reason.
local function all(paths)
   local found = find.all()
   if #paths == 0 then return found end
   local more, why = gather.named(paths)
   if not more then return nil, why end
   local seen = {}
   for _, one in ipairs(found) do seen[one.path] = true end
   for _, one in ipairs(more) do
      if not seen[one.path] then found[#found + 1] = one end
   end
   return gather.sort(found)
end

local function show(found, as_json)
   if as_json then
      for _, one in ipairs(found) do report.page(json.record(record_of(one)) .. "\n") end
      return
   end
   if #found == 0 then
      return report.say "no extensions yet: 'weir ext new NAME' writes one"
   end
   local out = report.sheet(columns)
   for _, one in ipairs(found) do out:row(row_of(one)) end
   out:finish()
end

function list.run(argv)
   local values, rest = options.parse(list.options, argv)
   if not values then return report.usage("ext list", rest) end
   if values.help then return report.page(options.help(list, list.options, host.width "stdout")) end
   report.json = values.json
   local found, why = all(rest)
   if not found then return report.usage("ext list", why) end
   gather.load(found)
   show(found, values.json)
   for _, one in ipairs(found) do
      if not one.ext then return exit.different end
   end
   return exit.ok
end

return list

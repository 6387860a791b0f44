-- weir ext list: the extensions that can be named, and what they are.

local find     = require "weir.extension.find"
local gather   = require "weir.cli.ext.gather"
local host     = require "weir.host"
local json     = require "weir.json"
local instance = require "weir.pipeline.instance"
local memo     = require "weir.install.memo"
local options  = require "weir.cli.options"
local pipeline = require "weir.pipeline"
local report   = require "weir.cli.report"
local sorted   = require "weir.sorted"

local exit = report.exit
local FEW = 3                             -- fields that the table names

local list = {
   name  = "ext list",
   about = "the extensions there are",
   usage = "weir ext list [OPTION…] [PATH|weir.yaml]…",
   rest  = "file",
   examples = {
      { "weir ext list", "all that --ext knows by name: of this project, your own, and Weir's" },
      { "weir ext list drafts/", "those, and the extensions in and below a folder" },
      { "weir ext list weir.yaml", "the instances of a pipeline, and where they are from" },
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
   local names = sorted(m.gives or {})
   local more = #names - FEW
   if more < 2 then return table.concat(names, ", ") end
   return ("%s and %d more"):format(table.concat(names, ", ", 1, FEW), more)
end

-- Where it is from: what was installed says so itself.
local function from_of(found)
   return found.memo and memo.describe(found.memo) or found.from
end

local function row_of(found)
   if not found.ext then
      return { found.name, "", "", from_of(found), "", found.why, is_broken = true }
   end
   local m = found.ext.manifest
   return { found.name, found.ext.kind, m.version, from_of(found), gives_of(m), m.about }
end

local function record_of(found)
   local m, facts = found.ext and found.ext.manifest or {}, found.memo or {}
   return {
      { "name", found.name }, { "kind", found.ext and found.ext.kind }, { "version", m.version },
      { "from", found.from }, { "path", found.path }, { "source", facts.source },
      { "branch", facts.branch }, { "commit", facts.commit }, { "installed", facts.time },
      { "about", m.about }, { "on", m.on },
      { "reads", found.ext and found.ext.reads }, { "publish", m.publish },
      { "wants", m.wants and #m.wants > 0 and m.wants or nil }, { "gives", m.gives },
      { "error", found.why },
   }
end

-- The instances of a weir.yaml, as what can be named is told: each with `ext`, or `why` there is
-- none.  Nil and the reason when it cannot be read.
local function instances(path)
   local all, faults = pipeline.file(path, true)
   if not all then return nil, faults[1] end
   local made = {}
   for i, one in ipairs(all.config.instances) do
      local ext, why, about = instance.load(all, one, function () end)
      local at = ext and ext.path or instance.installed(all, one)
      made[i] = {
         name = one.id, path = at, from = all.config.secrets:hide(one.source), ext = ext,
         why = not ext and pipeline.fault(all, one, why, about) or nil,
      }
   end
   return made
end

-- All that can be named, or what the paths stand for with it.
local function named(paths)
   local found = find.all()
   if #paths == 0 then return gather.load(found) end
   local more, why = gather.named(paths)
   if not more then return nil, why end
   local seen = {}
   for _, one in ipairs(found) do seen[one.path] = true end
   for _, one in ipairs(more) do
      if not seen[one.path] then found[#found + 1] = one end
   end
   return gather.sort(gather.load(found))
end

-- The instances of a weir.yaml, or all that can be named.  Nil and the reason.
local function all(paths)
   local found, why
   if paths[1] and paths[1]:find "%.ya?ml$" then
      if paths[2] then
         return nil, ("one weir.yaml at a time: '%s' is too much"):format(paths[2])
      end
      found, why = instances(paths[1])
   else
      found, why = named(paths)
   end
   for _, one in ipairs(found or {}) do
      one.memo = one.path and memo.read(one.path:gsub("/init%.lua$", ""))
   end
   return found, why
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
   show(found, values.json)
   for _, one in ipairs(found) do
      if not one.ext then return exit.different end
   end
   return exit.ok
end

return list

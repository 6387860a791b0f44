-- weir kb stats: how much is known, of what, by whom.

local common = require "weir.cli.kb.common"
local json   = require "weir.json"
local report = require "weir.cli.report"

local command = {
   name  = "kb stats",
   about = "how much is known, of what, by whom",
   usage = "weir kb stats [OPTION…]",
   examples = { { "weir kb stats", "counts by type, relation and extension" } },
}

command.options = { common.WORKSPACE, common.JSON, common.HELP }

local SPEAKERS = "SELECT x.name || iif(x.version <> '', '@' || x.version, '') AS name, "
   .. "count(*) AS facts, sum(e.count) AS times FROM evidence e "
   .. "JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension "
   .. "WHERE x.person = %d GROUP BY x.name, x.version ORDER BY facts DESC, name"

local QUERIES = {
   { "entity", "SELECT type AS name, count(*) AS facts, sum(count) AS times FROM entities "
      .. "WHERE type <> 'null' GROUP BY type ORDER BY facts DESC, name" },
   { "relationship", "SELECT type AS name, count(*) AS facts, sum(count) AS times "
      .. "FROM relationships WHERE type <> 'null' GROUP BY type ORDER BY facts DESC, name" },
   { "extension", SPEAKERS:format(0) },
   { "person", SPEAKERS:format(1) },
   { "source", "SELECT ifnull(s.path, s.id) AS name, count(*) AS facts, sum(e.count) AS times "
      .. "FROM evidence e JOIN witnesses w ON w.id = e.witness JOIN sources s ON s.id = w.source "
      .. "GROUP BY s.id ORDER BY facts DESC, name" },
   { "runs", "SELECT '' AS name, count(*) AS facts, NULL AS times FROM runs" },
}

local columns = {
   { name = "what", colour = "dim" }, { name = "name", min = 16, shrink = 1 },
   { name = "facts", align = "right" }, { name = "times told", align = "right" },
}

function command.run(argv)
   local values, rest = common.parse(command, argv)
   if not values then return rest end
   if #rest > 0 then return report.usage(command.name, "it takes no words") end
   local base, code = common.open(values)
   if not base then return code end
   local out = not values.json and report.sheet(columns)
   for _, query in ipairs(QUERIES) do
      for row in base.db:rows(query[2]) do
         if out then
            out:row { query[1], row.name, row.facts, row.times or "" }
         else
            report.page(json.record { { "what", query[1] }, { "name", row.name },
               { "facts", row.facts }, { "times", row.times } } .. "\n")
         end
      end
   end
   if out then out:finish() end
   base:close()
   return report.exit.ok
end

return command

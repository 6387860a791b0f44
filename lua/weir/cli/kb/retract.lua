-- weir kb retract: takes back what an extension said.

local common  = require "weir.cli.kb.common"
local report  = require "weir.cli.report"
local retract = require "weir.kb.retract"

local command = {
   name  = "kb retract",
   about = "take back what an extension said, and nothing else",
   usage = "weir kb retract [OPTION…] --ext NAME[@VERSION]",
   examples = {
      { "weir kb retract --ext names", "in all its versions; what others said too stays" },
      { "weir kb retract --ext names@1.2", "in one version" },
   },
}

command.options = {
   { nil, "ext", value = "NAME[@VERSION]", many = true, complete = "extension",
     help = "the extension" },
   common.WORKSPACE, common.JSON, common.HELP,
}

-- The names that there are, for those who name none of them.
local function known(base)
   local names = {}
   for row in base.db:rows "SELECT DISTINCT name FROM extensions WHERE person = 0 ORDER BY name" do
      names[#names + 1] = row.name
   end
   return #names > 0 and table.concat(names, ", ") or "nobody"
end

local function take_back(base, given)
   local name, version = given:match "^(.-)@(.*)$"
   local n, why = retract.extension(base, name or given, version)
   if not n then return common.fail(why) end
   if n == 0 then
      report.error(("'%s' has said nothing here: those who have are %s"):format(given, known(base)))
      return report.exit.different
   end
   report.say(("%d fact%s that '%s' told of %s gone through"):format(n, n == 1 and "" or "s", given,
      n == 1 and "was" or "were"))
   return report.exit.ok
end

function command.run(argv)
   local values, rest = common.parse(command, argv)
   if not values then return rest end
   if not values.ext or #rest > 0 then
      return report.usage(command.name, "it takes '--ext NAME', and no other words")
   end
   local base, code = common.open(values, "write")
   if not base then return code end
   code = report.exit.ok
   for _, given in ipairs(values.ext) do
      local one = take_back(base, given)
      if one ~= report.exit.ok then code = one end
   end
   base:close()
   return code
end

return command

-- weir kb merge: takes what others know into a base.

local common = require "weir.cli.kb.common"
local merge  = require "weir.kb.merge"
local report = require "weir.cli.report"

local command = {
   name  = "kb merge",
   about = "take in what other bases say",
   usage = "weir kb merge [OPTION…] BASE…",
   rest  = "file",
   examples = {
      { "weir kb merge ../anna/weir-data", "what somebody else's workspace says" },
      { "weir kb merge kb.db", "a single file; Stratosphere's are taken in too" },
   },
}

command.options = { common.WORKSPACE, common.JSON, common.HELP }

function command.run(argv)
   local values, rest = common.parse(command, argv)
   if not values then return rest end
   if #rest == 0 then return report.usage(command.name, "no base to take in") end
   local base, code = common.open(values, "write")
   if not base then return code end
   code = report.exit.ok
   for _, path in ipairs(rest) do
      local counts, why = merge.from(base, path)
      if counts then
         report.say(("%s: %d fact%s with news, %d that were known"):format(path, counts.news,
            counts.news == 1 and "" or "s", counts.known))
      else
         code = common.fail(why)
      end
   end
   base:close()
   return code
end

return command

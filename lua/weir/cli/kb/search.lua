-- weir kb search: facts in which words stand.

local common = require "weir.cli.kb.common"
local kb     = require "weir.kb"
local report = require "weir.cli.report"
local search = require "weir.kb.search"

local command = {
   name  = "kb search",
   about = "facts in which words stand",
   usage = "weir kb search [OPTION…] WORD…",
   examples = {
      { "weir kb search example.org", "facts that speak of it" },
      { "weir kb search 'print*' device", "with all of these words, of which one only begins so" },
   },
}

command.options = {
   { "c", "count", value = "N", kind = "number", help = "at most so many (50)" },
   common.WORKSPACE, common.JSON, common.HELP,
}

local MOST = 50

-- The base, with its index brought up to date where it can be written.
local function open(values)
   local base = kb.open(values.workspace or "weir-data", { mode = "write" })
   if not base then
      local code
      base, code = common.open(values)
      if not base then return nil, code end
      report.warning "the base cannot be written: what was told since the last search is not found"
      return base
   end
   local ok, why = search.update(base)
   if ok then return base end
   base:close()
   return nil, common.fail(why)
end

function command.run(argv)
   local values, rest = common.parse(command, argv)
   if not values then return rest end
   if #rest == 0 then return report.usage(command.name, "no word to look for") end
   local base, code = open(values)
   if not base then return code end
   local list, why = search.find(base, table.concat(rest, " "), values.count or MOST)
   base:close()
   if not list then return common.fail(why) end
   common.facts(list, values.json)
   return #list > 0 and report.exit.ok or report.exit.different
end

return command

-- What the sub-commands of `weir kb` share: the option that names the base, opening it, tables of
-- facts.

local ask     = require "weir.kb.ask"
local host    = require "weir.host"
local json    = require "weir.json"
local kb      = require "weir.kb"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"

local common = {}

common.WORKSPACE = { "W", "workspace", value = "DIR", complete = "file",
   help = "the workspace, or a kb.db (weir-data)" }
common.JSON = { nil, "json", help = "write JSON: an object a line" }
common.HELP = { "h", "help", help = "show this help" }

-- Reads a command line: its values and words; or nil and the exit code, once help is shown or what
-- is wrong is said.
function common.parse(command, argv)
   local values, rest = options.parse(command.options, argv)
   if not values then return nil, report.usage(command.name, rest) end
   if values.help then
      return nil, report.page(options.help(command, command.options, host.width "stdout"))
   end
   report.json = values.json
   return values, rest
end

-- Says what failed, and gives the exit code.
function common.fail(why)
   report.error(why)
   return report.exit.unreadable
end

-- The base that is named: or nil and the exit code.
function common.open(values, mode)
   local path = values.workspace or "weir-data"
   local base, why = kb.open(path, { mode = mode })
   if base then return base end
   if not values.workspace and not host.is_folder(path) then
      why = "there is no workspace 'weir-data' here: name one with '-W DIR'"
   end
   return nil, common.fail(why)
end

-- ---- tables ---------------------------------------------------------------------------------

common.columns = {
   { name = "id", colour = "dim", spare = 2 }, { name = "type", colour = "dim" },
   { name = "what", min = 16, shrink = 1 },
   { name = "relation", colour = "cyan" }, { name = "type", colour = "dim" },
   { name = "what", min = 16, shrink = 1 },
   { name = "times", align = "right" }, { name = "last", spare = 3 },
   { name = "known of it", min = 10, shrink = 2, spare = 4 },
   { name = "by", colour = "dim", spare = 1 },
}

local function key_of(entity) return entity.key or entity.id:sub(1, 12) end

function common.row(fact)
   local id, last = fact.id:sub(1, 12), (kb.utc(fact.last) or ""):sub(1, 19)
   local data = type(fact.data) == "table" and json.encode(fact.data) or fact.data or ""
   if fact.fact == "relationship" then
      return { id, fact.from.type or "?", key_of(fact.from), fact.verb, fact.to.type or "?",
         key_of(fact.to), fact.count, last, data, fact.by }
   end
   return { id, fact.type, key_of(fact), "", "", "", fact.count, last, data, fact.by }
end

-- Prints facts: as a table, or as lines of JSON.
function common.facts(list, as_json)
   if as_json then
      for _, fact in ipairs(list) do report.page(json.record(kb.record(fact)) .. "\n") end
      return
   end
   local out = report.sheet(common.columns)
   for _, fact in ipairs(list) do out:row(common.row(fact)) end
   out:finish()
end

-- The fact that words stand for; or nil and the exit code.
function common.find(base, command, words)
   if #words ~= 1 and #words ~= 3 then
      return nil, report.usage(command.name,
         "a fact is one word, an id or TYPE:KEY, or three: FROM VERB TO")
   end
   local fact, why = ask.find(base, words)
   if fact then return fact end
   report.error(why)
   return nil, report.exit.different
end

return common

-- weir kb show: facts, or one entity with all that it is related to.

local ask    = require "weir.kb.ask"
local common = require "weir.cli.kb.common"
local json   = require "weir.json"
local kb     = require "weir.kb"
local report = require "weir.cli.report"
local sorted = require "weir.sorted"

local show = {
   name  = "kb show",
   about = "entities, or what is known of one",
   usage = "weir kb show [OPTION…] [FACT]",
   examples = {
      { "weir kb show", "the entities that were told most often" },
      { "weir kb show --type device", "those of a type" },
      { "weir kb show device:02:00:5e:00:53:0a", "one, and what it is related to" },
      { "weir kb show 970d12168da2", "the same by its id, or the beginning of it" },
   },
}

show.options = {
   { nil, "type", value = "TYPE", help = "only entities of this type" },
   { "c", "count", value = "N", kind = "number", help = "at most so many; 0 is all (20)" },
   common.WORKSPACE, common.JSON, common.HELP,
}

local MOST = 20

local function limit_of(values)
   local count = values.count or MOST
   return count == 0 and -1 or count
end

local function show_all(base, values)
   local list, why = ask.facts(base, ask.ENTITY .. "WHERE (?1 IS NULL OR f.type = ?1) "
      .. "AND f.type <> 'null' ORDER BY f.count DESC, f.id LIMIT ?2", values.type, limit_of(values))
   if not list then return common.fail(why) end
   common.facts(list, values.json)
   local all = base.db:first("SELECT count(*) FROM entities WHERE (?1 IS NULL OR type = ?1) "
      .. "AND type <> 'null'", values.type)
   if all > #list then report.say(("%d of %d entities; -c 0 shows all"):format(#list, all)) end
   return report.exit.ok
end

local function head(fact)
   local lines = { ("%s  %s"):format(ask.name(fact), fact.id) }
   lines[#lines + 1] = ("  told %s times by %s, %s to %s"):format(tostring(fact.count or 0),
      fact.by or "nobody", kb.utc(fact.first) or "?", kb.utc(fact.last) or "?")
   if fact.confidence then lines[#lines + 1] = ("  confidence %g"):format(fact.confidence) end
   local names = sorted(type(fact.data) == "table" and fact.data or {})
   for _, name in ipairs(names) do
      local value = fact.data[name]
      lines[#lines + 1] = ("  %s: %s"):format(name,
         type(value) == "string" and value or json.encode(value))
   end
   return lines
end

local function show_one(base, values, words)
   local fact, code = common.find(base, show, words)
   if not fact then return code end
   if fact.fact == "relationship" then
      common.facts({ fact }, values.json)
      return report.exit.ok
   end
   local around, why = ask.around(base, fact.id, limit_of(values))
   if not around then return common.fail(why) end
   if values.json then
      common.facts({ fact, unpack(around) }, true)
      return report.exit.ok
   end
   for _, line in ipairs(head(fact)) do report.page(require "weir.text".safe(line) .. "\n") end
   if #around > 0 then
      report.page "\n"
      common.facts(around)
   end
   return report.exit.ok
end

function show.run(argv)
   local values, rest = common.parse(show, argv)
   if not values then return rest end
   local base, code = common.open(values)
   if not base then return code end
   local result = #rest == 0 and show_all(base, values) or show_one(base, values, rest)
   base:close()
   return result
end

return show

-- weir kb export: all facts, for other programs.

local ask    = require "weir.kb.ask"
local common = require "weir.cli.kb.common"
local graph  = require "weir.kb.graph"
local host   = require "weir.host"
local json   = require "weir.json"
local kb     = require "weir.kb"
local output = require "weir.output"
local report = require "weir.cli.report"

local command = {
   name  = "kb export",
   about = "all facts as JSON, CSV, GraphML or DOT",
   usage = "weir kb export [OPTION…]",
   examples = {
      { "weir kb export -T csv -o facts.csv", "a table: entities first, then relationships" },
      { "weir kb export -T dot | dot -Tsvg > kb.svg", "a picture" },
   },
}

command.options = {
   { "T", "format", value = "FORMAT", choices = { "json", "csv", "graphml", "dot" },
     help = "json (an object a line), csv, graphml, dot" },
   { "o", "output", value = "FILE", complete = "file",
     help = "write to FILE, not to standard output" },
   { nil, "only", value = "KIND", choices = { "entities", "relationships" },
     help = "entities or relationships" },
   common.WORKSPACE, common.HELP,
}

-- ---- forms ----------------------------------------------------------------------------------

local forms = { graphml = graph.forms.graphml, dot = graph.forms.dot }

forms.json = {
   fact = function (write, fact) write(json.record(kb.record(fact)) .. "\n") end,
}

local function quoted(value)
   if value == nil then return "" end
   if type(value) == "table" then value = json.encode(value) end
   if type(value) == "number" then value = ("%.17g"):format(value) end
   if value:find '[",\r\n]' then return '"' .. value:gsub('"', '""') .. '"' end
   return value
end

local COLUMNS = {
   "fact", "id", "type", "key", "data", "from_type", "from_key", "verb", "to_type", "to_key",
   "count", "first", "last", "confidence", "by",
}

forms.csv = {
   head = function (write) write(table.concat(COLUMNS, ",") .. "\n") end,
   fact = function (write, fact)
      local from, to, cells = fact.from or {}, fact.to or {}, {}
      local values = setmetatable({
         from_type = from.type, from_key = from.key, to_type = to.type, to_key = to.key,
         first = kb.utc(fact.first), last = kb.utc(fact.last),
      }, { __index = fact })
      for i, name in ipairs(COLUMNS) do cells[i] = quoted(values[name]) end
      write(table.concat(cells, ",") .. "\n")
   end,
}

-- ---- all of it ------------------------------------------------------------------------------

local QUERIES = {
   { "entities", ask.ENTITY .. "WHERE f.type <> 'null' ORDER BY f.id" },
   { "relationships", ask.RELATION .. "WHERE f.type <> 'null' ORDER BY f.id" },
}

local function write_all(base, form, only, write)
   if form.head then form.head(write) end
   for _, query in ipairs(QUERIES) do
      if not only or only == query[1] then
         for row in base.db:rows(query[2]) do form.fact(write, ask.fact(row)) end
      end
   end
   if form.foot then form.foot(write) end
end

function command.run(argv)
   local values, rest = common.parse(command, argv)
   if not values then return rest end
   if #rest > 0 then return report.usage(command.name, "it takes no words") end
   local base, code = common.open(values)
   if not base then return code end
   local out, why
   if values.output and host.same_file(values.output, base.path) then
      why = ("'%s' would be written over: it is read"):format(values.output)
   else
      out, why = output.open(values.output or "-")
   end
   if not out then
      base:close()
      return common.fail(why)
   end
   local failed, gone
   local read, problem = pcall(write_all, base, forms[values.format or "json"], values.only,
      function (line)
         local ok
         if not failed then
            ok, failed, gone = out:write(line)
            if ok then failed = nil else error(failed, 0) end
         end
      end)
   base:close()
   local ok, reason, nobody = out:close()
   if gone or nobody then return report.exit.closed end
   if not read or not ok then return common.fail(not read and problem or reason) end
   return report.exit.ok
end

return command

-- weir sql: asks the databases of a workspace, and any others, in SQL.

local attach  = require "weir.attach"
local db      = require "weir.db"
local host    = require "weir.host"
local options = require "weir.cli.options"
local output  = require "weir.output"
local report  = require "weir.cli.report"
local run     = require "weir.cli.sql.run"
local show    = require "weir.cli.sql.show"
local wanted  = require "weir.cli.wanted"

local exit = report.exit

local command = {
   name  = "sql",
   about = "ask databases in SQL",
   usage = "weir sql [options] [FILE|FOLDER…] [QUERY]",
   rest  = "file",
   examples = {
      { "weir sql -W data 'SELECT * FROM traffic.biflow LIMIT 10'", "a workspace: its databases "
         .. "are traffic, probe, kb and jobs" },
      { "weir sql x.db .tables", "what there is to ask" },
      { "weir sql x.db --set name=www 'SELECT * FROM host WHERE name = :name'",
         "a value from outside, which cannot change the query" },
   },
}

local DIRECTORY = "./weir-data"           -- the workspace unless told
local PAGE = 1000                         -- rows that a query at the prompt shows

command.options = {
   "Databases",
   { "W", "workspace", value = "DIR", complete = "directory",
     help = "the databases of this workspace; unless told any " .. DIRECTORY },
   { nil, "write", help = "allow what changes them; unless told they are only read" },
   "The query",
   { nil, "set", value = "NAME=VALUE", many = true,
     help = "what :NAME, @NAME or $NAME stands for in the query; may be repeated" },
   { "c", "count", value = "N", kind = "number", help = "at most N rows of each query" },
   { nil, "seconds", value = "S", real = true, help = "end a query after S seconds" },
   "Output",
   { "T", "type", value = "FORMAT", choices = show.shapes,
     help = "how to write what there is; unless told a table on a terminal, else json, an object "
         .. "a line; array is one list of these" },
   { "E", "format", value = "K=V,…", many = true, help = wanted.FORMAT .. " for csv and tsv" },
   { nil, "null", value = "TEXT",
     help = "what stands for NULL: unless told NULL in a table, nothing in csv and tsv" },
   { "h", "help", help = "show this help" },
}

-- ---- the command line ------------------------------------------------------------------------

-- Statements of one word.
local ALONE = {
   vacuum = true, analyze = true, reindex = true, begin = true, commit = true, rollback = true,
}

-- Whether a word stands for a file, be it there or not.
local function is_input(word)
   if host.is_file(word) or host.is_folder(word) then return true end
   return word ~= "-" and not word:find "[%s();]" and not ALONE[word:lower()]
end

-- The files and folders among the words, and the query, which comes last: one word, or those from
-- one with a dot on.
local function divide(words, workspace)
   local inputs, query = {}, nil
   if workspace then inputs[1] = workspace end
   for i, word in ipairs(words) do
      local has_dot = word:find "^%.%a+$" and not host.is_file(word)
      if has_dot or (i == #words and not is_input(word)) then
         query = table.concat(words, " ", i)
         break
      elseif not is_input(word) then
         return nil, ("is '%s' the query? It comes last, and in quotes"):format(word)
      end
      inputs[#inputs + 1] = word
   end
   if #inputs == 0 and host.is_folder(DIRECTORY) then inputs[1] = DIRECTORY end
   if #inputs == 0 then return nil, "which database? Name a file, or a workspace with -W" end
   return inputs, query
end

local function parameters(list)
   local values = {}
   for _, word in ipairs(list or {}) do
      local name, value = word:match "^[:@$]?([%w_]+)=(.*)$"
      if not name then return nil, ("option '--set' needs NAME=VALUE, not '%s'"):format(word) end
      values[name] = value
   end
   return values
end

-- ---- at a prompt -----------------------------------------------------------------------------

-- A statement, or a word with a dot, over as many lines as it takes; nil at the end of the input.
local function ask()
   local so_far = ""
   while true do
      host.watch()
      io.stdout:write(so_far == "" and "sql> " or "...> ")
      io.stdout:flush()
      local line = io.read()
      if host.stopped() then
         io.stdout:write "\n"
         so_far = ""
      elseif not line then
         io.stdout:write "\n"
         return so_far ~= "" and so_far or nil
      else
         so_far = so_far .. line .. "\n"
         if so_far:find "^%s*$" then so_far = "" end
         if so_far:find "^%s*%.%a" or db.complete(so_far) then return so_far end
      end
   end
end

local function tell(why, place)
   report.error(why, place)
   for line in (place or ""):gmatch "[^\n]+" do report.say(line) end
end

local function converse(runner)
   for source in ask do
      if source:find "^%s*%.quit" or source:find "^%s*%.exit" then break end
      host.watch()
      local ok, why, code, place = runner:text(source)
      if code == exit.closed then return code end
      if not ok then tell(why, place) end
   end
   return exit.ok
end

-- ---- all together ----------------------------------------------------------------------------

-- What is to be run: words of the command line, or standard input; nil: somebody asks.
local function source_of(query)
   if query and query ~= "-" then return query end
   if query or not host.is_terminal() then return io.read "*a" end
end

local function runner_of(values, base, list, is_asked)
   local format, why = wanted.parse_format(values.format)
   if not format then return nil, why end
   local set
   set, why = parameters(values.set)
   if not set then return nil, why end
   local out
   out, why = output.open "-"
   if not out then return nil, why end
   local shape = values.type or host.width "stdout" and "table" or "json"
   return run.new {
      base = base, list = list, values = set, seconds = values.seconds, ask = is_asked, out = out,
      count = values.count or is_asked and PAGE or nil,
      shape = show.new { shape = shape, out = out, null = values.null, format = format },
   }
end

local function execute(values, words)
   local inputs, query = divide(words, values.workspace)
   if not inputs then return nil, query, exit.usage end
   local source = source_of(query)
   local base, list = attach.open(inputs, { write = values.write })
   if not base then return nil, list, exit.unreadable end
   host.watch()
   base:stops(true)
   local runner, why = runner_of(values, base, list, not source)
   if not runner then return nil, why, exit.usage end
   if not source then return converse(runner) end
   local ok, reason, code, place = runner:text(source)
   if ok then return exit.ok end
   return nil, reason, code, place
end

function command.run(argv)
   local values, words = options.parse(command.options, argv)
   if not values then return report.usage("sql", words) end
   if values.help then
      return report.page(options.help(command, command.options, host.width "stdout"))
   end
   local code, why, failure, place = execute(values, words)
   if code then return code end
   if failure ~= exit.closed then tell(why, place) end
   return failure
end

return command

-- A session of Lua over inputs: what is typed is run, and its values are shown.
--
--    local session = repl.new { write = io.write, width = 80 }
--    session:run "flows = 1 + 1"                      --> "done"
--    session:run "=flows"                             --> "done", and writes 2
--    session:run "for i = 1, 3 do"                    --> "more"
--
-- It knows no terminal: weir.cli.repl reads lines and pages what is long.

local chunk     = require "weir.repl.chunk"
local help      = require "weir.repl.help"
local interrupt = require "weir.interrupt"
local names     = require "weir.repl.names"
local show      = require "weir.repl.show"

local repl = {}
repl.__index = repl

-- Options: `inputs` (what weir.repl.inputs opened), `write` (takes what is printed), `show` (takes
-- the text of a value) and `tell` (what is wrong), which are `write` unless given, `width`,
-- `colour`.
function repl.new(options)
   local self = setmetatable({
      inputs = options.inputs or {}, write = options.write, tell = options.tell or options.write,
      show = options.show or options.write, width = options.width, colour = options.colour,
      count = 0, sources = {},
   }, repl)
   self.env = names.env(self)
   return self
end

-- Whether a text is the beginning of something longer.
function repl:is_unfinished(text)
   local made, _, goes_on = chunk.load(text, "typed", self.env)
   return not made and goes_on
end

-- What an error says: its message, the place in what was typed, and where it came from.
local function describe(self, problem, is_full)
   local message = problem.message
   if type(message) == "string" then message = show.safe(message) end
   if type(message) ~= "string" then message = show.text(message, self) end
   local lines = { message }
   local name = message:match "^([^\n:]+):%d+: "
   local source = self.sources[name or ""]
   if source and not message:find "\n" then lines[2] = chunk.place(source, message) end
   if source and not is_full then return table.concat(lines, "\n") end
   local trace = {}
   for line in (problem.trace or ""):gmatch "[^\n]+" do
      if line:find "weir/repl%.lua:" or line:find "weir%.repl:" then break end
      trace[#trace + 1] = "   " .. line:gsub("^%s+", "")
   end
   while trace[1] and trace[1]:find "%[C%]: in function 'error'" do table.remove(trace, 1) end
   for _, line in ipairs(trace) do lines[#lines + 1] = line end
   return table.concat(lines, "\n")
end

-- The texts of values, and whether each is one line.
local function texts_of(self, values)
   local texts, is_short = {}, true
   for i = 1, values.n do
      texts[i] = show.text(values[i], self)
      is_short = is_short and not texts[i]:find "\n"
   end
   return texts, is_short
end

-- Runs a function that was typed: the text of what it returns, "" for nothing.  That is made by
-- what was typed, too: a view is asked when it is printed.
local function run(self, entry)
   local values = { n = 0 }
   local function keep(...) values = { n = select("#", ...), ... } end
   keep(entry())
   if values.n == 0 then return "" end
   if values[1] ~= nil and not help.is(values[1]) then rawset(self.env, "_", values[1]) end
   local texts, is_short = texts_of(self, values)
   return table.concat(texts, is_short and "\t" or "\n")
end

local function head_of(text) return (text:match "[^\n]*") end

-- Runs a text, which is called `name` in messages ("typed 3" unless told).  Returns "done", "more"
-- when it is the beginning of something longer, or "failed", after telling why.  `is_full`: with
-- the traceback.
function repl:run(text, name, is_full)
   if not text:find "%S" then return "done" end
   local called = name or ("typed %d"):format(self.count + 1)
   local made, why, goes_on, place = chunk.load(text, called, self.env)
   if not made and goes_on then return "more", why end
   self.count = self.count + 1
   self.sources[called:gsub("^@", "", 1)] = text
   if not made then
      self.tell(why .. (place and "\n" .. place or "") .. "\n")
      return "failed"
   end
   local signal, ok, problem = interrupt.run(head_of(text), run, self, made)
   if ok then
      if problem ~= "" then self.show(problem .. "\n") end
      return "done"
   elseif signal then
      names.forget_halves()
      self.tell "interrupted\n"
   else
      self.tell(describe(self, type(problem) == "table" and problem or { message = problem },
         is_full) .. "\n")
   end
   return "failed", signal
end

return repl

-- What is typed, as a function: an expression, or statements.
--
--    chunk.load("1 + 1", "typed 1", env)              -- a function that returns 2
--    chunk.load("for i = 1, 3 do", "typed 2", env)    -- nil, the reason, true: it goes on
--
-- What is typed is not compiled to machine code, so that Ctrl-C reaches it anywhere.

local chunk = {}

-- The token that a message of the parser names, and its line.
local function place_of(message)
   local line, token = message:match "^[^\n]-:(%d+): .* near '(.*)'$"
   return tonumber(line), token
end

-- Whether a text fails only because it ends; a text in quotes does not go on on the next line.
local function is_unfinished(message)
   return message and message:find "near '<eof>'$" and not message:find "unfinished string near"
      or false
end

-- Where a line of a text begins and ends.
local function line_at(text, number)
   local from = 1
   for _ = 2, number do
      from = (text:find("\n", from, true) or #text) + 1
   end
   return from, (text:find("\n", from, true) or #text + 1) - 1
end

-- Lines that show a place in a text: its line, and a caret below from byte `at` on.
local function show_place(text, at, size)
   local from = at
   while from > 1 and text:sub(from - 1, from - 1) ~= "\n" do from = from - 1 end
   local line = text:match("[^\n]*", from)
   local before = text:sub(from, at - 1):gsub("[\128-\191]", ""):gsub("[^\t]", " ")
   return ("   %s\n   %s%s"):format(line, before, ("^"):rep(math.max(size, 1)))
end

-- Where the parser stopped: the first place of the token at which a text that ends there fails in
-- the same way.
local function parser_place(text, message, head)
   local line, token = place_of(message)
   if not line or token == "<eof>" then return nil end
   local from, to = line_at(text, line)
   while true do
      local first, last = text:find(token, from, true)
      if not first or first > to then return nil end
      local _, why = loadstring(head .. text:sub(1, last), "=x")
      if why and select(2, place_of(why)) == token then return first, #token end
      from = first + 1
   end
end

-- The lines that show where what was typed makes no sense; nil when nobody can tell.
local function parsing_place(text, message, head)
   local at, size = parser_place(text, message, head)
   return at and show_place(text, at, size)
end

-- Which of two failures to tell: that of the statements, unless it is of their very first word.
local function choose(text, statement, expression)
   local _, token = place_of(statement)
   local first = text:match "^%s*([%w_]+)" or text:match "^%s*(.)"
   local _, other = place_of(expression)
   if token ~= first or other == first or not other then return statement, "" end
   return expression, "return "
end

-- The same expression not as a tail call: those who are called can blame what was typed.
local function with_frame(own, called)
   return loadstring("local __values = function (...) return ... end return __values(" .. own
      .. "\n)", called)
end

-- `help NAME` is no Lua, and what people type.
local function mend(text) return (text:gsub("^%s*help%s+([%a_][%w_.:]*)%s*$", 'help "%1"')) end

-- The function of a text; its name is "typed 3", or begins with "@" as that of a file.  Nil, the
-- reason, whether more of it is missing, and lines that show the place.
function chunk.load(text, name, env)
   local called = name:sub(1, 1) == "@" and name or "=" .. name
   local own = mend(text):gsub("^%s*=", "", 1)
   local made, not_expression = loadstring("return " .. own, called)
   local not_statement
   if not made and not text:find "^%s*=" then made, not_statement = loadstring(text, called) end
   if made then
      if not not_expression then made = with_frame(own, called) or made end
      jit.off(made, true)
      return setfenv(made, env)
   end
   local why, head = not_expression, "return "
   if not_statement then why, head = choose(own, not_statement, not_expression) end
   local goes_on = is_unfinished(not_expression) or is_unfinished(not_statement)
   return nil, why, goes_on, parsing_place(own, why, head)
end

-- The lines that show where a chunk failed as it ran, by a message such as "typed 3:2: attempt to
-- index global 'x' (a nil value)"; nil when nobody can tell.
function chunk.place(text, message)
   local line, what = message:match "^[^\n]-:(%d+): ([^\n]*)"
   if not line then return nil end
   local from, to = line_at(text, tonumber(line))
   if from > #text then return nil end
   local name = what:match " '([%a_][%w_]*)'"
   local first, last
   if name then first, last = text:find("%f[%w_]" .. name .. "%f[^%w_]", from) end
   if not first or first > to then
      if not text:find("\n", 1, true) then return nil end
      first = text:find("%S", from) or from
      last = to
   end
   return show_place(text, first, last - first + 1)
end

return chunk

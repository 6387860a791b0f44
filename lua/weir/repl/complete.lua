-- What can follow what is typed: names, fields and methods of values, texts that are fields or
-- paths.
--
--    complete.at(session, "flows:gro")                --> 3, { "group" }
--
-- Nothing that is typed is called; values are only looked at.

local host   = require "weir.host"
local inputs = require "weir.repl.inputs"
local names  = require "weir.repl.names"
local record = require "weir.repl.record"
local schema = require "weir.schema"
local show   = require "weir.repl.show"
local source = require "weir.repl.source"

local complete = {}

-- ---- where the cursor is ---------------------------------------------------------------------

-- The state of Lua's lexer at the end of a text: nil in code, "comment", or the place where a
-- text in quotes begins.
local function open_at(text)
   local at = 1
   while at <= #text do
      local from, _, what = text:find("([\"'%-%[])", at)
      if not from then return nil end
      local long = text:match("^%-%-%[(=*)%[", from) or text:match("^%[(=*)%[", from)
      if long then
         local _, stop = text:find("]" .. long .. "]", from, true)
         if not stop then return text:sub(from, from) == "-" and "comment" or from end
         at = stop + 1
      elseif text:find("^%-%-", from) then
         local stop = text:find("\n", from, true)
         if not stop then return "comment" end
         at = stop + 1
      elseif what == '"' or what == "'" then
         local stop = from
         repeat
            stop = text:find("[\\" .. what .. "]", stop + 1)
            local is_escape = stop and text:sub(stop, stop) == "\\"
            if is_escape then stop = stop + 1 end
         until not is_escape
         if not stop then return from end
         at = stop + 1
      else
         at = from + 1
      end
   end
end

-- Takes the last part off an expression: its text without it, and what it is: { "call" },
-- { "key", name }, { "name", name }.
local function take(text)
   text = text:gsub("%s+$", "")
   local before = text:match "^(.-)%b()$" or text:match "^(.-)%b{}$"
   local quote = text:match "[\"']$"
   if quote then before = text:match("^(.*)" .. quote .. "[^" .. quote .. "]*" .. quote .. "$") end
   if before and before:gsub("%s+$", ""):find "[%w_%)%]\"']$" then return before, { "call" } end
   local rest, key = text:match "^(.-)%[%s*([^%[%]]+)%s*%]$"
   if rest and rest:find "[%w_%)%]]$" then
      return rest, { "key", tonumber(key) or key:match "^[\"'](.*)[\"']$" }
   end
   local head, name = text:match "^(.-)([%a_][%w_]*)$"
   if not name then return nil end
   local owner = head:match "^(.-)%s*[.:]%s*$"
   if owner and not owner:find "%.$" then return owner, { "key", name } end
   return "", { "name", name }
end

-- The parts of the expression that a text ends with, first things first; nil when it is none.
local function parts_of(text)
   local parts = {}
   repeat
      local part
      text, part = take(text)
      if not part then return nil end
      table.insert(parts, 1, part)
   until part[1] == "name"
   return parts
end

local function look(value, key)
   local ok, found = pcall(function () return value[key] end)
   if ok then return found end
end

-- The value of parts; a method of a view gives a view, of which methods and fields are the same.
local function value_of(session, parts)
   local value, owner = session.env, nil
   for _, part in ipairs(parts) do
      if part[1] == "call" then
         value = inputs.result(owner, value)
      else
         owner, value = value, look(value, part[2])
      end
      if value == nil then return nil end
   end
   return value
end

-- ---- what there is ---------------------------------------------------------------------------

local function add_keys(t, add, is_class)
   for key, value in next, t do
      if type(key) == "string" and key:find "^[%a_][%w_]*$" and not show.words[key] then
         local is_function = type(value) == "function"
         add(key, is_function and (not is_class or source.is_method(value)))
      end
   end
end

-- Calls add(name, is_function) for what can stand behind a dot or a colon.
local function members(value, add, depth)
   if type(value) == "table" then add_keys(value, add, depth > 0) end
   for _, name in ipairs(inputs.names(value)) do add(name, false) end
   local kind = record.kind(value)
   for _, pair in ipairs(kind and record.pairs(value, kind) or {}) do
      if pair[1] ~= "end" then add(pair[1], false) end
   end
   local meta = debug.getmetatable(value)
   local index = type(meta) == "table" and rawget(meta, "__index")
   if type(index) == "table" and depth < 8 then members(index, add, depth + 1) end
   if type(index) == "function" then add_keys(meta, add, true) end
end

local function sorted(found, word)
   local list, seen = {}, {}
   for _, name in ipairs(found) do
      local is_hidden = name:sub(1, 1) == "_" and word:sub(1, 1) ~= "_"
      if name:sub(1, #word) == word and not seen[name] and not is_hidden then
         seen[name], list[#list + 1] = true, name
      end
   end
   table.sort(list)
   return list
end

local function of_value(session, expression, word, separator)
   local parts = parts_of(expression)
   local value = parts and value_of(session, parts)
   local found = {}
   if value == nil then return found end
   members(value, function (name, is_function)
      if separator == "." or is_function then found[#found + 1] = name end
   end, 0)
   return sorted(found, word)
end

local function of_names(session, word)
   local found = names.all(session)
   for name in pairs(show.words) do found[#found + 1] = name end
   return sorted(found, word)
end

-- Files and folders whose path begins so.
local function of_path(path)
   local folder, word = path:match "^(.*/)([^/]*)$"
   local list = {}
   for _, name in ipairs(host.entries(folder or ".") or {}) do
      local is_hidden = name:sub(1, 1) == "." and (word or path):sub(1, 1) ~= "."
      if not is_hidden then list[#list + 1] = (folder or "") .. name end
   end
   return sorted(list, path)
end

-- The fields of all records, also behind the kind: "flow.dest_ip" when that is what begins so.
local function all_fields(word)
   local list, wanted = {}, word:match "^(%w+)%."
   for _, kind in ipairs(schema.kinds) do
      local before = kind == wanted and kind .. "." or ""
      for _, field in ipairs(schema.spread(schema.of(kind))) do
         list[#list + 1] = before .. field.name
      end
   end
   return list
end

-- What a text in quotes may go on with: the fields of the view that it is for, those of all
-- records, extensions, modules, or paths.
local function of_text(session, before, inside)
   local called = before:match "([%a_][%w_]*)%s*%(?%s*$"
   if called == "open" or inside:find "/" then return #inside, of_path(inside) end
   if called == "require" then return #inside, sorted(names.modules(), inside) end
   if called == "load" or called == "ext" then
      return #inside, sorted(require "weir.repl.extend".names(), inside)
   end
   local word = inside:match "[%w_.]*$"
   local owner = parts_of((before:gsub("%s*%(?%s*$", "")))
   if owner then table.remove(owner) end
   local value = owner and #owner > 0 and value_of(session, owner)
   local fields = inputs.fields(value) or all_fields(word)
   if called == "help" then
      for _, kind in ipairs(schema.kinds) do fields[#fields + 1] = kind end
   end
   local list = sorted(fields, word)
   if #list == 0 and word == inside then list = of_path(inside) end
   return #word, list
end

-- What may follow a text, which ends at the cursor: how many bytes at its end they replace, and an
-- array of words.
function complete.at(session, text)
   local place = open_at(text)
   if place == "comment" then return 0, {} end
   if place then return of_text(session, text:sub(1, place - 1), text:sub(place + 1)) end
   local before, separator, word = text:match "^(.-)%s*([.:])%s*([%a_]?[%w_]*)$"
   if before and not before:find "%.$" then
      return #word, of_value(session, before, word, separator)
   elseif before then
      return 0, {}                                       -- behind two dots
   end
   word = text:match "[%a_][%w_]*$" or ""
   return #word, of_names(session, word)
end

-- The longest beginning that all words share.
function complete.shared(list)
   local shared = list[1] or ""
   for _, word in ipairs(list) do
      while word:sub(1, #shared) ~= shared do shared = shared:sub(1, -2) end
   end
   while shared ~= "" and shared:find "[\192-\255][\128-\191]*$" and #list > 1 do
      local last = shared:match "[\192-\255][\128-\191]*$"
      if list[1]:match("^[\128-\191]", #shared + 1) == nil then break end
      shared = shared:sub(1, -1 - #last)
   end
   return shared
end

return complete

-- help(x): what there is, what a function is called with, what is in a kind of record, what a
-- field means.  All of it is read from where it stands: comments of functions, and the schema.

local inputs = require "weir.repl.inputs"
local nearest = require "weir.nearest"
local record = require "weir.repl.record"
local schema = require "weir.schema"
local source = require "weir.repl.source"
local text   = require "weir.text"

local help = {}

-- Two columns, the second wrapped.
local function rows(list, width)
   local left, out = 0, {}
   for _, row in ipairs(list) do left = math.max(left, math.min(text.width(row[1]), 28)) end
   for _, row in ipairs(list) do
      local gap = (" "):rep(math.max(left - text.width(row[1]), 0) + 2)
      local lines = text.wrap(row[2] or "", math.max(width - left - 4, 24))
      out[#out + 1] = ("  %s%s%s"):format(row[1], gap, lines[1] or ""):gsub("%s+$", "")
      for i = 2, #lines do out[#out + 1] = (" "):rep(left + 4) .. lines[i] end
   end
   return table.concat(out, "\n")
end

-- The first sentence of a comment.
local function first_sentence(comment)
   local flat = comment:gsub("%s*\n%s*", " ")
   return (flat:match "^.-[.;] " or flat):gsub("[.:;] ?$", "")
end

-- ---- kinds and fields -----------------------------------------------------------------------

local function aliases_of(field)
   return field.aliases and ("; also " .. table.concat(field.aliases, ", ")) or ""
end

local function fields_of(list, add, prefix)
   for _, field in ipairs(list) do
      add { prefix .. field.name, (field.doc or "") .. aliases_of(field) }
      if field.as == "part" then fields_of(field.rows, add, "  " .. field.name .. ".") end
      if field.as == "table" and field.rows then
         fields_of(field.rows, add, ("  %s[i]."):format(field.name))
      end
   end
end

local function of_kind(kind, width)
   local list = {}
   fields_of(schema.of(kind), function (row) list[#list + 1] = row end, "")
   return ("%s: a kind of record, with the fields\n"):format(kind) .. rows(list, width)
end

-- The kinds that have a field of that name, and the fields.
local function of_field(name, width)
   local list, known = {}, {}
   for _, kind in ipairs(schema.kinds) do
      local field = schema.of(kind).names[name]
      local says = field and (field.doc or "") .. aliases_of(field)
      if field and known[says] then
         known[says][1] = known[says][1] .. ", " .. kind
      elseif field then
         known[says] = { kind, says }
         list[#list + 1] = known[says]
      end
   end
   local parts = {}
   for i, one in ipairs(list) do
      parts[i] = table.concat(text.wrap(("  %s (of %s)"):format(one[2], one[1]), width - 2), "\n  ")
   end
   return #list > 0 and ("%s: a field\n  "):format(name) .. table.concat(parts, "\n  ") or nil
end

local function of_path(name, width)
   local kind, field = name:match "^(%w+)%.([%w_.]+)$"
   local is_kind = false
   for _, known in ipairs(schema.kinds) do is_kind = is_kind or known == kind end
   local found = is_kind and schema.of(kind).names[field]
   if not found then return nil end
   return ("%s.%s\n"):format(kind, found.name) ..
      rows({ { found.name, (found.doc or "") .. aliases_of(found) } }, width)
end

-- ---- functions, modules, objects --------------------------------------------------------------

-- The head of a function as it is called: without what a method is given by itself.
local function called(head) return (head:gsub("%(self,? ?", "("):gsub("%(scope,? ?", "(")) end

local function of_function(f, typed)
   local about = source.of_function(inputs.told(f), typed)
   if not about then return "a function that is built in: see the manual of Lua 5.1 and LuaJIT" end
   local said = about.text ~= "" and about.text or "nothing is written about it"
   return ("%s\n%s\n(in %s)"):format(called(about.head), said, about.place)
end

-- Whether a table's entry is a function to be told of: behind a colon only methods are.
local function is_told(name, value, before)
   return type(name) == "string" and type(value) == "function" and name:sub(1, 2) ~= "__"
      and (before == "." or source.is_method(value))
end

-- The functions of a table, with the first sentence on each.
local function functions_of(t, width, typed, before)
   local list, names = {}, {}
   for name, value in pairs(t) do
      if is_told(name, value, before) then names[#names + 1] = name end
   end
   table.sort(names)
   for i, name in ipairs(names) do
      local about = source.of_function(inputs.told(t[name]), typed)
      local arguments = about and called(about.head):match "%b()" or "(…)"
      list[i] = { before .. name .. arguments, about and first_sentence(about.text) or "" }
   end
   return #list > 0 and rows(list, width) or nil
end

local function module_name(t)
   for name, value in pairs(package.loaded) do
      if value == t and type(name) == "string" and name ~= "_G" then return name end
   end
end

-- The class of an object: the table its methods are in.
local function class_of(value)
   local meta = debug.getmetatable(value)
   local index = type(meta) == "table" and rawget(meta, "__index")
   return type(index) == "table" and index or type(meta) == "table" and meta or nil
end

local function of_table(t, width, typed)
   local parts = {}
   local class = class_of(t)
   local name = module_name(t) or class and module_name(class)
   parts[1] = name and name .. "\n" .. (source.of_module(name) or "")
   parts[#parts + 1] = functions_of(t, width, typed, ".")
   if class and class ~= t then
      parts[#parts + 1] = functions_of(class, width, typed, ":")
   end
   if type(rawget(t, "manifest")) == "table" and t.manifest.about then
      table.insert(parts, 1, t.manifest.about)
   end
   return #parts > 0 and table.concat(parts, "\n\n") or "a table: type it to see what is in it"
end

-- ---- names -------------------------------------------------------------------------------------

local OWN = {
   { "_", "the last value" },
   { "help(x)", "about a function, a module, a kind of record, a field or a value, or its name" },
   { "ext", "the extensions there are; ext \"NAME\" runs one over the captures given" },
   { "sql \"…\"", "asks the databases of the input in SQL" },
   { "inputs", "what was given; inputs[1] is the first" },
   { "weir", "the library: weir.open \"x.pcap\" opens another input" },
}

local function overview(session, width)
   local list = {}
   for _, offer in ipairs(inputs.offers(session)) do
      list[#list + 1] = { offer.name, offer.about }
   end
   local parts = {}
   if #list > 0 then parts[1] = "of the input\n" .. rows(list, width) end
   parts[#parts + 1] = "besides\n" .. rows(OWN, width)
   parts[#parts + 1] = "Tab completes names, fields and paths; Ctrl-C stops what runs, Ctrl-D "
      .. "leaves.\nAn expression prints its value; what is not finished goes on on the next line."
   return table.concat(parts, "\n\n")
end

-- The value of a name such as "weir.open" in the session; nil when there is none.
local function value_of(session, path)
   local value = session.env
   for name in path:gmatch "[^.:]+" do
      local ok, found = pcall(function () return value[name] end)
      if not ok or found == nil then return nil end
      value = found
   end
   return value
end

local function unknown(session, name)
   local known = require "weir.repl.names".all(session)
   for _, kind in ipairs(schema.kinds) do known[#known + 1] = kind end
   local near = nearest(name, known)
   return ("nothing is known of '%s'%s"):format(text.safe(name),
      near and (": did you mean '%s'?"):format(near) or ": help() says what there is")
end

local explain

local function of_name(session, name, width)
   for _, kind in ipairs(schema.kinds) do
      if kind == name then return of_kind(kind, width) end
   end
   local found = of_path(name, width) or of_field(name, width)
   if found then return found end
   for _, offer in ipairs(inputs.offers(session)) do
      if offer.name == name and offer.kind then
         return offer.about .. "\n\n" .. of_kind(offer.kind, width)
      end
   end
   local value = value_of(session, name)
   if value ~= nil and type(value) ~= "string" then return explain(session, value, width) end
   local comment = source.of_module(name) or source.of_module("weir." .. name)
   return comment or unknown(session, name)
end

function explain(session, value, width)
   local kind = type(value)
   if kind == "string" then return of_name(session, value, width) end
   if kind == "function" then return of_function(value, session.sources) end
   local of = record.kind(value)
   if of then return of_kind(of, width) end
   local said = inputs.help(value, width)
   if said then
      local methods = functions_of(class_of(value) or {}, width, session.sources, ":")
      return methods and said .. "\n\n" .. methods or said
   end
   if kind == "table" then return of_table(value, width, session.sources) end
   return ("a %s: %s"):format(kind, text.safe(tostring(value)))
end

local page = {}
function page:__tostring() return self.text end

-- Whether a value is what help says.
function help.is(value) return getmetatable(value) == page end

-- `help` for a session: typed alone it is the overview.
function help.of(session)
   local function width() return math.min(session.width or 80, 100) end
   return setmetatable({}, {
      __call = function (_, ...)
         local about = select("#", ...) == 0 and overview(session, width())
            or explain(session, (...), width())
         return setmetatable({ text = about }, page)
      end,
      __tostring = function () return overview(session, width()) end,
   })
end

return help

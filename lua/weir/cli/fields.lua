-- weir read --list-fields: what records are made of.
--
--    weir read --list-fields dns          the fields of a kind of record
--    weir read --list-fields ttl          those that are called so, or are about that

local nearest = require "weir.nearest"
local report  = require "weir.cli.report"
local schema  = require "weir.schema"

local fields = {}

local ANY = "any protocol"

-- ---- which -------------------------------------------------------------------------------

local function has(field, word)
   local text = ("%s %s %s"):format(field.name, field.doc, table.concat(field.aliases or {}, " "))
   return text:lower():find(word:lower(), 1, true) ~= nil
end

-- Whether a field is called like one of these words, or about it; all are without words.
local function is_meant(field, words)
   for _, word in ipairs(words) do
      if has(field, word) then return true end
   end
   return #words == 0
end

-- Sorts words: kinds of records, and others.
local function sort_words(words)
   local kinds, others, known = {}, {}, {}
   for _, kind in ipairs(schema.kinds) do known[kind] = true end
   for _, word in ipairs(words) do
      local list = known[word] and kinds or others
      list[#list + 1] = word
   end
   return kinds, others
end

-- ---- rows --------------------------------------------------------------------------------

-- Of protocols the fields that several kinds have are told once: for which, by what they are.
local function shared_by(kinds)
   local users = {}
   for _, kind in ipairs(kinds) do
      local own = schema.of(kind)
      for _, field in ipairs(own.said and schema.spread(own) or {}) do
         local key = field.name .. "\n" .. field.doc
         users[key] = users[key] or {}
         table.insert(users[key], kind)
      end
   end
   return users
end

-- Whether it is one of those that the records of all protocols begin with.
local function is_common(field) return field.top or field.listed == false end

-- The fields of these kinds: those that are always there; and by the option that measures them
-- the others, with the options in order.  Each is { of, field }.
local function sorted_fields(kinds, words)
   local always, asked, options, done = {}, {}, {}, {}
   local users = shared_by(kinds)
   local function add(kind, field)
      local option, key = field.asked, field.name .. "\n" .. field.doc
      local sharing, of = schema.of(kind).said and users[key], kind
      if sharing and done[key] then return end
      if sharing then
         done[key] = true
         of = #sharing > 1 and is_common(field) and ANY or table.concat(sharing, " ")
      end
      if option and not asked[option] then options[#options + 1], asked[option] = option, {} end
      local list = option and asked[option] or always
      list[#list + 1] = { of = of, field = field }
   end
   for _, kind in ipairs(kinds) do
      local own = schema.of(kind)
      for _, field in ipairs(schema.spread(own)) do
         local is_found = own.names[field.name] == field          -- and not what is cheaper to have
         if is_found and is_meant(field, words) then add(kind, field) end
      end
   end
   return always, asked, options
end

local function show(rows, with_aliases)
   local columns = {
      { name = "of", colour = "dim", min = 8, shrink = 2 }, { name = "field", colour = "bold" },
      { name = "meaning", shrink = 1, min = 20 },
   }
   if with_aliases then columns[4] = { name = "also", shrink = 2, min = 8 } end
   local out = report.sheet(columns)
   for _, row in ipairs(rows) do
      local field = row.field
      out:row { row.of, field.name, field.doc, table.concat(field.aliases or {}, " ") }
   end
   out:finish()
end

-- What extensions give, of those that are meant.
local function given(part, words)
   local rows = {}
   for _, field in ipairs(part and part.rows or {}) do
      if is_meant(field, words) then rows[#rows + 1] = { of = "flow", field = field } end
   end
   return rows
end

-- One line for each field, with its other names.  `only` are kinds of records (nil: all), `words`
-- more of these, or what fields are called or about; `part` is what extensions give, if any.
-- Returns nil and the reason when there is no such field.
function fields.list(only, words, part)
   local kinds, others = sort_words(words)
   if #kinds == 0 then kinds = only or schema.kinds end
   local always, asked, options = sorted_fields(kinds, others)
   local more = given(part, others)
   if #always + #options + #more == 0 then
      local near = nearest(others[1], schema.kinds)
      return nil, ("no kind of record and no field is called '%s'%s"):format(others[1],
         near and (": did you mean '%s'?"):format(near) or "")
   end
   if #always > 0 then show(always, true) end
   for _, option in ipairs(options) do
      report.page(("\nMeasured when asked for: by --%s, or by naming one with -e or -Y\n")
         :format(option))
      show(asked[option])
   end
   if #more > 0 then
      report.page "\nGiven by extensions\n"
      show(more)
   end
   return report.exit.ok
end

return fields

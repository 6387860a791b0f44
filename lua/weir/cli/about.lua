-- What a record of a protocol is about, in a few words.  Its kind's schema says how:
--
--    about = { "{rrtype} {rrname}", { ": {answers.rdata}", ": {rcode}", "?" }, "{tc? (cut)}" }
--
-- Pieces are said one behind the other.  One that names a field which is unset, empty, zero or
-- false, or what is `usual` for that field, is left out; of pieces in braces of their own the
-- first is said that can be.  {tc? (cut)} says " (cut)" where `tc` is set, {mode=client?asks} says
-- "asks" where `mode` is that; {answers.rdata} goes through the rows of a table.

local schema = require "weir.schema"

local about = {}

local MOST = 6                            -- values of a list that are told

-- The parts of a piece: texts, and what is to be looked up.
local function parse(piece, kind)
   local parts = {}
   for text, inner in (piece .. "{}"):gmatch "([^{]*){([^}]*)}" do
      local path, is, words = inner:match "^([^?=]*)=?([^?]*)%??(.*)$"
      local name, below = path:match "^([^.]*)%.?(.*)$"
      if text ~= "" then parts[#parts + 1] = text end
      if inner ~= "" then
         local field = assert(schema.field(kind, name))
         local row = below ~= "" and assert(field.rows.names[below], path) or nil
         parts[#parts + 1] = {
            field = field, row = row, is = is ~= "" and is or nil,
            words = words ~= "" and words or nil,
         }
      end
   end
   return parts
end

-- The first few of a list, each once.
local function listed(list, row)
   local texts, seen = {}, {}
   for _, item in ipairs(list) do
      local value = item
      if row then value = item[row.name] end
      local text = value ~= nil and tostring(value) or ""
      if text ~= "" and not seen[text] then
         seen[text] = true
         if #texts == MOST then
            texts[#texts + 1] = "…"
            break
         end
         texts[#texts + 1] = text
      end
   end
   return #texts > 0 and table.concat(texts, ", ") or nil
end

-- The text of a field; nil when there is nothing to say of it.
local function text_of(record, part)
   local value = record[part.field.name]
   if value == nil or value == "" or value == 0 or value == false or value == part.field.usual then
      return nil
   end
   if part.is and tostring(value) ~= part.is then return nil end
   if part.field.slice then value = ("%d bytes"):format(#value) end
   if type(value) == "table" then value = listed(value, part.row) end
   return value ~= nil and (part.words or tostring(value)) or nil
end

-- The text of a piece; nil when something is missing.
local function say(record, parts)
   local words = {}
   for i, part in ipairs(parts) do
      words[i] = type(part) == "string" and part or text_of(record, part)
      if not words[i] then return nil end
   end
   return table.concat(words)
end

local known = {}

-- The pieces of a kind: for each the ways in which it can be said.
local function pieces_of(kind)
   if known[kind] then return known[kind] end
   local list = {}
   for i, piece in ipairs(schema.of(kind).about or {}) do
      list[i] = {}
      for j, way in ipairs(type(piece) == "table" and piece or { piece }) do
         list[i][j] = parse(way, kind)
      end
   end
   known[kind] = list
   return list
end

-- The words for a record.
function about.of(record, kind)
   local words = {}
   for _, ways in ipairs(pieces_of(kind)) do
      for _, parts in ipairs(ways) do
         local text = say(record, parts)
         if text then
            words[#words + 1] = text
            break
         end
      end
   end
   return (table.concat(words):gsub("^[%s,:]+", ""))
end

return about

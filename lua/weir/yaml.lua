-- YAML with the places where things stand, for files that people write.
--
--    local root = yaml.read(text, "weir.yaml")   -- or nil and "weir.yaml:3:5: what is wrong"
--
-- A node is { line, column, kind } and, by its kind, `value` (of a "scalar", which is "string",
-- "number", "boolean" or "null" by `type`, and stands there as `text`), `items` (of a "list"), or
-- `entries` (of a "map": an array of { key = node, node = node }; by name in `by`).  Scalars are
-- those of YAML 1.2; what earlier versions read otherwise, as 012, is an error and not a surprise.

local texts = require "weir.text"

local yaml = {}

local DEEP, MOST = 64, 100000             -- lists in lists; nodes of one file

local function fail(reader, mark, text, ...)
   error({ why = ("%s:%d:%d: %s"):format(reader.path, mark.line + 1, mark.column + 1,
      text:format(...)) }, 0)
end

-- ---- scalars ------------------------------------------------------------------------------

local WORDS = {
   [""] = "null", ["~"] = "null", null = "null", Null = "null", NULL = "null",
   ["true"] = true, True = true, TRUE = true, ["false"] = false, False = false, FALSE = false,
}

-- Numbers as YAML 1.2 has them; nil for what is none.
local function number(text)
   if text:find "^0x%x+$" then return tonumber(text:sub(3), 16) end
   if text:find "^0o[0-7]+$" then return tonumber(text:sub(3), 8) end
   if text:find "^[-+]?%d+$" or text:find "^[-+]?%d*%.?%d+$" or text:find "^[-+]?%d+%.$"
      or text:find "^[-+]?%d+%.?%d*[eE][-+]?%d+$" or text:find "^[-+]?%d*%.%d+[eE][-+]?%d+$" then
      return tonumber(text) or tonumber((text:gsub("^%+", "")))
   end
   return nil
end

-- What a plain scalar is: its type and value.
local function plain(reader, event)
   local text = event.value
   local word = WORDS[text]
   if word == "null" then return "null", nil end
   if word ~= nil then return "boolean", word end
   if text:find "^[-+]?0%d+$" then
      fail(reader, event.start_mark,
         "%s can be read in two ways: write %s for the number, or '%s' for the text", text,
         (text:gsub("^([-+]?)0+(%d)", "%1%2")), text)
   end
   local value = number(text)
   if value then return "number", value end
   return "string", text
end

local function scalar(reader, event, node)
   node.kind, node.type, node.value, node.text = "scalar", "string", event.value, event.value
   if event.style == "PLAIN" and not event.tag then
      node.type, node.value = plain(reader, event)
   end
   return node
end

-- ---- nodes ---------------------------------------------------------------------------------

local node_of

-- Whether YAML has a character (nil: bytes that are none).
local function is_allowed(code)
   if not code or code >= 0x7F and code < 0xA0 and code ~= 0x85 then return false end
   return code >= 0x20 or code == 9 or code == 13
end

-- Of the first bytes that YAML cannot have, which libyaml knows no place of.
local function fail_at_byte(reader)
   for line, text in ipairs(reader.lines) do
      for start, stop, code in texts.characters(text) do
         if not is_allowed(code) then
            fail(reader, { line = line - 1, column = start - 1 },
               "%s is no character of a YAML, which is UTF-8", texts.safe(text:sub(start, stop)))
         end
      end
   end
end

-- The next event; where the text is no YAML, libyaml's own words and place.
local function next_event(reader)
   local ok, event = pcall(reader.parser)
   if ok then return event end
   local why, line, column =
      tostring(event):match "^(.-) at document: %d+, line: (%d+), column: (%d+)"
   if not why then fail_at_byte(reader) end
   local mark = { line = (tonumber(line) or 1) - 1, column = (tonumber(column) or 1) - 1 }
   if reader.lines[mark.line + 1] and reader.lines[mark.line + 1]:find "^ *\t" then
      fail(reader, mark, "a tab: YAML is indented with blanks")
   end
   fail(reader, mark, "this is no YAML: %s", why or tostring(event))
end

local function list(reader, node, depth)
   node.kind, node.items = "list", {}
   while true do
      local event = next_event(reader)
      if event.type == "SEQUENCE_END" then return node end
      node.items[#node.items + 1] = node_of(reader, event, depth)
   end
end

local function map(reader, node, depth)
   node.kind, node.entries, node.by = "map", {}, {}
   while true do
      local event = next_event(reader)
      if event.type == "MAPPING_END" then return node end
      local key = node_of(reader, event, depth)
      if key.kind ~= "scalar" or key.value == nil then
         fail(reader, event.start_mark, "a key is a word, not a %s", key.type or key.kind)
      end
      local name = key.text
      local before = node.by[name]
      if before then
         fail(reader, event.start_mark, "'%s' stands here a second time; the first is in line %d",
            name, before.key.line)
      end
      local entry = { key = key, name = name, node = node_of(reader, next_event(reader), depth) }
      node.entries[#node.entries + 1], node.by[name] = entry, entry
   end
end

-- The node that begins with an event.
function node_of(reader, event, depth)
   reader.count = reader.count + 1
   if depth > DEEP then fail(reader, event.start_mark, "nested more than %d deep", DEEP) end
   if reader.count > MOST then fail(reader, event.start_mark, "more than %d values", MOST) end
   if event.type == "ALIAS" then
      local node = reader.anchors[event.anchor]
      if node then return node end
      fail(reader, event.start_mark, "'*%s' stands for nothing before it", event.anchor)
   end
   local node = { line = event.start_mark.line + 1, column = event.start_mark.column + 1 }
   if event.type == "SCALAR" then scalar(reader, event, node) end
   if event.type == "SEQUENCE_START" then list(reader, node, depth + 1) end
   if event.type == "MAPPING_START" then map(reader, node, depth + 1) end
   if event.anchor then reader.anchors[event.anchor] = node end     -- behind its end: no circles
   return node
end

-- The one document of a text; an empty one is a map of nothing.
local function document(reader)
   local root
   while true do
      local event = next_event(reader)
      if event.type == "STREAM_END" then
         return root or { line = 1, column = 1, kind = "map", entries = {}, by = {} }
      elseif event.type == "DOCUMENT_START" then
         if root then fail(reader, event.start_mark, "a second document in one file") end
         root = node_of(reader, next_event(reader), 0)
      end
   end
end

-- The root of a text; or nil and what is wrong, with its place.
function yaml.read(text, path)
   local has, library = pcall(require, "yaml")
   if not has then return nil, "no YAML without its library: sudo apt-get install lua-yaml" end
   local reader = {
      path = path, parser = library.parser(text), anchors = {}, count = 0, lines = {},
   }
   for line in (text .. "\n"):gmatch "([^\n]*)\n" do reader.lines[#reader.lines + 1] = line end
   local ok, root = pcall(document, reader)
   if ok then return root end
   if type(root) ~= "table" or not root.why then error(root, 0) end
   return nil, root.why
end

return yaml

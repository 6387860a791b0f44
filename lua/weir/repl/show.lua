-- Values as people read them: tables by their keys, records by the fields of their kind.
--
--    show.text({ 1, 2, name = "x" }, { width = 80, colour = false })    --> { 1, 2, name = "x" }
--
-- Bounded in depth, in how many entries of a table and bytes of a text show; what is left out
-- says so.

local record = require "weir.repl.record"
local sheet  = require "weir.sheet"
local text   = require "weir.text"

local show = {}

local DEPTH = 4                           -- tables inside each other
local ENTRIES = 40                        -- of a table
local ITEMS = 20000                       -- values in all
local BYTES = 2000                        -- of a text inside a table

local words = {
   ["and"] = true, ["break"] = true, ["do"] = true, ["else"] = true, ["elseif"] = true,
   ["end"] = true, ["false"] = true, ["for"] = true, ["function"] = true, ["goto"] = true,
   ["if"] = true, ["in"] = true, ["local"] = true, ["nil"] = true, ["not"] = true, ["or"] = true,
   ["repeat"] = true, ["return"] = true, ["then"] = true, ["true"] = true, ["until"] = true,
   ["while"] = true,
}
show.words = words                        -- Lua's own

local function safe_lines(s) return (s:gsub("[^\n\t]+", text.safe)) end

-- A text of lines without what drives a terminal, but for colours if it `has_colours`.
function show.safe(s, has_colours)
   if not has_colours then return safe_lines(s) end
   local out, at = {}, 1
   for from, colour, to in s:gmatch "()(\27%[[%d;]*m)()" do
      out[#out + 1] = safe_lines(s:sub(at, from - 1)) .. colour
      at = to
   end
   out[#out + 1] = safe_lines(s:sub(at))
   return table.concat(out)
end

local function paint(self, s, colour) return self.colour and sheet.paint(s, colour) or s end

local escapes = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ['"'] = '\\"', ["\\"] = "\\\\" }

-- A string in quotes, as Lua reads it.
local function quoted(s)
   local out = s:gsub('[\n\t\r"\\]', escapes)
   return '"' .. text.safe(out) .. '"'
end

local function string_text(self, s, is_top)
   if is_top and s:find "\n" then
      local lines = {}
      for line in (s:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do
         lines[#lines + 1] = text.safe((line:gsub("\t", "   ")))
      end
      return table.concat(lines, "\n")
   end
   local more = #s - BYTES
   if more > 0 and not is_top then
      return paint(self, quoted(s:sub(1, BYTES)), "green") .. (" … %d bytes more"):format(more)
   end
   return paint(self, quoted(s), "green")
end

-- Whole numbers keep their digits, others what tells them from their neighbours.
local function number_text(n)
   if n % 1 == 0 and math.abs(n) < 2 ^ 53 then return ("%d"):format(n) end
   local short = ("%.14g"):format(n)
   return tonumber(short) == n and short or ("%.17g"):format(n)
end

local function function_text(f)
   local about = debug.getinfo(f, "S")
   if about.what == "C" then return "function: built in" end
   return ("function: %s:%d"):format(about.short_src, about.linedefined)
end

-- The keys of a table that are not in its array part, in order: numbers, texts, others.
local function keys_of(t, count)
   local keys = {}
   for key in next, t do
      local is_item = type(key) == "number" and key >= 1 and key <= count and key % 1 == 0
      if not is_item then keys[#keys + 1] = key end
   end
   table.sort(keys, function (a, b)
      local one, other = type(a), type(b)
      if one ~= other then return one < other end
      if one == "number" or one == "string" then return a < b end
      return tostring(a) < tostring(b)
   end)
   return keys
end

local value_text

local function key_text(self, key)
   if type(key) == "string" and key:find "^[%a_][%w_]*$" and not words[key] then
      return paint(self, key, "cyan")
   end
   return "[" .. value_text(self, key, DEPTH) .. "]"
end

-- The entries of a table, each a text, and how many are left out.
local function entries_of(self, t, depth)
   local parts, count = {}, #t
   for i = 1, math.min(count, ENTRIES) do parts[i] = value_text(self, rawget(t, i), depth + 1) end
   local keys = keys_of(t, count)
   for _, key in ipairs(keys) do
      if #parts == ENTRIES then break end
      parts[#parts + 1] = key_text(self, key) .. " = " .. value_text(self, rawget(t, key),
         depth + 1)
   end
   local left = count + #keys - #parts
   if left > 0 then parts[#parts + 1] = paint(self, ("… %d more"):format(left), "dim") end
   return parts
end

local function plain(s) return (s:gsub("\27%[[%d;]*m", "")) end

-- Entries on one line where they fit, else each on its own.
local function braces(self, parts, depth)
   local line, width = "{ " .. table.concat(parts, ", ") .. " }", 0
   if not line:find "\n" then width = text.width(plain(line)) end
   local room = self.width - 3 * depth
   if width > 0 and width <= room then return line end
   local margin = (" "):rep(3)
   local lines = {}
   for i, part in ipairs(parts) do lines[i] = margin .. part:gsub("\n", "\n" .. margin) .. "," end
   return "{\n" .. table.concat(lines, "\n") .. "\n}"
end

local function table_text(self, t, depth)
   if self.within[t] then return paint(self, "…itself", "dim") end
   if next(t) == nil then return "{}" end
   if depth >= DEPTH or self.left <= 0 then return paint(self, "{ … }", "dim") end
   self.within[t] = true
   local out = braces(self, entries_of(self, t, depth), depth)
   self.within[t] = nil
   return out
end

-- What an object says of itself; nil when it says nothing.
local function own_text(value)
   local meta = debug.getmetatable(value)
   local says = type(meta) == "table" and rawget(meta, "__tostring")
   return says and show.safe(tostring(value), true)
end

local function record_text(self, value, kind, depth)
   local parts = {}
   for i, pair in ipairs(record.pairs(value, kind)) do
      parts[i] = key_text(self, pair[1]) .. " = " .. (pair[3] or value_text(self, pair[2],
         depth + 1))
   end
   return kind .. " " .. braces(self, parts, depth)
end

function value_text(self, value, depth)
   self.left = self.left - 1
   local kind = type(value)
   if kind == "string" then return string_text(self, value, depth == 0) end
   if kind == "number" then return paint(self, number_text(value), "yellow") end
   if kind == "nil" or kind == "boolean" then return paint(self, tostring(value), "magenta") end
   if kind == "function" then return paint(self, function_text(value), "blue") end
   local is_record = kind == "cdata" and record.kind(value)
   if is_record then return record_text(self, value, is_record, depth) end
   local said = (kind == "table" or kind == "userdata") and own_text(value)
   if said then return depth == 0 and said or (said:match "[^\n]*") end
   if kind == "table" then return table_text(self, value, depth) end
   return text.safe(tostring(value))
end

-- A value as text, without a line break at its end.  How: `width` of lines, `colour`.
function show.text(value, how)
   local self = { width = how.width or 80, colour = how.colour, within = {}, left = ITEMS }
   return (value_text(self, value, 0):gsub("\n$", ""))
end

return show

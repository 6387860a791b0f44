-- JSON of headers: as one object, in which those of one name are one value, as Stratosphere has
-- them; or as an array of pairs, which keeps them apart.
--
--    fold.object { { name = "a", value = "1" }, { name = "a", value = "2" } }     --> {"a": "1, 2"}
--
-- Bytes that are no UTF-8 are written as Python does it: as halves of surrogates.

local text = require "weir.text"

local fold = {}

local short = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local function escape(c) return short[c] or ("\\u%04x"):format(c:byte()) end

-- A text that has bytes which are none.
local function with_bytes(s)
   local parts = {}
   for first, last, code in text.characters(s) do
      parts[#parts + 1] = code and s:sub(first, last):gsub('[%z\1-\31"\\\127]', escape)
         or ("\\udc%02x"):format(s:byte(first))
   end
   return table.concat(parts)
end

local function quote(s)
   s = text.is_utf8(s) and s:gsub('[%z\1-\31"\\\127]', escape) or with_bytes(s)
   return '"' .. s .. '"'
end

-- The names of headers and what each stands for, in the order in which they first come.
local function gather(headers)
   local names, values = {}, {}
   for _, header in ipairs(headers) do
      local name = header.name or ""
      local key, value = name:lower(), header.value or ""
      if values[key] then
         values[key].value = values[key].value .. ", " .. value
      else
         values[key] = { name = name, value = value }
         names[#names + 1] = key
      end
   end
   return names, values
end

function fold.object(headers)
   local names, values = gather(headers)
   local parts = {}
   for i, key in ipairs(names) do
      parts[i] = quote(values[key].name) .. ": " .. quote(values[key].value)
   end
   return "{" .. table.concat(parts, ", ") .. "}"
end

function fold.pairs(headers)
   local parts = {}
   for i, header in ipairs(headers) do
      parts[i] = ("[%s, %s]"):format(quote(header.name or ""), quote(header.value or ""))
   end
   return "[" .. table.concat(parts, ", ") .. "]"
end

return fold

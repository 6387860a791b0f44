-- The name that was probably meant, for "did you mean …?":
--
--    local nearest = require "weir.nearest"
--    nearest("statz", { "read", "stats" })      --> "stats"; nil when no name is near

-- Damerau-Levenshtein distance: edits, and swaps of neighbours, from `a` to `b`.
local function distance(a, b)
   local before, last, row = {}, {}, {}
   for j = 0, #b do row[j] = j end
   for i = 1, #a do
      before, last, row = last, row, before
      row[0] = i
      for j = 1, #b do
         local same = a:byte(i) == b:byte(j)
         row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
         if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
            row[j] = math.min(row[j], before[j - 2] + 1)
         end
      end
   end
   return row[#b]
end

-- How far `name` is from `word`; nil when more than a third of the letters differ.
-- A beginning is nearer than any misspelling, and a short name nearer than a long one.
local function score(word, name)
   if #word > 1 and name:sub(1, #word) == word then return 1 - #word / #name end
   local most = math.floor(math.max(#word, #name) / 3)
   if math.abs(#word - #name) > most then return nil end
   local edits = distance(word, name)
   return edits <= most and edits or nil
end

-- Returns the one of `words` nearest to `word`, whatever their case; the first of equals.
local function nearest(word, words)
   local found, least
   for _, name in ipairs(words) do
      local far = score(word:lower(), name:lower())
      if far and (not least or far < least) then found, least = name, far end
   end
   return found
end

return nearest

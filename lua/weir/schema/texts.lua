-- The rows of a list of texts, or of numbers: a field with as = "strings" or "numbers" has them.
--    { name = "strings", as = "strings", rows = texts.strings() }

local texts = {}

function texts.strings()
   return {
      kind = "text", struct = "weir_text", records = "texts",
      { name = "text", as = "string", member = "at", bare = true, doc = "a text" },
      hidden = { size = true },
   }
end

function texts.numbers()
   return {
      kind = "number", struct = "weir_number", records = "numbers",
      { name = "number", bare = true, doc = "a number" },
      hidden = { unused = true },
   }
end

return texts

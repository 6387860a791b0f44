-- The rows of a list of texts: a field with as = "strings" has them.
--    { name = "strings", as = "strings", rows = texts.strings() }

local texts = {}

function texts.strings()
   return {
      kind = "text", struct = "weir_text", records = "texts",
      { name = "text", as = "string", member = "at", bare = true, doc = "a text" },
      hidden = { size = true },
   }
end

return texts

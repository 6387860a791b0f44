-- Rows of names and what is said under them: headers.
return function ()
   return {
      kind = "pair", struct = "weir_pair", records = "pairs",
      { name = "name", doc = "its name, as it was sent" },
      { name = "value", doc = "its value; passwords, tokens and cookies are replaced by ***" },
      hidden = {},
   }
end

-- Values that have parts, on one line.
--
--    flat.value { "a", "b" }                             --> a, b
--    flat.rows({ { rrtype = "A", rdata = "192.0.2.1" } }, fields)   --> A 192.0.2.1

local flat = {}

-- A value of any kind: what is in a list behind each other, in a map with its name before it.
function flat.value(v)
   if type(v) ~= "table" then return v end
   local parts, names = {}, {}
   for i, item in ipairs(v) do parts[i] = tostring(flat.value(item)) end
   for name in pairs(parts[1] and {} or v) do names[#names + 1] = name end
   table.sort(names)
   for _, name in ipairs(names) do
      parts[#parts + 1] = ("%s %s"):format(name, tostring(flat.value(v[name])))
   end
   return table.concat(parts, ", ")
end

-- The rows of a list: the values that each has of these fields, and what it is by the name of that.
function flat.rows(list, fields)
   local lines = {}
   for i, row in ipairs(list) do
      local parts = {}
      for _, field in ipairs(fields) do
         local v = row[field.name]
         local text = v == true and field.name or v and tostring(flat.value(v)) or ""
         if text ~= "" then parts[#parts + 1] = text end
      end
      lines[i] = table.concat(parts, " ")
   end
   return table.concat(lines, ", ")
end

return flat

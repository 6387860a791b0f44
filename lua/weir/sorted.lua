-- The names of a map in their order, for what is not to depend on how Lua keeps it.

return function (map)
   local names = {}
   for name in pairs(map) do names[#names + 1] = name end
   table.sort(names)
   return names
end

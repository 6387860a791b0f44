-- The instances of extensions that a weir.yaml asks for.
--
-- Each entry of `extensions` is one, which its overrides may change; an override for another id
-- makes one more, of the entry as it stands.

local merge = require "weir.config.merge"

local function plain(entry)
   local own = merge(entry, nil)
   own.override = nil
   return own
end

-- The instances of one entry: its own first.
local function of_entry(entry)
   local base = plain(entry)
   local own, others = base, {}
   for _, o in ipairs(entry.override) do
      if o.id == entry.id then
         own = merge(own, o.change)
      else
         local other = merge(base, o.change)
         other.id = o.id
         others[#others + 1] = other
      end
   end
   own.id = entry.id
   table.insert(others, 1, own)
   return others
end

-- All instances in the file's order; or nil, the id that two of them have, and the later entry.
return function (entries)
   local list, known = {}, {}
   for _, entry in ipairs(entries) do
      for _, instance in ipairs(of_entry(entry)) do
         if known[instance.id] then return nil, instance.id, entry end
         known[instance.id] = true
         list[#list + 1] = instance
      end
   end
   return list
end

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

-- The instances of one entry, its own first: { values, and what says so, the last word first }.
local function of_entry(entry)
   local base = plain(entry)
   local own, others, by = base, {}, { entry }
   for _, o in ipairs(entry.override) do
      if o.id == entry.id then
         own = merge(own, o.change)
         table.insert(by, 1, o.change)
      else
         local other = merge(base, o.change)
         other.id = o.id
         others[#others + 1] = { other, { o.change, entry } }
      end
   end
   own.id = entry.id
   table.insert(others, 1, { own, by })
   return others
end

-- All instances in the file's order, and by id the tables that say what each is; or nil, the id
-- that two of them have, and what says so of the later one.
return function (entries)
   local list, known = {}, {}
   for _, entry in ipairs(entries) do
      for _, made in ipairs(of_entry(entry)) do
         local instance, by = made[1], made[2]
         if known[instance.id] then return nil, instance.id, by[1] end
         known[instance.id] = by
         list[#list + 1] = instance
      end
   end
   return list, known
end

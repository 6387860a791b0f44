-- The filter of -Y: which kinds of records it is asked of, what it needs to have measured, and what
-- it lets through.

local schema = require "weir.schema"
local sheet  = require "weir.sheet"

local where = {}

-- The filter that a command line names; nil without one.  Or nil, the reason and the place.
function where.filter(values, part)
   if not values.where then return nil end
   return require "weir.filter".new(values.where,
      { part = part, sources = {}, seed = values.community_seed })
end

-- The kinds of records to be written: of those that are shown anyhow, or were chosen, the ones that
-- have all fields of the filter; else the first kind that has.  Or nil, the reason and the place.
function where.kinds(filter, values, kinds)
   local list, why, place = filter:kinds(kinds)
   if list or values.only then return list, why, place end
   list, why, place = filter:kinds(schema.meant)
   return list and { list[1] }, why, place
end

-- Adds to what is asked for by name what the filter needs for these kinds of records; and `again`
-- where the packets of -w are those of flows that match, since packets do not have all its fields.
-- Returns nil, the reason and the place when it makes no sense for one of them.
function where.asked(filter, values, kinds, asked)
   if not filter then return asked end
   local all, tried = setmetatable({}, { __index = asked }), { unpack(kinds) }
   all.again = values.write ~= nil and not filter:kinds { "packet" }
   if values.write and not all.again then tried[#tried + 1] = "packet" end
   for _, kind in ipairs(tried) do
      local compiled, why, place = filter:of(kind)
      if why then return nil, why, place end
      for name in pairs(compiled and compiled.asked or {}) do all[name] = true end
   end
   all.stats = all.stats or all.splt                     -- which is kept beside them
   return all
end

-- By the numbers that runs have: the filter of each of these kinds, and 0, of how many match.
function where.by_number(filter, kinds)
   local filters, matched = {}, {}
   for _, kind in ipairs(filter and kinds or {}) do
      local number = schema.number(kind)
      filters[number], matched[number] = filter:of(kind), 0
   end
   return filters, filter and matched
end

-- "3 flows, 1 second, 2 of dns matched"; `matched` has how many by the number of the kind.
function where.said(matched)
   local parts = {}
   for _, kind in ipairs(schema.kinds) do
      local n = matched[schema.number(kind)]
      local is_said = schema.of(kind).said
      local words = is_said and "of " .. kind or n == 1 and kind or kind .. "s"
      if n and (n > 0 or not is_said) then parts[#parts + 1] = sheet.count(n) .. " " .. words end
   end
   return (parts[1] and table.concat(parts, ", ") or "nothing") .. " matched"
end

return where

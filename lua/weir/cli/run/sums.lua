-- What was counted of captures, one after the other, as one flat table of sums.

local sums = {}

local COUNTED = { "filtered", "kernel_drops", "interface_drops" }
local SEEN = {
   "packets", "bytes", "flows", "offsets_dropped", "notes_dropped", "said_dropped",
   "names_dropped",
}

-- Adds what is known of a capture (capture:counts) to `all`.
function sums.add(all, counts, seen)
   local function add(name, count) all[name] = (all[name] or 0) + (count or 0) end
   for _, name in ipairs(COUNTED) do add(name, counts[name]) end
   for _, name in ipairs(SEEN) do add(name, seen[name]) end
   for i, count in ipairs(seen.trouble) do add("trouble " .. i, count) end
   for kind, count in pairs(seen.said) do add("said " .. kind, count) end
end

-- The sums with those of a capture that is being read; `live` is nil between two of them.
function sums.with(all, live)
   local now = {}
   for name, count in pairs(all) do now[name] = count end
   if live then sums.add(now, live:counts()) end
   return now
end

return sums

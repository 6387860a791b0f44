-- Makes the class of an extension of its manifest: weir.feature {…}, weir.extractor {…}.

local kinds    = require "weir.extension.kinds"
local manifest = require "weir.extension.manifest"

local class = {}

local facts = setmetatable({}, { __mode = "k" })         -- of each class: kind, manifest, place

-- What the loader is loading: { path, source, granted }; nil where a script makes a class itself.
class.loading = nil

-- What is known of a class; nil for anything else.
function class.facts(of) return type(of) == "table" and facts[of] or nil end

local function place_of(level)
   local info = debug.getinfo(level + 1, "Sl")
   local loading = class.loading
   return {
      path = loading and loading.path or info.short_src, line = math.max(info.currentline, 1),
      source = loading and loading.source or "",
   }
end

for kind in pairs(kinds.all) do
   class[kind] = function (m)
      local place = place_of(2)
      manifest.check(kind, m, place)
      local made = {}
      facts[made] = { kind = kind, manifest = m, place = place }
      return made
   end
end

return class

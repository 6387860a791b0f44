-- Files that records come from: what the paths that are named stand for.
--
--    local paths = {}
--    assert(sources.expand("captures/", paths))

local abi    = require "weir.abi"
local sample = require "weir.sample"

local C = abi.C
local sources = {}

-- Adds what a path stands for: itself, or the captures and the databases of exchanges in and below
-- a folder.  Returns nil and the reason when there are none.
function sources.expand(path, paths)
   if path == "-" or C.weir_folder_is(path) == 0 then
      paths[#paths + 1] = path
      return true
   end
   local folder = C.weir_folder_open(path)
   if folder == nil then return nil, abi.reason() end
   local i, before = 0, #paths
   while C.weir_folder_path(folder, i) ~= nil do
      local found = abi.text(C.weir_folder_path(folder, i))
      local is_other = not sample.is(found) and sample.is_database(found)
      if not is_other then paths[#paths + 1] = found end
      i = i + 1
   end
   C.weir_folder_close(folder)
   if #paths > before then return true end
   return nil, ("no captures in or below '%s', and no databases of exchanges"):format(path)
end

-- Whether all of these are databases, which are of exchanges or nothing.
function sources.are_samples(paths)
   for _, path in ipairs(paths) do
      if path == "-" or not sample.is_database(path) then return false end
   end
   return #paths > 0
end

-- The same of what these paths stand for.
function sources.have_exchanges_only(given)
   local paths = {}
   for _, path in ipairs(given) do sources.expand(path, paths) end
   return sources.are_samples(paths)
end

return sources

-- What `weir run` reads, and what the meter has to make of it.

local digest  = require "weir.digest"
local host    = require "weir.host"
local sample  = require "weir.sample"
local schema  = require "weir.schema"
local sources = require "weir.sources"

local source = {}

-- What the meter has to make where nothing is kept: what extensions want.
local function bare(values)
   return {
      packets = false, flows = true, keylog = values.keylog, idle = values.idle,
      active = values.active, max_flows = values.max_flows,
      ahead = (values.jobs or 1) > 1 and not values.interface,
   }
end

-- What the meter has to make; extensions add to it.
function source.measures(values, learning, sees)
   if values.bare then return learning:measures(bare(values), sees) end
   return learning:measures({
      packets = false, flows = true, seconds = true, stats = true, names = true, labels = true,
      protocols = schema.spoken(), keylog = values.keylog, splt = values.splt, tcp = values.tcp,
      offsets = values.offsets, idle = values.idle, active = values.active,
      max_flows = values.max_flows, ahead = (values.jobs or 1) > 1 and not values.interface,
   }, sees)
end

-- Options that decide which records there are: a source that was begun with others cannot be gone
-- on with.
function source.how(values, measures, learning)
   local parts = { "weir " .. require "weir".version }
   for _, name in ipairs { "filter", "snaplen", "keylog", "idle", "active", "max_flows" } do
      if values[name] then parts[#parts + 1] = ("%s %s"):format(name, tostring(values[name])) end
   end
   for _, ext in ipairs(measures.cuts and learning.engine.extensions or {}) do
      parts[#parts + 1] = "ext " .. ext.name
   end
   return table.concat(parts, ", ")
end

function source.all_see() return true end

-- What a command line reads: one job, which all extensions see.
function source.job(values)
   return {
      files = values.read or {}, interfaces = { values.interface }, filter = values.filter,
      keylog = values.keylog, sees = source.all_see,
   }
end

-- The sources of jobs: { path, interface, filter, keylog, sees, is_own }.
function source.list(jobs)
   local list = {}
   for _, job in ipairs(jobs) do
      local paths = {}
      local function add(path, is_interface)
         list[#list + 1] = {
            path = path, interface = is_interface, filter = job.filter, keylog = job.keylog,
            sees = job.sees, is_own = job.is_own, owner = job.owner,
         }
      end
      for _, path in ipairs(job.files) do
         local ok, why = sources.expand(path, paths)
         if not ok then return nil, why end
      end
      for _, path in ipairs(paths) do add(path) end
      for _, name in ipairs(job.interfaces) do add(name, true) end
   end
   return list
end

-- What the meter has to make of a source: of databases that are kept, exchanges in any case.
function source.measures_for(one, values, learning)
   local how = source.measures(values, learning, one.sees)
   one.is_sample = not one.interface and sample.is_database(one.path)
   if values.exchanges or one.is_sample and not values.bare then
      how.protocols = { "exchange", unpack(how.protocols) }
   end
   if one.keylog then how.keylog = one.keylog end
   return how
end

-- The hash by which a source is known, where that matters: reading it takes as long as a sum.  What
-- can be read only once has none.
function source.hash(one, values, learning)
   if one.interface or host.is_stream(one.path) then return nil end
   if values.bare and not learning:is_named() then return nil end
   return digest.file(one.path)
end

return source

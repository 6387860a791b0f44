-- The packets of flows that a filter chose, as a capture: where they are in the files is noted as
-- the flows end, and the files are read again when all is over.
--
--    local chosen = packets.new { when = "blocked == true", path = "alerts.pcapng", most = 100000 }
--    chosen:look(flow)
--    print(chosen:write())                    -- how many packets

local capture = require "weir.capture"
local cells   = require "weir.cells"
local dump    = require "weir.dump"
local filter  = require "weir.filter"
local host    = require "weir.host"
local output  = require "weir.output"
local parts   = require "weir.extension.fields"

local packets = {}
packets.__index = packets

-- options: when (a filter, docs/filters.md), path, most (packets that are noted).
function packets.new(options)
   return setmetatable({
      options = options, sources = {}, order = {}, flows = 0, count = 0, left = 0,
   }, packets)
end

-- The filter for flows with these fields of extensions, and the paths that they are from.
local function prepare(self, about)
   local names = {}
   for i, path in ipairs(about.paths or {}) do
      names[i - 1] = path
      if host.same_file(path, self.options.path) then
         error(("'%s' would be written over: it is read"):format(path), 0)
      end
      if not host.same_file(path, path) then
         error(("the packets of '%s' are gone when their flow has ended: write them to a file "
            .. "(weir read -w), and run this over it"):format(path), 0)
      end
   end
   local part = about.fields and parts.part(about.fields)
   local made, why = filter.new(self.options.when, { part = part, sources = names })
   if not made then error(("when = '%s': %s"):format(self.options.when, why), 0) end
   local compiled
   compiled, why = made:of "flow"
   if not compiled then
      error(("when = '%s': %s"):format(self.options.when, why or "that is nothing of flows"), 0)
   end
   self.about, self.test = about, compiled.test
end

-- What is noted of a source.
local function source_of(self, path)
   local known = self.sources[path]
   if not known then
      known = { path = path, offsets = {} }
      self.sources[path], self.order[#self.order + 1] = known, known
   end
   return known
end

-- Notes where the packets of a flow are, if it is one that is looked for.
function packets:look(flow)
   local about = cells.about(flow)
   if about ~= self.about then prepare(self, about) end
   if not self.test(flow) then return end
   self.flows = self.flows + 1
   local home, first = flow.home, flow.offsets_at
   for i, offset in ipairs(flow.offsets or {}) do
      if self.count >= self.options.most then
         self.left = self.left + 1
      else
         local path = about.paths[home.offset_sources[first + i - 1] + 1]
         source_of(self, path).offsets[offset], self.count = true, self.count + 1
      end
   end
end

-- ---- writing -----------------------------------------------------------------------------------

local function check(ok, why)
   if not ok then error(why, 0) end
   return ok
end

-- Adds those that are noted of a source.
local function copy(source, out)
   local again = check(capture.open(source.path, { packets = true, flows = false }))
   local n = 0
   for batch in again:batches() do
      out:copy_secrets(again)
      for i = 0, batch.packet_count - 1 do
         if source.offsets[batch.packets[i].offset] then
            check(out:write(batch, i, 1))
            n = n + 1
         end
      end
   end
   again:close()
   return n
end

-- Whether the file can be written, of which nothing is lost by that.
function packets:try() check(check(output.open(self.options.path, true)):close()) end

-- Writes them; returns how many.  The file is there also when there are none.
function packets:write()
   if not self.about then return 0 end                   -- no flow came: it may be what is read
   local out, n = check(dump.open(self.options.path)), 0
   for _, source in ipairs(self.order) do n = n + copy(source, out) end
   check(out:close())
   return n
end

return packets

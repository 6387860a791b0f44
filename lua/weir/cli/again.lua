-- The packets of flows that a filter chose: which flows these are is known when they have ended, so
-- the input is read again.  Flows are the same then, and have the same ids.

local bit    = require "bit"
local host   = require "weir.host"
local input  = require "weir.cli.input"
local report = require "weir.cli.report"
local schema = require "weir.schema"

local usage = report.exit.usage
local PACKET, BEGIN = schema.number "packet", schema.number "begin"

local again = {}
again.__index = again

local NEEDED = {                          -- of what the first pass measures, by the second one, too
   "flows", "seconds", "idle", "active", "timeouts_only", "max_flows",
}

-- Opens the input of `first` a second time; `measures` are those of the first.  Returns nil, the
-- reason and the exit code when it cannot be read twice.
function again.open(values, words, measures, first)
   for _, path in ipairs(first.paths) do
      if values.interface or values.follow or path == "-" or not host.same_file(path, path) then
         return nil, ("'%s' cannot be read a second time, for the packets of flows that '-Y' "
            .. "chose: write all packets to a file, and read that"):format(path), usage
      end
   end
   if measures.cuts then
      return nil, "an extension ends flows: '-w' cannot tell whose packets '-Y' chose", usage
   end
   local how = { packets = true, begins = true }
   for _, name in ipairs(NEEDED) do how[name] = measures[name] end
   local capture, why, code = input.open(values, words, how)
   if not capture then return nil, why, code end
   return setmetatable({ capture = capture, ids = {}, parts = {}, keeps = {} }, again)
end

-- What the first pass has to measure besides.
function again.measures(measures) measures.flows, measures.offsets = true, true end

local function add(self, id)
   local word = math.floor(id / 32)
   self.ids[word] = bit.bor(self.ids[word] or 0, bit.lshift(1, id % 32))
end

local function has(self, id)
   return bit.band(self.ids[math.floor(id / 32)] or 0, bit.lshift(1, id % 32)) ~= 0
end

-- A packet's place in the input, as a key.
local function place(source, offset) return source * 2 ^ 40 + offset end

-- Fragments that came before the first one of their datagram name no flow: where they are in the
-- file tells whose they are.
local function note_fragments(self, batch)
   for i = 0, batch.flow_count - 1 do
      local flow = batch.flows[i]
      if flow.fragments > 0 and has(self, flow.flow_id) then
         for _, offset in ipairs(flow.offsets or {}) do
            self.parts[place(flow.source, offset)] = true
         end
      end
   end
end

local function note_matches(self, batch, run, filter)
   local spans, n = filter.spans(batch, run.first, run.count)
   local records = batch[filter.records]
   for k = 1, n, 2 do
      for at = spans[k], spans[k] + spans[k + 1] - 1 do add(self, records[at].flow_id) end
   end
end

-- Notes which flows of a batch match, or have a record that does.  `filters`: by number of a kind.
function again:note(batch, filters)
   for i = 0, batch.run_count - 1 do
      local run = batch.runs[i]
      local filter = filters[run.kind]
      if filter then note_matches(self, batch, run, filter) end
   end
   note_fragments(self, batch)
end

-- ---- the second pass ---------------------------------------------------------------------------

local function note_begins(self, batch, run)
   for i = run.first, run.first + run.count - 1 do
      local begin = batch.begins[i]
      self.keeps[begin.flow] = has(self, begin.flow_id)
   end
end

-- Whether a packet is of a flow that was chosen.
local function is_wanted(self, packet)
   if packet.flow > 0 then return self.keeps[packet.flow] end
   return packet.fragment_at > 0 and self.parts[place(packet.source, packet.offset)]
end

-- Writes those of a run, the ones that follow each other at once.
local function write_packets(self, batch, run, dump)
   local from, stop = run.first, run.first + run.count
   for i = from, stop do
      if i == stop or not is_wanted(self, batch.packets[i]) then
         if i > from then
            local ok, why, gone = dump:write(batch, from, i - from)
            if not ok then return nil, why, gone end
         end
         from = i + 1
      end
   end
   return true
end

-- The second pass as a sink, which writes to the capture file `dump`.
function again:sink(dump)
   local sink = {}
   function sink.write(_, batch)
      dump:copy_secrets(self.capture)
      for i = 0, batch.run_count - 1 do
         local run = batch.runs[i]
         if run.kind == BEGIN then note_begins(self, batch, run) end
         if run.kind == PACKET then
            local ok, why, gone = write_packets(self, batch, run, dump)
            if not ok then return nil, why, gone end
         end
      end
      return true
   end
   return sink
end

return again

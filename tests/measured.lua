-- What the core makes of a capture, as tables of the same form as those of
-- plain.lua: flows in the order in which they ended.
--
--    for _, flow in ipairs(measured.flows "samples/web.pcap") do print(plain.text(flow)) end

local sink   = require "weir.cli.sink"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"

local measured = {}

-- The capture at `path` with the options that flows need, beside those given.
local function open(path, options)
   local how = { flows = true, seconds = true, stats = true }
   for name, value in pairs(options or {}) do how[name] = value end
   return weir.open(path, how)
end

-- Batches of at most `most` packets.
local function batches(capture, most)
   return function () return capture:read(most) end
end

local function ends(record)
   return { record.src_ip .. " " .. record.src_port, record.dest_ip .. " " .. record.dest_port }
end

local function sums(record, is_turned)
   local to, from = "toserver", "toclient"
   if is_turned then to, from = from, to end
   return {
      packets = { record["pkts_" .. to], record["pkts_" .. from] },
      bytes = { record["bytes_" .. to], record["bytes_" .. from] },
   }
end

local function stats_of(record)
   local names, stats = schema.of "flow".names.stats.rows.names, {}
   for name, field in pairs(names) do
      if field.as ~= "series" then stats[name] = record.stats[name] end
   end
   return stats
end

-- Adds a row to the seconds of its flow, whichever end it has as its source.
local function add_second(flow, row)
   local at, found = tonumber(row.ns / 1000000000LL), sums(row.record, row.from ~= flow.ends[1])
   local second = flow.seconds[at] or { packets = { 0, 0 }, bytes = { 0, 0 } }
   flow.seconds[at] = second
   for i = 1, 2 do
      second.packets[i] = second.packets[i] + found.packets[i]
      second.bytes[i] = second.bytes[i] + found.bytes[i]
   end
end

-- A copy of a row, which is gone with its batch.
local function copy_second(s)
   return { ns = s.ns, from = ends(s)[1], record = {
      pkts_toserver = s.pkts_toserver, pkts_toclient = s.pkts_toclient,
      bytes_toserver = s.bytes_toserver, bytes_toclient = s.bytes_toclient,
   } }
end

local function copy_flow(f, rows)
   local flow = sums(f)
   flow.id, flow.ends, flow.originator = f.flow_id, ends(f), 1
   flow.first, flow.last, flow.reason, flow.seconds = f.start_ns, f.end_ns, f.ended, {}
   flow.stats = f.stats and stats_of(f)
   for _, row in ipairs(rows or {}) do add_second(flow, row) end
   return flow
end

-- Calls `see` with kind ("packets", "flows", "seconds") and record in the order in which
-- they happened, and then the capture's counts.
function measured.each(path, options, most, see)
   local KINDS = { [0] = "packets", "flows", "seconds" }
   local capture = assert(open(path, options))
   for batch in batches(capture, most) do
      for i = 0, batch.run_count - 1 do
         local run = batch.runs[i]
         local kind = KINDS[run.kind]
         for j = run.first, run.first + run.count - 1 do see(kind, batch[kind][j]) end
      end
   end
   local _, counts = capture:counts()
   capture:close()
   capture.meter:close()
   return counts
end

-- Flows of a capture, read `most` packets at a time.  Every second has to come before its flow.
function measured.flows(path, options, most)
   local flows, rows = {}, {}
   measured.each(path, options, most, function (kind, record)
      if kind == "seconds" then
         rows[record.flow_id] = rows[record.flow_id] or {}
         table.insert(rows[record.flow_id], copy_second(record))
      elseif kind == "flows" then
         flows[#flows + 1] = copy_flow(record, rows[record.flow_id])
         rows[record.flow_id] = nil
      end
   end)
   assert(not next(rows), "a second came after its flow")
   return flows
end

-- The same flows in the order in which they began.
function measured.begun(path, options, most)
   local flows = measured.flows(path, options, most)
   table.sort(flows, function (a, b) return a.id < b.id end)
   return flows
end

-- Flows and seconds as the program writes them in JSON.
function measured.json(path, options, most)
   local out = try.path()
   local capture = assert(open(path, options))
   local to = assert(sink.open {
      shape = "json", kinds = { "flow", "second" }, path = out, sources = { [0] = path },
      asked = { stats = true, offsets = true },
   })
   for batch in batches(capture, most) do assert(to:write(batch)) end
   assert(to:close())
   capture:close()
   capture.meter:close()
   return try.contents(out, true)
end

return measured

-- The samples of an extension: captures and databases of exchanges beside it, and the records it is
-- expected to make of them.
--
--    for _, sample in ipairs(golden.samples(ext)) do
--       local lines = assert(golden.records(ext, { ext }, sample.capture))
--    end

local band    = require "bit".band
local capture = require "weir.capture"
local cells   = require "weir.cells"
local engine  = require "weir.extension.engine"
local files   = require "weir.extension.files"
local graph   = require "weir.extension.graph"
local host    = require "weir.host"
local json    = require "weir.json"
local kb      = require "weir.kb"
local schema  = require "weir.schema"

local golden = {}

local FIRST = 2000                        -- packets of a sample that are tried before a reload
local DIGITS = 14                         -- of numbers: the last ones are others on other machines
local ENDS = { "src_ip", "src_port", "dest_ip", "dest_port", "proto", "icmp_type", "icmp_code" }
local SUFFIXES = { "%.pcap$", "%.pcapng$", "%.pcap%.gz$", "%.pcap%.zst$", "%.db$" }

local function without_suffix(name)
   for _, suffix in ipairs(SUFFIXES) do
      if name:find(suffix) then return (name:gsub(suffix, "")) end
   end
end

-- The samples of an extension in name order: { capture, expected } with the paths of both files, of
-- which the second need not be there.  They are those in the extension's own folder; beside a
-- single file, those called as it is, NAME.pcap and NAME-CASE.db.
function golden.samples(ext)
   local is_folder, list = ext.path:find "init%.lua$", {}
   for _, entry in ipairs(host.entries(ext.folder) or {}) do
      local base = without_suffix(entry)
      local is_ours = base and (is_folder or base == ext.name
         or base:sub(1, #ext.name + 1) == ext.name .. "-")
      if is_ours then
         local path = ext.folder .. "/"
         list[#list + 1] = { capture = path .. entry, expected = path .. base .. ".jsonl" }
      end
   end
   return list
end

-- Whether one of those that are wanted needs an extension: a field it gives, a channel it fills.
local function is_needed(ext, wanted)
   if wanted.names[ext.name] then return true end
   for name in pairs(ext.manifest.gives or {}) do
      if wanted.fields[name] then return true end
   end
   for _, channel in ipairs(ext.publish or {}) do
      if wanted.channels[channel] then return true end
   end
   return false
end

-- The extensions without which `ext` has not what it wants, and itself.
local function closure(ext, extensions)
   local order, why = graph.sort(extensions)
   if not order then return nil, why end
   local wanted, list = { names = { [ext.name] = true }, fields = {}, channels = {} }, {}
   for i = #order, 1, -1 do
      if is_needed(order[i], wanted) then
         table.insert(list, 1, order[i])
         for _, want in ipairs(order[i].manifest.wants or {}) do wanted.fields[want] = true end
         for _, channel in ipairs(order[i].reads or {}) do wanted.channels[channel] = true end
      end
   end
   return list
end

-- The error that ended a run: that of the extension, or of one that it needs.
local function error_of(faults, ext, list)
   local last = faults:of(ext.name).last
   for _, other in ipairs(list) do last = last or faults:of(other.name).last end
   return last
end

-- Those who get what an extension publishes, beside whoever else does.
local function taps_of(ext, run_by)
   local taps = {}
   for i, channel in ipairs(ext.publish or {}) do
      taps[i] = run_by.stages.hub:subscribe(channel, { group = "sample" })
   end
   return taps
end

-- Shows a capture to an engine, `most` packets of it; calls see(flow) for each flow.
local function show(run_by, path, most, see)
   local source, why = capture.open(path, run_by:measures { packets = false, flows = true })
   if not source then return nil, why end
   local moved, ok = 0
   ok, why = run_by:attach(source)
   for batch in ok and source:batches() or function () end do
      ok, why = run_by:run(batch)
      if not ok then break end
      for i = 0, batch.flow_count - 1 do see(batch.flows[i]) end
      moved = moved + batch.moved
      if moved >= most then source:enough() end
   end
   if ok then run_by:stop() end
   source:close()
   return ok, why
end

-- Runs `ext`, with those of `extensions` that it needs, over a capture; calls see(flow) for each
-- flow.  Returns the engine and who got what it published; or nil and the reason, which may be the
-- extension's first error.
local function run(ext, extensions, path, most, see)
   local list, why = closure(ext, extensions)
   if not list then return nil, why end
   local run_by
   run_by, why = engine.new(list, { tell = function () end, strict = true })
   if not run_by then return nil, why end
   local taps = taps_of(ext, run_by)
   local ok
   ok, why = show(run_by, path, most, see)
   if run_by.faults.total > 0 then return nil, error_of(run_by.faults, ext, list) end
   return ok and run_by, ok and taps or why
end

-- ---- what reporting extensions write -----------------------------------------------------------

-- Adds what it wrote there; a sample's path, which is another one on each machine, is its name.
local function add_written(lines, ext, folder, path)
   local name, escaped = path:match "[^/]*$", path:gsub("%p", "%%%0")
   local is_many = ext.class.options.dir ~= nil
   for _, entry in ipairs(host.entries(folder) or {}) do
      for _, line in ipairs(files.lines(folder .. "/" .. entry, is_many and entry or nil)) do
         lines[#lines + 1] = line:gsub(escaped, (name:gsub("%%", "%%%%")))
      end
   end
end

-- Whether an extension gets through the beginning of its first sample without an error.
function golden.try(ext, extensions)
   local sample = golden.samples(ext)[1]
   if not sample then return true end
   local _, put_back = files.aside(ext)
   local done, why = run(ext, extensions, sample.capture, FIRST, function () end)
   put_back()
   return done and true or false, why
end

-- A flow as a line: its ends, and what the extension gave to it.
local function line_of(flow, names)
   local record, given = {}, {}
   for _, name in ipairs(ENDS) do
      local field = schema.of "flow".names[name]
      local is_there = band(flow.has, field.mask) == field.mask
      record[#record + 1] = { name, is_there and flow[name] or nil }
   end
   for _, name in ipairs(names) do given[name] = cells.read(flow, name) end
   if next(given) ~= nil then record[#record + 1] = { "ext", given } end
   return json.record(record, DIGITS)
end

-- A row of a channel as a line: its name, what the extension wanted of it, and what it gave; all of
-- one that an extractor made as it liked.
local function line_of_row(row, ext, names)
   if not names[1] then return json.encode(row, DIGITS) end
   local record, given = { { "row_id", row.row_id } }, {}
   for _, name in ipairs(ext.manifest.wants or {}) do record[#record + 1] = { name, row[name] } end
   for _, name in ipairs(names) do given[name] = row[name] end
   if next(given) ~= nil then record[#record + 1] = { "ext", given } end
   return json.record(record, DIGITS)
end

-- Adds the rows that it published, channel by channel.
local function add_rows(lines, taps, ext, names)
   for _, tap in ipairs(taps) do
      for rows in function () return tap:take() end do
         for _, row in ipairs(rows) do lines[#lines + 1] = line_of_row(row, ext, names) end
      end
   end
end

-- What an extension makes of a capture, as lines of JSON: of each flow what a feature or an
-- inference gives to it; the rows it publishes; the facts of an extractor; what a reporting
-- extension wrote.  Returns nil and the reason when it fails.
function golden.records(ext, extensions, path)
   local lines, names = {}, {}
   for name in pairs(ext.manifest.gives or {}) do names[#names + 1] = name end
   local gives_to_flows = names[1] ~= nil and not ext.publish
   local folder, put_back = files.aside(ext)
   local done, taps = run(ext, extensions, path, math.huge, function (flow)
      if gives_to_flows then lines[#lines + 1] = line_of(flow, names) end
   end)
   if done then
      add_rows(lines, taps, ext, names)
      for _, fact in ipairs(done.kb.facts) do
         if fact.by == ext.name then lines[#lines + 1] = json.record(kb.record(fact), DIGITS) end
      end
      if folder then add_written(lines, ext, folder, path) end
   end
   put_back()
   if not done then return nil, taps end
   return lines
end

return golden

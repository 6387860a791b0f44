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
local graph   = require "weir.extension.graph"
local host    = require "weir.host"
local json    = require "weir.json"
local kb      = require "weir.kb"
local schema  = require "weir.schema"

local golden = {}

local FIRST = 2000                        -- packets of a sample that are tried before a reload
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

-- The extensions without which `ext` has not what it wants, and itself.
local function closure(ext, extensions)
   local order, why = graph.sort(extensions)
   if not order then return nil, why end
   local wanted, list = { [ext.name] = true }, {}
   for i = #order, 1, -1 do
      local is_needed = wanted[order[i].name]
      for name in pairs(order[i].manifest.gives or {}) do is_needed = is_needed or wanted[name] end
      if is_needed then
         table.insert(list, 1, order[i])
         for _, want in ipairs(order[i].manifest.wants or {}) do wanted[want] = true end
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

-- Runs `ext`, with those of `extensions` that it needs, over a capture; calls see(flow) for each
-- flow.  Returns the engine; or nil and the reason, which may be the extension's first error.
local function run(ext, extensions, path, most, see)
   local list, why = closure(ext, extensions)
   if not list then return nil, why end
   local run_by
   run_by, why = engine.new(list, { tell = function () end, strict = true })
   if not run_by then return nil, why end
   local source
   source, why = capture.open(path, run_by:measures { packets = false, flows = true })
   if not source then return nil, why end
   local ok
   ok, why = run_by:attach(source)
   local moved = 0
   for batch in ok and source:batches() or function () end do
      ok, why = run_by:run(batch)
      if not ok then break end
      for i = 0, batch.flow_count - 1 do see(batch.flows[i]) end
      moved = moved + batch.moved
      if moved >= most then source:enough() end
   end
   if ok then run_by:stop() end
   source:close()
   if run_by.faults.total > 0 then return nil, error_of(run_by.faults, ext, list) end
   return ok and run_by, why
end

-- Whether an extension gets through the beginning of its first sample without an error.
function golden.try(ext, extensions)
   local sample = golden.samples(ext)[1]
   if not sample then return true end
   local done, why = run(ext, extensions, sample.capture, FIRST, function () end)
   return done ~= nil, why
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
   return json.record(record)
end

-- What an extension makes of a capture, as lines of JSON: a feature of each flow, an extractor its
-- facts.  Returns nil and the reason when it fails.
function golden.records(ext, extensions, path)
   local lines, names = {}, {}
   for name in pairs(ext.manifest.gives or {}) do names[#names + 1] = name end
   local done, why = run(ext, extensions, path, math.huge, function (flow)
      if ext.manifest.gives and not ext.publish then lines[#lines + 1] = line_of(flow, names) end
   end)
   if not done then return nil, why end
   for _, fact in ipairs(done.kb.facts) do
      if fact.by == ext.name then lines[#lines + 1] = json.record(kb.record(fact)) end
   end
   return lines
end

-- ---- comparing ----------------------------------------------------------------------------

local function is_same(a, b)
   if type(a) == "number" and type(b) == "number" then
      return a == b or math.abs(a - b) <= 1e-9 * math.max(math.abs(a), math.abs(b))
   elseif type(a) ~= "table" or type(b) ~= "table" then
      return a == b
   end
   for k, v in pairs(a) do
      if not is_same(v, b[k]) then return false end
   end
   for k in pairs(b) do
      if a[k] == nil then return false end
   end
   return true
end

-- Adds what differs between two values, field by field: { path, expected, got }.
local function differences(a, b, path, list)
   if type(a) == "table" and type(b) == "table" and #a == 0 and #b == 0 then
      local names = {}
      for k in pairs(a) do names[k] = true end
      for k in pairs(b) do names[k] = true end
      local sorted = {}
      for k in pairs(names) do sorted[#sorted + 1] = k end
      table.sort(sorted)
      for _, k in ipairs(sorted) do
         differences(a[k], b[k], path == "" and k or path .. "." .. k, list)
      end
   elseif not is_same(a, b) then
      list[#list + 1] = { path = path, expected = a, got = b }
   end
end

-- What differs between expected and made lines: { line, path, expected, got }, where a line that
-- is missing or too much has no path.  Or nil and why that cannot be told.
function golden.compare(expected, made)
   local list = {}
   for i = 1, math.max(#expected, #made) do
      local a, b, why = nil, nil, nil
      if expected[i] then a, why = json.decode(expected[i]) end
      if expected[i] and a == nil then return nil, ("line %d: %s"):format(i, why) end
      if made[i] then b = assert(json.decode(made[i])) end
      local found = {}
      if a ~= nil and b ~= nil then
         differences(a, b, "", found)
      else
         found[1] = { expected = a, got = b }
      end
      for _, difference in ipairs(found) do
         difference.line = i
         list[#list + 1] = difference
      end
   end
   return list
end

return golden

-- The profile `zeek`: records under Zeek's names, as JSON lines or as its logs.
--
--    local sink = assert(zeek.open { shape = "tsv", kinds = { "flow", "dns" }, log_dir = "logs" })
--    sink:write(batch)
--
-- A log is a module beside this one: which kinds of records it has, and its columns as
-- { name, Zeek's type, where the value comes from }.  The last is the name of a field of the
-- record, a function of the record, or nothing: what Weir does not know is left unset.

local host   = require "weir.host"
local log    = require "weir.profile.zeek.log"
local output = require "weir.output"
local schema = require "weir.schema"

-- What conn.log takes: payload and IP bytes, and where flows have it what is spoken in them.
local service = schema.of "flow".names.app_proto
local zeek = { name = "zeek", asked = { tcp = true, [service and service.asked or "tcp"] = true } }
zeek.__index = zeek

zeek.logs = { "conn", "dns", "ssl", "x509", "http", "quic", "dhcp", "ssh", "ntp" }

local function has(list, item)
   for _, known in ipairs(list) do
      if known == item then return true end
   end
   return false
end

local function module_of(name) return require("weir.profile.zeek." .. name) end

-- The logs that these kinds of records go to.
function zeek.logs_of(kinds)
   local list = {}
   for _, name in ipairs(zeek.logs) do
      local is_wanted = false
      for _, kind in ipairs(module_of(name).kinds) do
         is_wanted = is_wanted or has(kinds, kind)
      end
      if is_wanted then list[#list + 1] = name end
   end
   return list
end

-- The kinds of records that have a log, in the order of their schemas.
function zeek.kinds()
   local list = {}
   for _, kind in ipairs(schema.kinds) do
      if #zeek.logs_of { kind } > 0 then list[#list + 1] = kind end
   end
   return list
end

-- ---- writing -----------------------------------------------------------------------------

-- Notes the first failure.
local function check(self, ok, why, gone)
   if not ok and self.ok then self.ok, self.why, self.gone = false, why, gone end
end

-- The logs, and what writes to them by the numbers of the kinds: one kind may be in several.
local function open_logs(self, options)
   for _, name in ipairs(zeek.logs_of(options.kinds)) do
      local spec = module_of(name)
      local one = log.new(spec, {
         shape = options.shape, out = self.out, folder = options.log_dir,
         flush = options.format and options.format.flush,
      })
      local function add(row) check(self, one:add(row)) end
      local writer = spec.join and spec.join(add) or { add = function (_, record) add(record) end }
      self.all[#self.all + 1], self.writers[#self.writers + 1] = one, writer
      for _, kind in ipairs(spec.kinds) do
         if has(options.kinds, kind) then
            local number = schema.number(kind)
            self.by_kind[number] = self.by_kind[number] or {}
            table.insert(self.by_kind[number], writer)
         end
      end
   end
end

-- What a filter lets through of each kind, and how much that was, by the numbers of the kinds.
local function open_filters(self, options)
   self.filters, self.matched = {}, options.filter and {}
   for _, kind in ipairs(options.filter and options.kinds or {}) do
      local number = schema.number(kind)
      self.filters[number], self.matched[number] = options.filter:of(kind), 0
   end
end

-- options: shape ("json" or "tsv"), kinds, log_dir (a folder for the logs, else standard output),
-- filter (weir.filter: which records are written), format.flush.  A sink of weir.cli.sink; or nil
-- and the reason.
function zeek.open(options)
   local self = setmetatable({ ok = true, all = {}, writers = {}, by_kind = {} }, zeek)
   local why
   if options.log_dir then
      local made
      made, why = host.make_folder(options.log_dir)
      if not made then return nil, why end
   else
      self.out, why = output.open "-"
      if not self.out then return nil, why end
   end
   self.flows = schema.number "flow"
   open_filters(self, options)
   open_logs(self, options)
   return self
end

-- A flow has ended: whoever waits for more of it need not wait any more.
local function tell_end(self, flow)
   for _, writer in ipairs(self.writers) do
      if writer.ended then writer:ended(flow.flow_id) end
   end
end

-- Writes a record to all logs that it is for.
local function write_record(self, record, number, writers)
   local filter = self.filters[number]
   local is_wanted = not filter or filter.test(record)
   for _, writer in ipairs(is_wanted and writers or {}) do writer:add(record) end
   if filter and is_wanted then self.matched[number] = self.matched[number] + 1 end
   if number == self.flows then tell_end(self, record) end
end

-- Writes the records of a run.
local function write_run(self, batch, run, writers)
   local records = batch[schema.of(schema.kinds[run.kind + 1]).records]
   for i = run.first, run.first + run.count - 1 do
      write_record(self, records[i], run.kind, writers)
   end
end

function zeek:write(batch)
   for i = 0, batch.run_count - 1 do
      local run = batch.runs[i]
      local writers = self.by_kind[run.kind]
      if writers then write_run(self, batch, run, writers) end
   end
   return self.ok, self.why, self.gone
end

-- Extensions give nothing that Zeek has a name for.
function zeek:renew() return self == nil end

function zeek:flush()
   for _, one in ipairs(self.all) do check(self, one:flush()) end
   return self.ok, self.why, self.gone
end

function zeek:close()
   for _, writer in ipairs(self.writers) do
      if writer.finish then writer:finish() end
   end
   for _, one in ipairs(self.all) do check(self, one:close()) end
   if self.out then check(self, self.out:close()) end
   return self.ok, self.why, self.gone
end

return zeek

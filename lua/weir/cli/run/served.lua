-- What a run tells Prometheus of itself: answered between batches, where it listens.

local host    = require "weir.host"
local loop    = require "weir.loop"
local metrics = require "weir.metrics"
local schema  = require "weir.schema"
local sorted  = require "weir.sorted"

local served = {}
served.__index = served

local OFTEN = 0.05                        -- seconds between two looks for who asks
local NEAR = "127.0.0.1"                  -- where we listen unless told otherwise

-- ---- what is told -------------------------------------------------------------------------------

-- Of the machine's process: the names are those that all programs have for it.
local function add_process(m, begun)
   m:counter("process_cpu_seconds", "CPU time that the process has used"):add(host.cpu())
   m:gauge("process_start_time_seconds", "when the process began, since 1970"):add(begun)
   local status = host.contents "/proc/self/status" or ""
   local kib = tonumber(status:match "VmRSS:%s*(%d+) kB")
   m:gauge("process_resident_memory_bytes", "memory that the process has"):add(kib and kib * 1024)
   m:gauge("weir_lua_heap_bytes", "memory of Lua's own values")
      :add(collectgarbage "count" * 1024)
   local about = { version = require "weir".version, lua = jit.version }
   m:info("weir_build", "which Weir this is"):add(1, about)
end

local STAGES = {
   { "kernel_drops", "kernel" }, { "interface_drops", "interface" },
   { "said_dropped", "protocols" }, { "names_dropped", "names" },
   { "offsets_dropped", "offsets" }, { "notes_dropped", "notes" },
}

local function add_capture(m, seen)
   m:counter("weir_packets", "packets that were decoded"):add(seen.packets or 0)
   m:counter("weir_bytes", "bytes of these on the wire"):add(seen.bytes or 0)
   m:counter("weir_packets_filtered", "packets that the capture filter refused")
      :add(seen.filtered or 0)
   m:counter("weir_flows", "flows that began"):add(seen.flows or 0)
   local drops = m:counter("weir_drops", "what was lost for want of room, by stage: packets in the "
      .. "kernel and the interface, else parts of records")
   for _, one in ipairs(STAGES) do drops:add(seen[one[1]] or 0, { stage = one[2] }) end
   local damaged = m:counter("weir_packets_undecoded", "packets that were not decoded whole")
   for i, name in ipairs(schema.of "packet".troubles) do
      damaged:add(seen["trouble " .. i] or 0, { reason = name })
   end
   local said = m:counter("weir_protocol_records", "records of protocols")
   for _, kind in ipairs(schema.protocols) do
      local count = seen["said " .. kind] or 0
      if count > 0 then said:add(count, { kind = kind }) end
   end
end

local function add_store(m, taken)
   local counts = taken.traffic:counts()
   m:counter("weir_sources", "sources that were read to their end, or skipped")
      :add(taken.taken, { result = "taken" }):add(taken.skipped, { result = "skipped" })
   m:counter("weir_records_stored", "records that were stored"):add(counts.stored)
   m:counter("weir_rows_forgotten", "rows that went, as old or too many"):add(counts.forgotten)
   m:counter("weir_store_wait_seconds", "time waited for the disk"):add(counts.waited)
   m:gauge("weir_store_blocks_waiting", "blocks that wait to be written"):add(counts.full)
end

local function add_engine(m, engine)
   local errors = m:counter("weir_extension_errors", "errors of extensions")
   local paused = m:gauge("weir_extension_paused", "whether an extension is paused")
   local newest = m:gauge("weir_extension_generation", "which version of its code runs")
   for _, ext in ipairs(engine.extensions) do
      local known, labels = engine.faults:of(ext.name), { ext = ext.name }
      errors:add(known.count, labels)
      paused:add(known.paused and 1 or 0, labels)
      newest:add(ext.generation, labels)
   end
   m:counter("weir_reloads", "extensions that were reloaded"):add(engine.generation - 1)
   m:counter("weir_facts_dropped", "facts left out for want of room"):add(engine.kb.dropped)
end

-- Of a channel, and of its groups: what weir.channel counts of both.
local CHANNEL = {
   { "published", "counter", "weir_channel_published", "rows put on a channel" },
   { "unread", "counter", "weir_channel_unread", "rows that nobody was there to read" },
   { "waiting", "gauge", "weir_channel_waiting", "rows on their way to the server" },
   { "dropped", "counter", "weir_channel_dropped", "rows dropped before they were on a channel" },
   { "refused", "counter", "weir_channel_refused", "rows that the server did not take" },
   { "waited", "counter", "weir_channel_wait_seconds", "time waited for room" },
}
local GROUP = {
   { "taken", "counter", "weir_group_taken", "rows that a group took" },
   { "pending", "gauge", "weir_group_pending", "rows taken and not dealt with yet" },
   { "lag", "gauge", "weir_group_lag", "rows that wait for a group" },
   { "dropped", "counter", "weir_group_dropped", "rows dropped since a group had too many" },
   { "dead", "counter", "weir_group_dead", "rows given up, since they failed each time" },
}

-- A count that is not known is -1 where the server is asked for it.
local function known(value) return type(value) == "number" and value >= 0 and value or nil end

local function add_channels(m, stats)
   local names = sorted(stats)
   for _, one in ipairs(CHANNEL) do
      local family = m[one[2]](m, one[3], one[4])
      for _, name in ipairs(names) do family:add(known(stats[name][one[1]]), { channel = name }) end
   end
   for _, one in ipairs(GROUP) do
      local family = m[one[2]](m, one[3], one[4])
      for _, name in ipairs(names) do
         for group, counts in pairs(stats[name].groups or {}) do
            family:add(known(counts[one[1]]), { channel = name, group = group })
         end
      end
   end
end

-- All that is known of a run now, as a weir.metrics.
function served.gather(taken, begun)
   local m = metrics.new()
   add_capture(m, taken:seen())
   add_store(m, taken)
   local engine = taken.learning.engine
   if engine then
      add_engine(m, engine)
      add_channels(m, engine.stages:stats())
   end
   add_process(m, begun)
   return m
end

-- ---- who asks -----------------------------------------------------------------------------------

-- What to listen at: "9100" and ":9100" are near, "[::1]:9100" is what it says.  The host and the
-- port; nil when it is none.
function served.address(text)
   local at, port = text:match "^(.*):(%d+)$"
   if not at then at, port = "", text:match "^(%d+)$" end
   if not port or tonumber(port) > 65535 then return nil end
   at = at:match "^%[(.*)%]$" or at
   if at == "" or at == "localhost" then at = NEAR end
   return at:find "^[%x.:]+$" and at, tonumber(port)
end

local function answer_to(self, request)
   if request.path == "/metrics" then
      local is_open = metrics.wants_open(request.headers.accept)
      return {
         headers = { ["Content-Type"] = metrics.TYPES[is_open and "open" or "plain"] },
         body = served.gather(self.taken, self.begun):text(is_open),
      }
   end
   local is_root = request.path == "/"
   return {
      status = is_root and 200 or 404, headers = { ["Content-Type"] = "text/plain" },
      body = is_root and "weir: see /metrics\n" or "there is only /metrics\n",
   }
end

-- Listens at an address for who asks about `taken` (weir.cli.run.take).  Nil and the reason.
function served.open(address, taken)
   local self = setmetatable({ taken = taken, begun = os.time(), looked = 0 }, served)
   local why
   self.loop, why = loop.new()
   if not self.loop then return nil, why end
   local host_part, port = served.address(address)
   local watch
   watch, port = self.loop:serve(host_part, port, function (request)
      return answer_to(self, request)
   end)
   if not watch then
      self.loop:close()
      return nil, port
   end
   if host_part:find ":" then host_part = "[" .. host_part .. "]" end
   self.url = ("http://%s:%d/metrics"):format(host_part, port)
   return self
end

-- Between batches: answers who has asked meanwhile.
function served:look()
   local now = host.clock()
   if now - self.looked < OFTEN then return end
   self.looked = now
   self.loop:step(0)
end

function served:close() self.loop:close() end

return served

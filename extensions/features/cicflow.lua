-- CICFlowMeter's features, by what they are defined to be: times in microseconds, sizes of what the
-- transport carries, deviations of samples.  Where the tool's own code goes wrong they are not what
-- it writes: each packet counts once, flags are counted of all packets, the first window of each
-- side is told, bulks belong to who sent them, and quotients keep what is behind the point.

local cic  = require "weir.cic"
local weir = require "weir"

local TCP, UDP = 6, 17
local PAUSE, SILENCE = 1e9, 5e9           -- ns that part sub-flows and bulks; that are idle
local BULK = 4                            -- packets with payload that are one, at least

local gives = { cic_row = "text" }
for _, name in ipairs(cic.fields) do gives[name] = "number" end

-- Of each flow, in ns and bytes.  An element of an array would be an allocation for each packet, so
-- each side's members have names of their own, and functions that know them (`series`, `bulks`).
local memory = {
   clock = "double", seen = "double", awake = "double", pauses = "double",
   fwd_seen = "double", fwd_headers = "double", fwd_window = "double",
   bwd_seen = "double", bwd_headers = "double", bwd_window = "double",
   carrying = "double", header_least = "double",
   run_of = "int", run = "double", run_bytes = "double", run_begun = "double", run_last = "double",
}

-- Numbers that come one by one: add(self, x).  Squares are of what they differ from the first one:
-- so those that are large and almost the same keep their digits.
local function series(prefix, unit)
   local N, BASE, SUM = prefix .. "_n", prefix .. "_base", prefix .. "_sum"
   local SQUARES, LEAST, MOST = prefix .. "_squares", prefix .. "_least", prefix .. "_most"
   for _, name in ipairs { N, BASE, SUM, SQUARES, LEAST, MOST } do memory[name] = "double" end
   local MEAN, STD, MAX, MIN = prefix .. "_mean", prefix .. "_std", prefix .. "_max",
      prefix .. "_min"
   local made = {}
   function made.add(self, x)
      local n = self[N]
      self[N] = n + 1
      if n == 0 then
         self[BASE], self[LEAST], self[MOST] = x, x, x
         return
      end
      local off = x - self[BASE]
      self[SUM], self[SQUARES] = self[SUM] + off, self[SQUARES] + off * off
      self[LEAST], self[MOST] = math.min(self[LEAST], x), math.max(self[MOST], x)
   end
   -- How many, their sum, and the sum of the squares of what they differ from their mean.
   function made.sums(self)
      local n, off = self[N], self[SUM]
      if n == 0 then return 0, 0, 0 end
      return n, n * self[BASE] + off, math.max(0, self[SQUARES] - off * off / n)
   end
   function made.put(self, row)
      local n, sum, squares = made.sums(self)
      row[MEAN] = n > 0 and sum / n / unit or 0
      row[STD] = n > 1 and math.sqrt(squares / (n - 1)) / unit or 0
      row[MIN], row[MAX] = self[LEAST] / unit, self[MOST] / unit
   end
   return made
end

-- What a side sends in bulk: add(self, packets, bytes, time), of bulks that are new.
local function bulks(side)
   local N, PACKETS = side .. "_bulks", side .. "_bulk_packets"
   local BYTES, TIME = side .. "_bulk_bytes", side .. "_bulk_time"
   for _, name in ipairs { N, PACKETS, BYTES, TIME } do memory[name] = "double" end
   local EACH, MANY, RATE = side .. "_bytes_bulk_avg", side .. "_packet_bulk_avg",
      side .. "_bulk_rate_avg"
   local made = {}
   function made.add(self, fresh, packets, bytes, time)
      self[N], self[PACKETS] = self[N] + fresh, self[PACKETS] + packets
      self[BYTES], self[TIME] = self[BYTES] + bytes, self[TIME] + time
   end
   function made.put(self, row)
      local n, time = self[N], self[TIME]
      row[EACH], row[MANY] = n > 0 and self[BYTES] / n or 0, n > 0 and self[PACKETS] / n or 0
      row[RATE] = time > 0 and self[BYTES] / time * 1e9 or 0
   end
   return made
end

local MICRO = 1e3                         -- ns of a microsecond, in which times are told
local flow_iat, fwd_iat, bwd_iat = series("flow_iat", MICRO), series("fwd_iat", MICRO),
   series("bwd_iat", MICRO)
local fwd_length, bwd_length = series("fwd_packet_length", 1), series("bwd_packet_length", 1)
local active, idle = series("active", MICRO), series("idle", MICRO)
local fwd_bulks, bwd_bulks = bulks "fwd", bulks "bwd"

local cicflow = weir.feature {
   about   = "CICFlowMeter's features of TCP and UDP, as they are defined",
   wants   = { "bidirectional_syn_packets" },            -- all flags are counted by the core
   gives   = gives,
   options = { compat = false, year = 2017 },            -- a row of that year's CSV in cic_row
   memory  = memory,
}

-- ---- packets --------------------------------------------------------------------------------

function cicflow:begin(flow) return flow.protocol == TCP or flow.protocol == UDP end

function cicflow:packet(packet) self.clock = self.clock + math.floor(packet.gap * 1e9 + 0.5) end

-- What is behind a gap of more than a second between two packets of the flow.
local function add_pause(self, gap)
   self.pauses = self.pauses + 1
   if gap <= SILENCE then return end
   if self.seen > self.awake then active.add(self, self.seen - self.awake) end
   idle.add(self, gap)
   self.awake = self.clock
end

-- A bulk is a run of packets with payload that the other side does not interrupt with its own.
local function add_to_run(self, side, of, size)
   local now = self.clock
   if self.run == 0 or self.run_of ~= side or now - self.run_last > PAUSE then
      self.run_of, self.run, self.run_bytes, self.run_begun = side, 0, 0, now
   end
   local n = self.run + 1
   self.run, self.run_bytes = n, self.run_bytes + size
   if n == BULK then
      of.add(self, 1, n, self.run_bytes, now - self.run_begun)
   elseif n > BULK then
      of.add(self, 0, 1, size, now - self.run_last)
   end
   self.run_last = now
end

local function add_fwd(self, size, header, window)
   local now = self.clock
   if self.fwd_packet_length_n == 0 then
      self.fwd_window, self.header_least = window, header
   else
      fwd_iat.add(self, now - self.fwd_seen)
   end
   self.fwd_seen, self.fwd_headers = now, self.fwd_headers + header
   self.header_least = math.min(self.header_least, header)
   fwd_length.add(self, size)
   if size == 0 then return end
   self.carrying = self.carrying + 1
   add_to_run(self, 0, fwd_bulks, size)
end

local function add_bwd(self, size, header, window)
   local now = self.clock
   if self.bwd_packet_length_n == 0 then
      self.bwd_window = window
   else
      bwd_iat.add(self, now - self.bwd_seen)
   end
   self.bwd_seen, self.bwd_headers = now, self.bwd_headers + header
   bwd_length.add(self, size)
   if size > 0 then add_to_run(self, 1, bwd_bulks, size) end
end

local function add(self, packet)
   if self.fwd_packet_length_n + self.bwd_packet_length_n > 0 then
      local gap = self.clock - self.seen
      flow_iat.add(self, gap)
      if gap > PAUSE then add_pause(self, gap) end
   else
      self.awake = self.clock
   end
   self.seen = self.clock
   local header = packet.payload_at - packet.transport_at
   if packet.reverse == 0 then
      add_fwd(self, packet.payload_size, header, packet.tcp_window)
   else
      add_bwd(self, packet.payload_size, header, packet.tcp_window)
   end
end

function cicflow:tcp(packet) add(self, packet) end
function cicflow:udp(packet) add(self, packet) end

-- ---- the end --------------------------------------------------------------------------------

local function part(a, b) return b > 0 and a / b or 0 end

-- Sizes of both sides, of which each has its own.
local function put_lengths(self, row)
   local fwd, sent, a = fwd_length.sums(self)
   local bwd, got, b = bwd_length.sums(self)
   local n, apart = fwd + bwd, part(sent, fwd) - part(got, bwd)
   local squares = a + b + apart * apart * part(fwd * bwd, n)
   local variance = n > 1 and squares / (n - 1) or 0
   row.packet_length_min = fwd == 0 and row.bwd_packet_length_min
      or bwd == 0 and row.fwd_packet_length_min
      or math.min(row.fwd_packet_length_min, row.bwd_packet_length_min)
   row.packet_length_max = math.max(row.fwd_packet_length_max, row.bwd_packet_length_max)
   row.packet_length_mean, row.packet_length_std = part(sent + got, n), math.sqrt(variance)
   row.packet_length_variance, row.average_packet_size = variance, row.packet_length_mean
   row.fwd_segment_size_avg = row.fwd_packet_length_mean
   row.bwd_segment_size_avg = row.bwd_packet_length_mean
end

local function put_counts(self, row)
   local fwd, sent = fwd_length.sums(self)
   local bwd, got = bwd_length.sums(self)
   local _, time = flow_iat.sums(self)
   local seconds, parts = time / 1e9, self.pauses + 1
   row.flow_duration, row.total_fwd_packet, row.total_bwd_packets = time / MICRO, fwd, bwd
   row.total_length_of_fwd_packet, row.total_length_of_bwd_packet = sent, got
   row.flow_bytes_s, row.flow_packets_s = part(sent + got, seconds), part(fwd + bwd, seconds)
   row.fwd_packets_s, row.bwd_packets_s = part(fwd, seconds), part(bwd, seconds)
   row.fwd_header_length, row.bwd_header_length = self.fwd_headers, self.bwd_headers
   row.down_up_ratio = part(bwd, fwd)
   row.subflow_fwd_packets, row.subflow_fwd_bytes = fwd / parts, sent / parts
   row.subflow_bwd_packets, row.subflow_bwd_bytes = bwd / parts, got / parts
   row.fwd_init_win_bytes, row.bwd_init_win_bytes = self.fwd_window, self.bwd_window
   row.fwd_act_data_pkts, row.fwd_seg_size_min = self.carrying, self.header_least
end

local function put_flags(row, stats)
   row.fwd_psh_flags, row.bwd_psh_flags = stats.src2dst_psh_packets, stats.dst2src_psh_packets
   row.fwd_urg_flags, row.bwd_urg_flags = stats.src2dst_urg_packets, stats.dst2src_urg_packets
   row.fin_flag_count = stats.bidirectional_fin_packets
   row.syn_flag_count = stats.bidirectional_syn_packets
   row.rst_flag_count = stats.bidirectional_rst_packets
   row.psh_flag_count = stats.bidirectional_psh_packets
   row.ack_flag_count = stats.bidirectional_ack_packets
   row.urg_flag_count = stats.bidirectional_urg_packets
   row.cwr_flag_count = stats.bidirectional_cwr_packets
   row.ece_flag_count = stats.bidirectional_ece_packets
end

-- The row of a public CSV: none of its values has a comma in it.
local function line_of(row, flow, year)
   local ends = {
      id = ("%s-%s-%d-%d-%d"):format(flow.src_ip, flow.dest_ip, flow.src_port, flow.dest_port,
         flow.protocol),
      src_ip = flow.src_ip, src_port = flow.src_port, dest_ip = flow.dest_ip,
      dest_port = flow.dest_port, proto = flow.protocol,
      time = os.date("!%d/%m/%Y %H:%M:%S", math.floor(flow.start)),
   }
   local list = {}
   for i, column in ipairs(cic.columns(year)) do
      local value = ends[column[1]] or row[column[1]]
      list[i] = type(value) == "number" and ("%.15g"):format(value) or value
   end
   list[#list + 1] = "NeedManualLabel"
   return table.concat(list, ",")
end

-- What each flow fills anew, and is read before the next one does: making it would cost more than
-- filling it.
local row = {}
for _, name in ipairs(cic.fields) do row[name] = 0 end

function cicflow:finish(flow)
   flow_iat.put(self, row)
   fwd_iat.put(self, row)
   bwd_iat.put(self, row)
   row.fwd_iat_total, row.bwd_iat_total = self.fwd_iat_n * row.fwd_iat_mean,
      self.bwd_iat_n * row.bwd_iat_mean
   fwd_length.put(self, row)
   bwd_length.put(self, row)
   active.put(self, row)
   idle.put(self, row)
   fwd_bulks.put(self, row)
   bwd_bulks.put(self, row)
   put_lengths(self, row)
   put_counts(self, row)
   put_flags(row, flow.stats)
   if self.options.compat then row.cic_row = line_of(row, flow, self.options.year) end
   return row
end

return cicflow

-- Packets from files or an interface, and exchanges from databases of them.
--
--    for packet in assert(weir.open "x.pcap"):packets() do print(packet.time, packet.src_ip) end
--
-- At full speed, a batch at a time:
--
--    for batch in capture:batches() do
--       for i = 0, batch.packet_count - 1 do local packet = batch.packets[i] … end
--    end
--
-- Packets belong to the core: they are gone at the next step.  Copy what you keep.

local ffi     = require "ffi"
local abi     = require "weir.abi"
local meter   = require "weir.meter"
local nearest = require "weir.nearest"
local sample  = require "weir.sample"
local schema  = require "weir.schema"
local sources = require "weir.sources"

local C = abi.C
local capture = {}

-- What the records of a capture are called as a whole (weir.view): capture.flows, capture.dns, ….
-- Set by who knows; function (capture, name), which returns nil for what is none.
capture.view = function () return nil end

function capture:__index(name)
   local own = capture[name]
   if own ~= nil then return own end
   return (capture.view(self, name))
end

-- What a failure to open or read may stand for, besides plain failure.
capture.status = { denied = C.WEIR_DENIED, misuse = C.WEIR_MISUSE }

local COUNTED = {
   "packets", "filtered", "bytes", "taken", "kernel_drops", "interface_drops", "skipped_blocks",
}
local counts = ffi.new "struct weir_capture_counts"      -- filled and read at once

-- The options, and what each is: a text, true or false, a number of 0 to so many, or anything.
local OPTIONS = {
   filter = "string", snaplen = 2 ^ 32 - 1, buffer = 2 ^ 31 - 1, idle = math.huge,
   active = math.huge, linger = math.huge, max_flows = 2 ^ 31 - 1, splt = 65535, seed = "any",
   protocols = "protocols", keylog = "string", zone = "zone",
}
for _, name in ipairs {
   "interface", "follow", "promiscuous", "checksums", "packets", "flows", "seconds", "begins",
   "cuts", "stats", "offsets", "tcp", "timeouts_only", "names", "labels", "ahead",
} do OPTIONS[name] = "boolean" end

capture.OPTIONS = OPTIONS                                -- for those who describe them

-- Why protocols are none; nil when they are: true for all of them, or an array of their kinds.
local function not_protocols(list)
   if list == true then return nil end
   if type(list) ~= "table" then
      return "option 'protocols' is true, or an array of kinds of records"
   end
   for _, kind in ipairs(list) do
      local is_one = false
      for _, known in ipairs(schema.protocols) do is_one = is_one or known == kind end
      if not is_one then
         local near = nearest(tostring(kind), schema.protocols)
         return ("no protocol '%s'%s"):format(tostring(kind),
            near and (": did you mean '%s'?"):format(near) or "")
      end
   end
end

-- Why an option is none; nil when it is one.
local function objection(name, value)
   local what = OPTIONS[name]
   if not what then
      local names = {}
      for known in pairs(OPTIONS) do names[#names + 1] = known end
      local near = type(name) == "string" and nearest(name, names)
      return ("no option '%s'%s"):format(tostring(name),
         near and (": did you mean '%s'?"):format(near) or "")
   elseif value == false or what == "any" then
      return nil                                         -- false: not wanted, whatever it is
   elseif what == "protocols" then
      return not_protocols(value)
   elseif what == "zone" then
      local east, why = sample.zone(tostring(value))
      return not east and why or nil
   elseif type(what) == "string" then
      return type(value) ~= what and ("option '%s' is a %s, not %s"):format(name, what,
         tostring(value)) or nil
   elseif type(value) ~= "number" or not (value >= 0 and value <= what) then
      return ("option '%s' is a number from 0 to %.0f, not %s"):format(name, what, tostring(value))
   end
end

-- A source or an option that makes no sense is an error of the script that calls us.
local function check(source, options)
   for _, path in ipairs(type(source) == "table" and source or { source }) do
      if type(path) ~= "string" then
         error(("a source is a path, not a %s"):format(type(path)), 3)
      end
   end
   if type(options) ~= "table" then error("options are a table", 3) end
   for name, value in pairs(options) do
      local why = objection(name, value)
      if why then error(why, 3) end
   end
end

local function c_options(o)
   local c = ffi.new "struct weir_capture_options"
   if o.filter then c.filter = o.filter end
   c.snaplen, c.buffer = o.snaplen or 0, o.buffer or 0
   c.follow, c.quiet = o.follow and 1 or 0, o.promiscuous == false and 1 or 0
   return c
end

-- Opens a source: whether that went well; if not, why.
local function open_source(self, path)
   local o = self.options
   if not o.interface and path ~= "-" and sample.is_database(path) then
      local opened, why = sample.open(path, o.zone, o.follow)
      self.sample = opened or false
      return opened ~= nil, why, C.WEIR_FAIL
   end
   local handle = o.interface and C.weir_capture_listen(path, c_options(o))
      or C.weir_capture_open(path, c_options(o))
   if handle == nil then return false, abi.reason(), C.weir_error_status() end
   self.handle = ffi.gc(handle, C.weir_capture_close)
   return true
end

-- Opens the next source that can be opened; notes those that cannot.
-- Returns nil when there is none left.
local function open_next(self)
   while self.number < #self.paths do
      self.number = self.number + 1
      local ok, why, status = open_source(self, self.paths[self.number])
      if ok then
         self.meter:source(self.number - 1)
         return true
      end
      self:problem(why, status)
   end
end

-- What is made of the sources: of databases alone exchanges, unless told; and of an interface
-- seconds as soon as they are over.
local function measured(self)
   local options = self.options
   if options.interface then return setmetatable({ prompt = true }, { __index = options }) end
   if options.protocols ~= nil or not sources.are_samples(self.paths) then
      return options
   end
   return setmetatable({ protocols = { "exchange" } }, { __index = options })
end

-- Opens a capture file, a database of exchanges, "-" for standard input, a folder of such files, or
-- an array of these.  Options: interface = true (the name is an interface's), filter (BPF),
-- snaplen, buffer, follow, checksums, promiscuous = false, zone (weir.sample.zone).
-- Returns nil, the reason and a weir_status when there is nothing to read.
function capture.open(source, options)
   options = options or {}
   check(source, options)
   local self = setmetatable({
      paths = {}, number = 0, options = options, problems = {}, past = {},
      handle = false, sample = false, closed = false,    -- not nil, for which a view is sought
   }, capture)
   for _, path in ipairs(type(source) == "table" and source or { source }) do
      local ok, why = true, nil
      if self.options.interface then
         self.paths[#self.paths + 1] = path
      else
         ok, why = sources.expand(path, self.paths)
      end
      if not ok then self:problem(why, C.WEIR_FAIL) end
   end
   local why
   self.meter, why = meter.new(measured(self))
   if not self.meter then return nil, why, C.WEIR_FAIL end
   if open_next(self) then return self end
   local first = self.problems[1] or { text = "nothing to read", status = C.WEIR_FAIL }
   return nil, first.text, first.status
end

-- Notes what went wrong with one of the sources; the others go on.
function capture:problem(text, status)
   self.problems[#self.problems + 1] = {
      text = text, status = status, source = self.paths[self.number],
   }
end

local ODD = { "rows", "bad_headers", "bad_times", "cut_bodies" }

-- Adds up what the open source has gone through, before it is closed.
local function count(self)
   if self.sample then
      local gone = self.sample:counts()
      for _, name in ipairs(ODD) do self.past[name] = (self.past[name] or 0) + gone[name] end
      return
   end
   C.weir_capture_count(self.handle, counts)
   for _, name in ipairs(COUNTED) do self.past[name] = (self.past[name] or 0) + counts[name] end
end

local function finish_source(self)
   count(self)
   local damage
   if self.sample then
      damage = self.sample:damage()
   else
      damage = abi.text(C.weir_capture_damage(self.handle))
   end
   if damage then
      self.damaged = (self.damaged or 0) + 1
      self.problems[#self.problems + 1] = {
         text = damage, source = self.paths[self.number], damage = true,
      }
   end
   if self.sample then
      self.sample:close()
   else
      C.weir_capture_close(ffi.gc(self.handle, nil))
   end
   self.handle, self.sample = false, false
end

-- What runs once a source is not worth a trace, nor the abort of one.  And the
-- functions that are called from hot loops below have no loops of their own.
jit.off(open_source)
jit.off(open_next)
jit.off(finish_source)
jit.off(count)

-- The next batch, of at most `most` packets, and how much came with it, as in batches() (0:
-- nothing within 25 ms); nil when all sources are used up.
function capture:read(most)
   if self.closed then error("capture is closed", 2) end
   if not self.handle and not self.sample then
      if not open_next(self) then return self.meter:finish() end
   end
   local batch, n, status
   if self.sample then
      batch, n = self.meter:sample(self.sample.handle, most or C.WEIR_BATCH)
   else
      batch, n, status = self.meter:read(self.handle, most or C.WEIR_BATCH)
   end
   if batch then return batch, n end
   if status == C.WEIR_STOPPED then error(n, 0) end      -- who typed Ctrl-C wants no other source
   if n then self:problem(n, status) end
   finish_source(self)
   return self:read(most)
end

-- Reads no further: what comes now are the flows that are left.
function capture:enough()
   if self.handle or self.sample then finish_source(self) end
   self.number = #self.paths
end

-- Iterates over batches: struct weir_batch, and how many packets went through the pipe for it
-- (batch.moved), with the flows, seconds and beginnings that came of them.
function capture:batches()
   local function step()
      local batch, n = self:read()
      if n == 0 then return step() end              -- none came in time
      return batch, n
   end
   return step
end

-- Iterates over single packets: capture:packets() of scripts.
function capture:stream()
   if self.options.packets == false then error("the option 'packets' is false", 2) end
   local batch, n, i = nil, 0, 0
   local function step()
      if i < n then
         i = i + 1
         return batch.packets[i - 1]
      end
      batch, i = self:read(), 0
      if batch then
         n = batch.packet_count
         return step()
      end
   end
   return step
end

jit.off(capture.batches)
jit.off(capture.stream)

-- Memory for each flow, an array of `ctype` by packet.flow; cells for what scripts give to flows,
-- and texts for them; what they are for; and the end of a packet's flow: see weir.meter.
function capture:memory(ctype) return self.meter:memory(ctype) end
function capture:forget(memory) return self.meter:forget(memory) end
function capture:cells(columns, layout) return self.meter:cells(columns, layout) end
function capture:note(text, size) return self.meter:note(text, size) end
function capture:apps(batch) return self.meter:apps(batch) end
function capture:cut(packet, flow) return self.meter:cut(packet, flow) end

-- What the source open now has gone through, `taken` of `size` bytes, of a database rows; and all
-- of them together.
function capture:progress()
   if self.sample then
      local gone = self.sample:counts()
      return { taken = gone.rows, size = gone.total }
   end
   if not self.handle then return self.past end
   C.weir_capture_count(self.handle, counts)
   return counts
end

-- What was read, dropped and damaged; and what the packets were (meter.counts).
function capture:counts()
   local seen = self.seen or self.meter:counts()
   if not self.handle and not self.sample then return self.past, seen end
   local before = self.past
   self.past = setmetatable({}, { __index = before })
   count(self)
   self.past, before = before, self.past
   return before, seen
end

-- The decryption secrets that the file at hand has shown so far: { kind, text }.
function capture:secrets()
   local found = {}
   if not self.handle then return found end            -- between sources, and after the last
   for i = 0, math.huge do
      local secret = C.weir_capture_secret(self.handle, i)
      if secret.data == nil then return found end
      found[i + 1] = { kind = secret.kind, text = ffi.string(secret.data, secret.size) }
   end
end

-- "pcap", "pcapng, gzip", "interface", "exchanges in SQLite"
function capture:format()
   if self.sample then return "exchanges in SQLite" end
   return self.handle and ffi.string(C.weir_capture_format(self.handle))
end

-- Closes now, instead of when the collector finds the time.
function capture:close()
   if self.handle or self.sample then finish_source(self) end
   if not self.closed then self.seen = self.meter:counts() end
   self.meter:close()
   self.closed = true
end

-- Whether an expression makes sense as the filter of a file; nil and the reason when it does not.
function capture.is_filter(expression)
   if C.weir_capture_filter(expression) < 0 then return nil, abi.reason() end
   return true
end

-- The interfaces one can listen to: { name, about, addresses, up, running, loopback, wireless }.
function capture.interfaces()
   local room = 64
   local found, list = ffi.new("struct weir_interface[?]", room), {}
   local n = C.weir_interfaces(found, room)
   if n < 0 then return nil, abi.reason() end
   for i = 1, math.min(n, room) do
      local face = found[i - 1]
      list[i] = {
         name = ffi.string(face.name), about = ffi.string(face.about),
         addresses = ffi.string(face.addresses),
         up = face.up ~= 0, running = face.running ~= 0,
         loopback = face.loopback ~= 0, wireless = face.wireless ~= 0,
      }
   end
   return list
end

return capture

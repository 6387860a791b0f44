-- The pipe from frames to records: one batch a call.
--
--    local meter = meter.new {}
--    local batch = meter:read(capture)        -- batch.packets[0] … [batch.packet_count - 1]

local bit = require "bit"
local ffi = require "ffi"
local abi = require "weir.abi"
local apps = require "weir.apps"
local schema = require "weir.schema"
require "weir.packet"
require "weir.flow"
require "weir.said"

local C = abi.C
local meter = {}
meter.__index = meter

local out = ffi.new "const struct weir_batch *[1]"

local FLAGS = {
   "checksums", "flows", "seconds", "begins", "cuts", "stats", "offsets", "tcp",
   "timeouts_only", "names", "labels", "ahead", "prompt",
}
local COUNTED = {
   "packets", "bytes", "flows", "fragments", "reassembled", "tunnelled", "offsets_dropped",
   "notes_dropped", "said_dropped", "names_dropped", "bytes_missing",
}
local NUMBERS = { "splt", "max_flows", "idle", "active", "linger", "seed" }

-- The bits of the protocols that are wanted: an array of their kinds; true is all but quiet ones.
local function kinds(protocols)
   local bits = 0
   for _, kind in ipairs(protocols == true and schema.spoken() or protocols or {}) do
      bits = bit.bor(bits, bit.lshift(1, schema.number(kind)))
   end
   return bits
end

-- Options are the members of struct weir_meter_options (weir.h); packets are records
-- unless that is false.
function meter.new(options)
   local o = ffi.new "struct weir_meter_options"
   for _, name in ipairs(FLAGS) do o[name] = options[name] and 1 or 0 end
   for _, name in ipairs(NUMBERS) do o[name] = options[name] or 0 end
   o.packets = options.packets == false and 0 or 1
   o.kinds = kinds(options.protocols)
   if options.keylog then o.keylog = options.keylog end
   local handle = C.weir_meter_new(o)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_meter_free) }, meter)
end

local function open(self) return self.handle or error("capture is closed", 3) end

-- Says which source the packets of the next reads come from.
function meter:source(number) C.weir_meter_source(open(self), number) end

-- Returns the batch and how many packets and records came; 0 when none did in time;
-- nil at the end of the source; nil and the reason when reading failed.
function meter:read(source, most)
   local n = C.weir_meter_read(open(self), source, most, out)
   if n >= 0 then return out[0], n end
   if n == C.WEIR_END then return nil end
   return nil, abi.reason(), n
end

-- The same of rows: of a handle of weir.sample.
function meter:sample(handle, most)
   local n = C.weir_meter_sample(open(self), handle, most, out)
   if n >= 0 then return out[0], n end
end

-- After the last source: the flows that are left, some at a time; nil when there are no more.
function meter:finish()
   local n = C.weir_meter_finish(open(self), out)
   if n > 0 then return out[0], n end
   if n < 0 then error(abi.reason(), 0) end
end

-- What f(ctype) is; or an error that blames the caller's caller.
local function ask(f, ctype, text)
   local ok, found = pcall(f, text)
   if ok and found and type(ctype) == "string" then return found end
   local why = ok and 'needs the name of a type with a size, such as "double"'
      or found:gsub("^[^:]*:%d+: ", "")
   error(("memory of '%s': %s"):format(tostring(ctype), why), 3)
end

-- The size of a type and a pointer to it, by its text: LuaJIT never forgets a type, and has room
-- for some 65 000 of them, so the same text is not to make another one each time.
local types = {}

-- Memory for each flow, zero when it begins: an array of `ctype` (a text such as "double") by the
-- number of the flow (packet.flow).  It keeps the core's meter from being freed, also by close().
function meter:memory(ctype)
   local handle = open(self)
   local known = types[ctype]
   if not known then
      known = { size = ask(ffi.sizeof, ctype, ctype) }
      types[ctype] = known
   end
   local at = C.weir_meter_memory(handle, known.size)
   if at == nil then return nil, abi.reason() end
   self.is_lent = true
   known.pointer = known.pointer or ask(ffi.typeof, ctype, ctype .. " *")
   return ffi.gc(ffi.cast(known.pointer, at), function () return handle end)
end

-- Gives such a memory back; what looks there later sees zeros, or another memory's.
function meter:forget(memory)
   if C.weir_meter_forget(open(self), memory) < 0 then error(abi.reason(), 2) end
end

-- Cells for scripts to write to, `columns` for each flow of this batch and of later ones: those
-- of a flow begin at [flow.row * columns], and each read empties them.  `layout` is a number for
-- what columns mean, which batches show.
function meter:cells(columns, layout)
   local cells = C.weir_meter_cells(open(self), columns, layout or 0)
   if cells == nil then return nil, abi.reason() end
   return cells
end

-- Keeps a text with the last batch, for cells, or `size` bytes at a C pointer; returns its offset
-- there, 0 when it is empty or there is no room.
function meter:note(text, size) return C.weir_meter_note(open(self), text, size or #text) end

-- Writes into the flows of the last batch what they are for, by the rules of weir.apps.
function meter:apps(batch)
   local handle = open(self)
   for i = 0, batch.flow_count - 1 do
      C.weir_meter_app(handle, i, apps.of_flow(batch.flows[i]))
   end
end

-- Ends the flow of a packet of the last batch, or the flow of that number, as of that packet;
-- packets that come soon after it still belong to the flow.  Needs the option `cuts`.
function meter:cut(packet, flow)
   if C.weir_meter_cut(open(self), flow or packet.flow, packet.clock) < 0 then
      error(abi.reason(), 2)
   end
end

-- What the parsers of protocols were asked: { name, probes, talks, calls } of each, in order.
local function parsers(handle)
   local list = {}
   for i = 0, math.huge do
      local p = C.weir_meter_parser(handle, i)
      if p.name == nil then return list end
      list[i + 1] = {
         name = ffi.string(p.name), probes = p.probes, talks = p.talks, calls = p.calls,
      }
   end
end

-- What was seen so far: a copy of the core's counts as a table; also `said`, records by kind.
function meter:counts()
   local c = C.weir_meter_counts(open(self))[0]
   local counts = { trouble = {}, unknown_links = {}, parsers = parsers(self.handle), said = {} }
   for _, kind in ipairs(schema.protocols) do
      counts.said[kind] = C.weir_meter_said(self.handle, schema.number(kind))
   end
   for _, name in ipairs(COUNTED) do counts[name] = c[name] end
   for i = 1, C.WEIR_TROUBLES - 1 do counts.trouble[i] = c.trouble[i] end
   if c.packets > 0 then
      counts.first, counts.last = tonumber(c.first_ns) / 1e9, tonumber(c.last_ns) / 1e9
   end
   for i = 0, math.huge do
      local link = C.weir_meter_unknown_link(self.handle, i)
      if link.frames == 0 then return counts end
      counts.unknown_links[link.link_type] = link.frames
   end
end

-- Frees what it holds; where scripts may look at memory, once none of them has it any more.
function meter:close()
   if self.handle and not self.is_lent then C.weir_meter_free(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

return meter

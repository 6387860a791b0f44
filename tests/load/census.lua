-- Reads a crowd from standard input, holds each of its flows against what was sent, and prints
-- what it found: weir lua tests/load/census.lua MAX_FLOWS

package.path = "tests/load/?.lua;samples/?.lua;" .. package.path
local bit = require "bit"
local ffi = require "ffi"
local crowd = require "crowd"
local file = require "file"
local weir = require "weir"

-- In words of four bytes; what is where in memory is not of the record.
local WORDS  = ffi.sizeof "struct weir_flow" / 4
local HOME   = ffi.offsetof("struct weir_flow", "home") / 4
local NUMBER = ffi.offsetof("struct weir_flow", "number") / 4
local START  = file.START * 1000000000LL

local seen = ffi.new("uint8_t[?]", crowd.MOST + 1)
local found = {
   flows = 0, twice = 0, late = 0, wrong = 0, packets = 0, bytes = 0, digest = 0,
   idle = 0, forced = 0, resources = 0, active = 0, ["end"] = 0,
}

local function is_right(f, i)
   local seconds, nanoseconds = crowd.time(i)
   local x, y, z = crowd.address(i)
   return f.start_ns == START + seconds * 1000000000LL + nanoseconds
      and f.end_ns == f.start_ns and f.duration_ns == 0
      and f.pkts_toserver == 1 and f.pkts_toclient == 0
      and f.bytes_toserver == crowd.size(i) and f.bytes_toclient == 0
      and f.src_port == crowd.port(i) and f.dest_port == 53 and f.protocol == 17
      and f.src_addr[0] == 10 and f.src_addr[1] == x and f.src_addr[2] == y and f.src_addr[3] == z
end

-- Mixes a record into a number.
local function digest(f, so_far)
   local words = ffi.cast("const int32_t *", f)
   for i = 0, WORDS - 1 do
      if i ~= HOME and i ~= HOME + 1 and i ~= NUMBER then
         so_far = bit.bxor(bit.rol(so_far, 5) + 0x5bd1e995, words[i])
      end
   end
   return so_far
end

local function note(f)
   local i = f.flow_id
   found.flows = found.flows + 1
   if i ~= found.flows then found.late = found.late + 1 end
   if i > crowd.MOST or seen[i] == 1 then found.twice = found.twice + 1 end
   seen[i] = 1
   if not is_right(f, i) then found.wrong = found.wrong + 1 end
   found.packets = found.packets + f.pkts_toserver + f.pkts_toclient
   found.bytes = found.bytes + f.bytes_toserver + f.bytes_toclient
   found[f.ended] = found[f.ended] + 1
   found.digest = digest(f, found.digest)
end

local capture = assert(weir.open("-", { flows = true, max_flows = tonumber(arg[1]) }))
for batch in capture:batches() do
   for i = 0, batch.flow_count - 1 do note(batch.flows[i]) end
end
local status = io.open "/proc/self/status"
found.peak = tonumber(status:read "*a":match "VmHWM:%s*(%d+)") / 1024
status:close()
for name, value in pairs(found) do print(("%s %.17g"):format(name, value)) end

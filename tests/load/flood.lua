-- Writes a capture that is too big to keep to standard output:
-- weir lua tests/load/flood.lua long|giant PERIODS, … crowd FLOWS, or … gaps STREAMS

package.path = "tests/load/?.lua;samples/?.lua;" .. package.path
local ffi = require "ffi"
local crowd, gaps, talk = require "crowd", require "gaps", require "talk"
local file, frame = require "file", require "frame"

ffi.cdef "size_t fwrite(const void *from, size_t size, size_t count, void *file);"

local HEAD    = 24                      -- bytes before all records
local ADDRESS = 16 + 14 + 12            -- and in a record before the client's address and port
local PORT    = 16 + 14 + 20
local PERIODS = 100                     -- of a talk in a block
local BLOCK   = 1000                    -- packets of a crowd in one

local client, server = frame.client, frame.server

-- Writes a capture whose records are those of a block, `times` times; before each time
-- renew(record, i) changes the i-th record of all as it likes.
local function pour(entries, times, renew)
   local text = file.pcap(entries, { nano = true })
   local size, count = #text - HEAD, #entries
   local block, step = ffi.new("uint8_t[?]", size), size / count
   ffi.copy(block, text:sub(HEAD + 1), size)
   io.write(text:sub(1, HEAD))
   for time = 0, times - 1 do
      for i = 0, count - 1 do renew(block + i * step, time * count + i + 1) end
      assert(ffi.C.fwrite(block, size, 1, io.stdout) == 1, "nobody reads")
   end
end

-- The four numbers before a packet, in the order of bytes of the file, which is the machine's.
local function head(record) return ffi.cast("uint32_t *", record) end

local function talk_frame(packet)
   local from, to, from_port, to_port = client, server, 40000, 80
   if packet.back then from, to, from_port, to_port = to, from, to_port, from_port end
   return frame.ethernet(from, to, frame.ip4(from, to,
      frame.tcp { from = from_port, to = to_port, flags = packet.flags }))
end

-- A block lasts whole seconds, so that only these change; at first it is one too early.
local function write_talk(period, times)
   local entries, at, lasting = {}, 0, PERIODS * talk.lasting(period) / 1000
   assert(lasting % 1 == 0 and times % PERIODS == 0)
   for _ = 1, PERIODS do
      for _, packet in ipairs(period) do
         entries[#entries + 1] = {
            talk_frame(packet), size = packet.size,
            seconds = file.START - lasting + math.floor(at / 1000), nanoseconds = at % 1000 * 1e6,
         }
         at = at + packet.wait
      end
   end
   pour(entries, times / PERIODS, function (record)
      head(record)[0] = head(record)[0] + lasting
   end)
end

local function renew_crowd(record, i)
   local seconds, nanoseconds = crowd.time(i)
   local at, port = head(record), crowd.port(i)
   at[0], at[1], at[3] = file.START + seconds, nanoseconds, crowd.size(i)
   record[ADDRESS + 1], record[ADDRESS + 2], record[ADDRESS + 3] = crowd.address(i)
   record[PORT], record[PORT + 1] = math.floor(port / 256), port % 256
end

local function write_crowd(count)
   local entries = {}
   local ip = frame.ip4({ ip4 = "10.0.0.0" }, server, frame.udp(0, 53, ""))
   for i = 1, BLOCK do entries[i] = frame.ethernet(client, server, ip) end
   assert(count % BLOCK == 0 and count <= crowd.MOST)
   pour(entries, count / BLOCK, renew_crowd)
end

-- The first segment of a stream, and those behind a byte that never comes.
local function write_gaps(count)
   local entries = {}
   for i = 0, gaps.SEGMENTS - 1 do
      local tcp = frame.tcp { from = 1024, to = 80, flags = "A", data = ("x"):rep(gaps.SIZE),
         seq = 1000 + i * gaps.SIZE + (i > 0 and 1 or 0) }
      entries[i + 1] = frame.ethernet(client, server,
         frame.ip4({ ip4 = "10.0.0.0" }, server, tcp))
   end
   pour(entries, count, function (record, i)
      local n = math.floor((i - 1) / #entries) + 1
      record[ADDRESS + 1], record[ADDRESS + 2], record[ADDRESS + 3] = crowd.address(n)
   end)
end

local what, count = arg[1], tonumber(arg[2])
if what == "crowd" then
   write_crowd(count)
elseif what == "gaps" then
   write_gaps(count)
else
   write_talk(talk[what], count)
end

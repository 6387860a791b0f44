-- One-second rows into a traffic.db: rows.lua put|bare|ask FILE [ROWS]
--
-- `put` stores rows as a meter's batches bring them; `bare` is a loop of INSERT of the same rows
-- into the same table and index, and nothing else.  Both print rows a second of CPU.  `ask` prints
-- the slowest answer, in milliseconds, to equality on each column that is indexed, to ranges of
-- time, and to the first page.

local ffi     = require "ffi"
local abi     = require "weir.abi"
local db      = require "weir.db"
local host    = require "weir.host"
local traffic = require "weir.traffic"

local C = abi.C
local TALKS, DEVICES, A_SECOND = 200000, 200, 2000     -- rows of a second are of talks in turn
local START = 1767225600

-- Fills the ends of a row: a device here, somebody far away.
local function set_ends(s, talk)
   local device, far = talk % DEVICES, math.floor(talk * 7919 % 40000)
   s.src_addr[0], s.src_addr[1], s.src_addr[2], s.src_addr[3] = 10, 0, 0, device
   s.dest_addr[0], s.dest_addr[1] = 198, 18 + far % 2
   s.dest_addr[2], s.dest_addr[3] = math.floor(far / 2 / 256) % 256, math.floor(far / 2) % 256
   s.src_port, s.dest_port = 1024 + math.floor(talk / DEVICES) % 60000, 443
   s.ip_version, s.protocol = 4, talk % 3 == 0 and 17 or 6
   s.src_ether[0], s.src_ether[5], s.dest_ether[0] = 2, device, 4
end

local function batch_of()
   local seconds = ffi.new "struct weir_second[1024]"
   local runs = ffi.new("struct weir_run[1]", { { kind = C.WEIR_SECOND, count = 1024 } })
   local words = ffi.new("char[32]", "\0www.example.org")
   local batch = ffi.new "struct weir_batch"
   batch.seconds, batch.runs, batch.run_count, batch.words = seconds, runs, 1, words
   return batch, seconds, { seconds, runs, words }
end

local HAS = C.WEIR_HAS_ADDRESS + C.WEIR_HAS_IP + C.WEIR_HAS_PORTS + C.WEIR_HAS_SRC_MAC
   + C.WEIR_HAS_DEST_MAC

-- The talk that row `i` is of: of a second each only once.
local function talk_of(i) return (math.floor(i / A_SECOND) * 613 + i % A_SECOND * 97) % TALKS end

local function fill(seconds, from)
   for k = 0, 1023 do
      local s, i = seconds[k], from + k
      set_ends(s, talk_of(i))
      s.ns = (START + math.floor(i / A_SECOND)) * 1000000000LL
      s.flow_id, s.has = talk_of(i) + 1, HAS
      s.pkts_toserver, s.bytes_toserver, s.pkts_toclient, s.bytes_toclient = 3, 240, 4, 5200
   end
end

-- Seconds of CPU that f takes.
local function cpu(f)
   local before = host.cpu()
   f()
   return host.cpu() - before
end

local function put(path, rows)
   local t = assert(traffic.open(path, { commit_seconds = 5 }))
   assert(t:source { path = "rows" })
   local batch, seconds, keep = batch_of()
   local making = cpu(function () for from = 0, rows - 1, 1024 do fill(seconds, from) end end)
   local all = cpu(function ()
      for from = 0, rows - 1, 1024 do
         fill(seconds, from)
         assert(t:put(batch))
      end
      assert(t:done() and t:finish())
   end)
   t:close()
   return rows / (all - making), keep
end

local function bare(path, rows)
   local base = assert(traffic.base(path, "create"))
   assert(base:run "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000")
   local query = assert(base:query "INSERT INTO second_rows VALUES (?, ?, ?, ?, ?, ?, ?)")
   local q = query.handle
   return rows / cpu(function ()
      for from = 0, rows - 1, 500000 do
         assert(base:begin())
         for i = from, math.min(from + 500000, rows) - 1 do
            C.weir_query_integer(q, 1, START + math.floor(i / A_SECOND))
            C.weir_query_integer(q, 2, talk_of(i) + 1)
            C.weir_query_integer(q, 3, 4294967297 + talk_of(i))
            C.weir_query_integer(q, 4, 3)
            C.weir_query_integer(q, 5, 240)
            C.weir_query_integer(q, 6, 4)
            C.weir_query_integer(q, 7, 5200)
            C.weir_query_run(q)
         end
         assert(base:commit())
      end
   end)
end

-- ---- asking ------------------------------------------------------------------------------------

local QUESTIONS = {
   "src_device_mac_addr = '020000000007'", "dst_device_mac_addr = '020000000007'",
   "src_ip_addr = '10.0.0.7'", "dst_ip_addr = '198.18.3.9'", "dst_ip_addr = '203.0.113.99'",
   "src_hostname = 'www.example.org'", "dst_hostname = 'www.example.org'",
   "src_hostname_is_definitive = 1", "dst_hostname_is_definitive = 0",
   "protocol = 'TCP'", "protocol = 'SCTP'", "ts = 1767225700",
   "ts BETWEEN 1767226000 AND 1767226060 ORDER BY ts", "1 ORDER BY ts DESC", "1",
}

local function ask(path)
   local slowest, of = 0, nil
   for _, table in ipairs { "flows", "combined_flows" } do
      for _, question in ipairs(QUESTIONS) do
         local base = assert(db.open(path))
         local before = host.clock()
         assert(base:all(("SELECT * FROM %s WHERE %s LIMIT 100"):format(table, question)))
         local took = (host.clock() - before) * 1000
         base:close()
         if took > slowest then slowest, of = took, question end
      end
   end
   return slowest, of
end

local how, path, rows = arg[1], arg[2], tonumber(arg[3])
local does = { put = put, bare = bare, ask = ask }
print(("%.1f"):format((does[how](path, rows))))

-- What a confined process costs: its start, a round trip, and rows an extractor takes in a second,
-- beside the same one in this process.

local confined = require "weir.confined"
local host     = require "weir.host"
local kb       = require "weir.kb"
local load     = require "weir.extension.load"

local SECONDS, TIMES, ROWS = 0.7, 3, 256

local EXTRACTOR = [[
local x = require "weir".extractor { about = "x", on = "flow" }
function x:extract(row, kb)
   local client = kb:entity("client", row.src_ip)
   kb:relate(client, "visits", kb:entity("server", row.dest_ip, { port = row.dest_port }))
end
return x]]

local path = os.tmpname()
local file = assert(io.open(path, "w"))
file:write(EXTRACTOR)
file:close()

local rows = {}
for i = 1, ROWS do
   rows[i] = {
      row_id = "flow-" .. i, flow_id = i, src_ip = "192.0.2." .. i % 256, src_port = 1000 + i,
      dest_ip = "198.51.100.7", dest_port = 443, proto = "TCP", app_proto = "tls",
      start = 1700000000.123456 + i, ["end"] = 1700000001.5 + i, pkts_toserver = 10,
      pkts_toclient = 12, bytes_toserver = 1234, bytes_toclient = 54321, sni = "www.example.org",
   }
end

-- Prints how often a second f's `count` of things happen: the best of some times.
local function rate(what, count, f)
   local best = 0
   for _ = 1, TIMES do
      local began, n = host.clock(), 0
      repeat
         f()
         n = n + count
      until host.clock() - began > SECONDS
      best = math.max(best, n / (host.clock() - began))
   end
   print(("%-36s %9.0f/s %9.1f us"):format(what, best, 1e6 / best))
end

local ext = assert(confined.load(path))
local c = assert(confined.open(ext))
local function book() return kb.new():handle("x", "flow") end
local there, here, inside = book(), book(), assert(load.file(path))
local self = setmetatable({}, { __index = inside.class })

rate("processes begun and ended", 1, function () assert(confined.open(ext)):close() end)
rate("batches of a row there and back", 1, function () assert(c:call("extract", { rows[1] })) end)
rate("rows through a confined extractor", ROWS, function ()
   confined.replay(assert(c:call("extract", rows)).told, there, rows)
end)
rate("rows through the same one in here", ROWS, function ()
   for i = 1, ROWS do
      here.row = rows[i]
      inside.moments.extract(self, rows[i], here)
   end
end)
c:close()
os.remove(path)

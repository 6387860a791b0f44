-- Tables of flows, seconds and packets, as people read them.

local flows   = require "weir.cli.flows"
local grid    = require "weir.cli.grid"
local host    = require "weir.host"
local seconds = require "weir.cli.seconds"
local sheet   = require "weir.sheet"
local text    = require "weir.text"
local try     = require "try"
local weir    = require "weir"

-- The lines of a table.
local function lines(arguments, path)
   local out, err, code = try.weir(("read -q -T table %s -r %s"):format(
      arguments, path or "samples/web.pcap"))
   assert.equal(0, code, err)
   return try.lines(out)
end

describe("a table of flows", function ()
   -- The ports of the servers, row by row.
   local function ports(options)
      local list = lines(options)
      assert.truthy(list[1]:find "^ +start +from +to +proto +packets +bytes +share +lasted +ended")
      local found = {}
      for i = 2, #list do found[i - 1] = list[i]:match ":(%d+) +%u+ " end
      return table.concat(found, " ")
   end

   it("has a row for each, by start", function ()
      assert.equal("53 80 8080", ports "")
   end)

   it("is sorted as asked", function ()
      assert.equal("53 8080 80", ports "--sort bytes")
      assert.equal("80 8080 53", ports "--sort -bytes")
      assert.equal("53 8080 80", ports "--sort packets")
      assert.equal("80 8080 53", ports "--sort -duration")
      assert.equal("8080 80 53", ports "--sort -start")
   end)

   it("has the first few only, by bytes unless told", function ()
      assert.equal("80", ports "--top 1")
      assert.equal("80 8080", ports "--top 2")
      assert.equal("53 80", ports "--top 2 --sort start")
   end)

   it("shows whose share is whose", function ()
      local rows = lines "--sort -bytes"
      assert.truthy(rows[2]:find(("█"):rep(10), 1, true))
      assert(not rows[3]:find(("█"):rep(4), 1, true))
   end)

   it("tells when a flow began since the first one did, whatever comes first", function ()
      assert.same({ "0.002000", "0.010000", "0.000000" }, {
         lines "--sort -bytes"[2]:match "%S+", lines "--sort -start"[2]:match "%S+",
         lines "--sort bytes"[2]:match "%S+",
      })
      assert.equal("0.002000", lines "--top 1"[2]:match "%S+")
   end)

   it("has columns for what was asked for", function ()
      local list = lines "--stats -n"
      assert.truthy(list[1]:find "ended +mean size +mean gap$")
      assert.truthy(list[3]:find "101 B +1 ms$")
      list = lines "--tcp -n"
      assert.truthy(list[1]:find "ended +round trip +resent$")
      assert.truthy(list[3]:find "end +2 ms +0$" and list[2]:find "forced$")
      list = lines "--splt 3 -n"
      assert.truthy(list[1]:find "mean gap +first packets$")
      assert.truthy(list[2]:find ">75 <91$" and list[3]:find ">74 <74 >66$")
   end)

   it("has names, and what flows are for, unless -n says otherwise", function ()
      local list = lines ""
      assert.truthy(list[1]:find "ended +app$" and list[2]:find "forced +DNS$")
      assert.truthy(list[3]:find "www.example.org:80 ")
      list = lines "-n"
      assert.truthy(list[1]:find "ended$" and list[3]:find "198.51.100.80:80 ")
   end)

   it("has the seconds of a flow beside it", function ()
      local list = lines "--seconds -n"
      assert.truthy(list[1]:find "ended +over time$" and list[2]:find "forced +█$")
      list = lines("--seconds -n", "samples/years.pcap")
      assert.truthy(list[2]:find "idle +█$" and list[3]:find "idle         +██$")
   end)

   local function kept_flow(asked)
      return {
         ns = 0LL, id = 1, proto = "TCP", duration = 134, reason = "forced", packets = 1000,
         bytes = 52900, from = "192.168.178.24:50079", to = "[2001:db8::1234:5678:9abc:def0]:443",
         more = asked and { [3] = 114.2, [4] = 0.021 } or {},
      }
   end
   local function stamp() return "0.000000" end

   -- What of a table is shown on a terminal so wide.
   local function narrow(width, asked)
      local out = {}
      local table = sheet.new {
         columns = flows.columns(asked and { stats = true } or {}), width = width,
         write = function (line) out[#out + 1] = line end,
      }
      table:row(flows.row(kept_flow(asked), stamp, 52900))
      table:finish()
      for line in out[1]:gmatch "[^\n]+" do assert(text.width(line) <= width, line) end
      assert.truthy(out[1]:find("192.168.178.24:50079", 1, true) and out[1]:find("]:443", 1, true))
      return (out[1]:match "[^\n]+":gsub("  +", " "):gsub("^ ", ""))
   end

   it("fits the terminal: both ends, with their ports, and bytes stay longest", function ()
      assert.equal("from to proto bytes", narrow(60))
      assert.equal("start from to proto packets bytes", narrow(80))
      assert.equal("start from to proto packets bytes lasted", narrow(100))
      assert.equal("start from to proto packets bytes share lasted", narrow(104))
      assert.equal("start from to proto packets bytes share lasted ended", narrow(112))
   end)

   it("has no shares when it is live", function ()
      local columns, row = flows.columns({ stats = true }, true), flows.row(kept_flow(true), stamp)
      for i, cell in pairs {
         [6] = { "bytes", "52.9 kB" }, [7] = { "lasted", "2 min 14 s" },
         [10] = { "mean gap", "21 ms" },
      } do
         assert.same(cell, { columns[i].name, row[i] })
      end
   end)

   it("leaves out what is always there before what was asked for", function ()
      assert.equal("from to proto bytes mean size mean gap", narrow(80, true))
      assert.equal("start from to proto packets bytes mean size mean gap", narrow(100, true))
   end)

   -- The first line of a table that a terminal of 80 columns shows.
   local function head(kinds, how)
      local width, path = host.width, try.path ".txt"
      host.width = function () return 80 end
      local shown = grid.open { kinds = kinds, stamp = how, path = path }
      host.width = width
      local options = { flows = true, protocols = { "dns" } }
      for batch in weir.open("samples/web.pcap", options):batches() do shown:write(batch) end
      shown:close()
      local first = try.contents(path):match "[^\n]+"
      os.remove(path)
      return (first:gsub("\27%[%d*m", ""):gsub("  +", " "):gsub("^ ", ""))
   end

   it("keeps the time, when it was asked for", function ()
      assert.equal("start from to proto packets bytes lasted", head { "flow" })
      assert.equal("start from to proto bytes", head({ "flow" }, "ud"))
      assert.equal("time kind from to about", head({ "dns", "flow" }, "ud"))
      assert.equal("time from to proto about", head({ "packet" }, "ud"))
   end)
end)

describe("flows over time", function ()
   -- A collector of seconds { flow, second, bytes }.
   local function collect(list)
      local all = seconds.new()
      for _, s in ipairs(list) do
         local id, at, bytes = unpack(s)
         all:add {
            flow_id = id, ns = at * 1000000000LL, bytes_toserver = bytes, bytes_toclient = 0,
         }
      end
      return all
   end

   it("have a bar a second, along the time of all flows", function ()
      local all = collect { { 1, 10, 8 }, { 2, 11, 8 }, { 1, 12, 4 }, { 2, 13, 16 } }
      assert.equal("█ ▄ ", all:take(1)())
      assert.equal(" ▄ █", all:take(2)())
      assert.equal("    ", all:take(3)())
   end)

   it("have bars of 2, 4, 8, … seconds when there are many", function ()
      local list = {}
      for i = 0, 95 do list[#list + 1] = { 1, i, 1 } end
      list[#list + 1] = { 2, 95, 1 }
      local all = collect(list)
      assert.equal(("█"):rep(24), all:take(1)())
      assert.equal((" "):rep(23) .. "█", all:take(2)())
   end)

   it("can be drawn when more has been seen", function ()
      local all = collect { { 1, 0, 1 } }
      local draw = all:take(1)
      all:add { flow_id = 2, ns = 39000000000LL, bytes_toserver = 1, bytes_toclient = 0 }
      assert.equal("█" .. (" "):rep(19), draw())
   end)
end)

describe("a table of seconds", function ()
   it("says who sent how much to whom, in the order of time", function ()
      local list = lines("--only second", "samples/years.pcap")
      assert.truthy(list[1]:find "second +flow +from +to +proto +packets +sent +received$")
      local times = {}
      for i = 2, #list do times[i - 1] = list[i]:match "%d+%." end
      assert.same({ "0.", "2147483647.", "2147483648.", "4294967295." }, times)
      assert.truthy(list[2]:find "1 +192.0.2.10:40000 +198.51.100.80:7 +UDP +1 +47 B +0 B$")
   end)
end)

describe("a table of packets", function ()
   it("says how much a packet carries before the numbers of TCP", function ()
      local list = lines "--only packet"
      assert.truthy(list[6]:find "%[S%] 0 bytes, seq %d+ ack %d+ win %d+$")
   end)
end)

describe("a table of chosen fields", function ()
   it("has numbers to the right", function ()
      local list = lines "-e src_ip -e bidirectional_mean_ps -e dest_port"
      assert.equal("src_ip      bidirectional_mean_ps  dest_port", list[1])
      assert.equal("192.0.2.10                     83         53", list[2])
      assert.equal("192.0.2.10                101.375         80", list[3])
   end)

   it("may be any field", function ()
      for _, kind in ipairs { "packet", "flow", "second", "dns" } do
         local names = {}
         local listed = try.weir("read --list-fields --only " .. kind)
         for name in listed:gmatch("\n" .. kind .. " +(%S+)") do
            names[#names + 1] = "-e " .. name
         end
         assert(#names > 15)
         assert(#lines(("--only %s %s"):format(kind, table.concat(names, " "))) > 2)
      end
   end)

   it("is of one kind of record", function ()
      local _, err, code = try.weir "read -q -r samples/web.pcap -T csv --only packet,flow"
      assert.equal(2, code)
      assert.truthy(err:find "one kind of record")
   end)
end)

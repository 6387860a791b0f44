-- weir ext profile: what costs more is said to cost more.

local desk = require "desk"
local json = require "weir.json"
local pcap = require "weir.cli.ext.pcap"
local try  = require "try"
local weir = require "weir"

local COSTLY = [[
local weir = require "weir"
local costly = weir.feature { about = "costly", gives = { words = "number" } }
function costly:begin() self.words = 0 end
function costly:packet()
   for i = 1, 50 do self.words = self.words + #table.concat({ i, self.words }, ",") end
end
function costly:finish() return { words = self.words } end
function costly:icmp4() end
return costly
]]

describe("weir ext profile", function ()
   it("measures each moment: time, calls, memory", function ()
      desk.with({ ["costly.lua"] = COSTLY, ["costly.pcap"] = desk.capture }, function (run)
         local out, err, code = run "ext profile -c 5000 --seconds 0.01 --json costly.lua"
         assert.equal(0, code, err)
         local rows = {}
         for i, line in ipairs(try.lines(out)) do
            local row = json.decode(line)
            rows[i], rows[row.moment] = row, row
         end
         assert.equal("packet", rows[1].moment)
         assert(rows.packet.calls > rows.finish.calls and rows.finish.calls > 500)
         assert(rows.packet.bytes_per_call > 100)
         assert.equal(0, rows.icmp4.calls)
         assert(rows.packet.ns_per_packet > rows.packet.ns_per_packet_without)
         out = run "ext profile -c 5000 --seconds 0.01 costly.lua"
         assert(out:find "costly.pcap: %d+ ns a packet, %d+ ns without")
         assert(out:find "costly +packet +%d+ %d+ ")
      end)
   end)

   it("says what it cannot measure", function ()
      desk.with({ ["costly.lua"] = COSTLY }, function (run)
         local _, err, code = run "ext profile costly.lua"
         assert.equal(2, code)
         assert(err:find("name a capture with '-r FILE'", 1, true))
         _, err, code = run "ext profile -r nosuch.pcap costly.lua"
         assert.equal(3, code)
         assert(err:find "nosuch.pcap")
         assert.equal(2, select(3, run "ext profile"))
      end)
      desk.with({
         ["costly.lua"] = COSTLY:gsub("return {", "return nosuch {"), ["x.pcap"] = desk.capture,
      }, function (run)
         local _, err, code = run "ext profile -c 5000 --seconds 0.01 -r x.pcap costly.lua"
         assert.equal(4, code)
         assert(err:find "errors on the way")
      end)
   end)
end)

describe("a short capture", function ()
   it("is made long, with flows that end before they come again", function ()
      local path = pcap.stretch("samples/web.pcap", 100)
      local flows, packets = 0, 0
      for batch in assert(weir.open(path, { flows = true })):batches() do
         flows, packets = flows + batch.flow_count, packets + batch.moved
      end
      os.remove(path)
      assert.equal(112, packets)                          -- 7 rounds of 16 packets, 3 flows
      assert.equal(21, flows)
      assert.is_nil((pcap.stretch("samples/web.pcap", 10)))
   end)
end)

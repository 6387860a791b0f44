-- weir ext test --explain: why a moment was never called.

local desk = require "desk"

local CHAINS = [[
local weir = require "weir"
local chains = weir.feature { about = "what comes by", gives = { tcps = "number" } }
function chains:begin(flow)
   self.tcps = 0
   return flow.dest_port ~= 53
end
function chains:new_flow(packet) return packet.dest_port ~= 8080 end
function chains:tcp() self.tcps = self.tcps + 1 end
function chains:udp() end
function chains:ip6() end
return chains
]]

-- Calls look(explain) with a function of options and a pattern, which looks for a moment's line.
local function with(source, look)
   desk.with({ ["chains.lua"] = source, ["chains.pcap"] = desk.capture }, function (weir)
      look(function (options)
         local out, err, code = weir("ext test --explain " .. options)
         return function (pattern) assert(out:find(pattern), out .. err) end, code, err
      end)
   end)
end

describe("weir ext test --explain", function ()
   it("counts the calls, and says why there were none", function ()
      with(CHAINS, function (explain)
         local has, code = explain "chains.lua"
         assert.equal(0, code)
         has "16 packets %(14 IPv4, 12 TCP, 2 UDP%), 3 flows"
         has "begin +3 +1"
         has "new_flow +2 +1"
         has "\ntcp +8"
         has "ip6 +0 +no IPv6 packets in the sample"
         has "udp +0 +the flows it might be about were left alone"
      end)
   end)

   it("knows what a filter or a count took away", function ()
      with(CHAINS, function (explain)
         local has = explain "-f 'udp port 53' chains.lua"
         has "tcp +0 +the sample has 12 TCP packets, of which %-f left none"
         has "new_flow +0 +'begin' returned false each time"
         has = explain "-c 1 chains.lua"
         has "begin +0 +the sample has 3 flows, of which %-c left none"
         local _, code, err = explain "-f 'udp prt' chains.lua"
         assert.equal(2, code)
         assert(err:find "filter 'udp prt'")
      end)
   end)

   it("shows errors, and what they prevent", function ()
      with(CHAINS:gsub("self.tcps = 0", "error 'no'"), function (explain)
         local has, code = explain "."
         assert.equal(4, code)
         has "begin +3 +3 +chains.lua:4: no"
         has "tcp +0 +'begin' failed each time: chains.lua:4: no"
         has = explain "--json ."
         has '"moment":"begin","calls":3,"false":0,"errors":3,"note":"chains.lua:4: no"'
      end)
   end)

   it("explains reports, which write into a folder of their own meanwhile", function ()
      with([[
         local weir = require "weir"
         local file = require "weir.report.file"
         local x = weir.reporting { about = "x", options = { file = "/nonexistent/x" } }
         function x:start() self.out = file.open(self) end
         function x:rows(rows) for _, row in ipairs(rows) do self.out:write(row.src_ip) end end
         function x:row() end
         function x:tick() end
         function x:flush() self.out:flush() end
         return x]], function (explain)
         local has, code = explain "."
         assert.equal(0, code)
         has "start +1"
         has "row +3"
         has "rows +0 +'row' is there, which sees the same rows one by one"
         has "tick +0 +the run took less than a second"
         has = explain "-f 'host 203.0.113.99' ."
         has "row +0 +the sample has 3 flows, of which %-f left none"
      end)
   end)

   it("explains extractors", function ()
      with([[
         local weir = require "weir"
         local x = weir.extractor { about = "x", on = "flow" }
         function x:extract(flow, kb) kb:entity("device", flow.src_ip) end
         function x:stop() end
         return x]], function (explain)
         local has = explain "."
         has "extract +3"
         has "stop +1"
         has = explain "-f 'host 203.0.113.99' ."
         has "extract +0 +the sample has 3 flows, of which %-f left none"
      end)
   end)
end)

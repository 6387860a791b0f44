-- weir read of flows, as its users meet them: what is shown, in which order, and how.

local cjson = require "cjson"
local try   = require "try"

-- The records of a command in JSON.
local function records(arguments)
   local list = try.lines((try.weir("read -q -T json " .. arguments)))
   for i, line in ipairs(list) do list[i] = cjson.decode(line) end
   return list
end

-- Chosen fields of a command's records.
local function fields(arguments)
   return try.lines((try.weir("read -q -T fields " .. arguments)))
end

describe("weir read", function ()
   it("shows flows and what protocols say unless told otherwise: an object each", function ()
      local kinds, list = {}, records "-r samples/web.pcap --only flow"
      for i, record in ipairs(records "-r samples/web.pcap") do kinds[i] = record.event_type end
      assert.same({ "arp", "arp", "dns", "dns", "http", "flow", "flow", "flow" }, kinds)
      assert.equal(3, #list)
      local web = list[2]
      assert.same({ "flow", "192.0.2.10", 80, "TCP", "2" },
         { web.event_type, web.src_ip, web.dest_port, web.proto, web.flow_id })
      assert.equal("1:zgUNGaI2atFPI/vP4I3/vAaaqYY=", web.community_id)
      assert.equal("samples/web.pcap", web.pcap_filename)
      assert.same({ 5, 3, 432, 379, "FSPA" }, {
         web.flow.pkts_toserver, web.flow.pkts_toclient,
         web.flow.bytes_toserver, web.flow.bytes_toclient, web.flow.tcp_flags_ts,
      })
      assert.same({ "2026-01-01T00:00:00.004000Z", web.timestamp, "end" },
         { web.flow.start, web.flow["end"], web.flow.reason })
      assert(not (web.flow.stats or web.flow.offsets or web.flow.fragments))
   end)

   it("counts fragments, and ICMP errors for the flows they speak of", function ()
      assert.same({ "11\t", "5\t" },
         fields "-r samples/fragments.pcap -e fragments -e icmp_errors")
      assert.same({ "ICMP\t", "UDP\t1", "ICMP\t", "IPv6-ICMP\t" },
         fields "-r samples/icmp.pcap -e proto -e icmp_errors")
   end)

   it("says at the end how many flows there were", function ()
      local _, err = try.weir "read -r samples/web.pcap --seconds -T none"
      assert.truthy(err:find "\n3 flows, 3 seconds of flows\n")
   end)

   it("shows seconds before the flow they are of, when asked", function ()
      local kinds = {}
      for i, record in ipairs(records "-r samples/web.pcap --only flow,second") do
         kinds[i] = record.event_type .. record.flow_id
      end
      assert.same({ "second1", "flow1", "second2", "flow2", "second3", "flow3" }, kinds)
      assert.equal(3, #records "-r samples/web.pcap --only second")
   end)

   it("shows kinds together in the order in which they happened", function ()
      local kinds = {}
      for i, record in ipairs(records "-r samples/years.pcap --only packet,flow") do
         kinds[i] = record.event_type:sub(1, 1)
      end
      assert.equal("pfppfppppf", table.concat(kinds))
   end)

   it("adds statistics and first packets when asked", function ()
      local function stats(options)
         return records("-r samples/web.pcap --only flow " .. options)[2].flow.stats
      end
      local found = stats "--stats"
      assert.same({ 8, 811, 7, 2 }, {
         found.bidirectional_packets, found.bidirectional_bytes,
         found.bidirectional_duration_ms, found.bidirectional_syn_packets,
      })
      assert.is_nil(found.splt_ps)
      found = stats "--splt 9"
      assert.same({ 0, 1, 0, 0, 1, 0, 1, 0, -1 }, found.splt_direction)
      assert.same({ 74, 74, 66, 160, 239, 66, 66, 66, -1 }, found.splt_ps)
      assert.same({ 0, 1, 1, 1, 1, 1, 1, 1, -1 }, found.splt_piat_ms)
      assert.same({ 74, 74 }, stats "--splt 2".splt_ps)
   end)

   it("adds the offsets of a flow's packets when asked", function ()
      local offsets, all = {}, 0
      for _, packet in ipairs(records "-r samples/web.pcap --only packet") do
         offsets[packet.packet.offset] = true
      end
      for _, flow in ipairs(records "-r samples/web.pcap --only flow --offsets") do
         for _, offset in ipairs(flow.flow.offsets) do
            assert(offsets[offset], offset)
            offsets[offset], all = nil, all + 1
         end
      end
      assert.equal(14, all)                                       -- and two of ARP
   end)

   it("ends flows by the time-outs that were asked for", function ()
      local function reasons(options)
         local list = fields("-r samples/web.pcap --flow-end nfstream -e reason " .. options)
         return table.concat(list, " ")
      end
      assert.equal("forced forced forced", reasons "")
      assert.equal(("idle "):rep(11) .. "forced forced forced", reasons "--idle 0.001")
      assert.equal("active active active forced forced forced", reasons "--active 0.003")
   end)

   it("ends TCP flows when TCP does, but not as NFStream makes flows", function ()
      assert.same({ "forced", "end", "end" }, fields "-r samples/web.pcap -e reason")
      assert.same({ "forced", "forced", "forced" },
         fields "-r samples/web.pcap -e reason --flow-end nfstream")
   end)

   it("remembers no more flows than it was told to, and loses none", function ()
      local list = fields "-r samples/web.pcap -e reason -e flow_id --max-flows 1"
      assert.same({ "resources\t1", "resources\t2", "end\t3" }, list)
   end)
end)

describe("fields of weir read", function ()
   it("say which kind of record is meant", function ()
      assert.equal(3, #fields "-r samples/web.pcap -e src_ip")
      assert.equal(3, #fields "-r samples/web.pcap -e src_ip -e bytes_toserver")
      assert.equal(16, #fields "-r samples/web.pcap -e src_ip -e size")
      assert.equal(16, #fields "-r samples/web.pcap -e src_ip --only packet")
      assert.equal(3, #fields "-r samples/web.pcap -e src_ip --only second")
   end)

   it("may have the names that other tools give them", function ()
      assert.same(fields "-r samples/web.pcap -e pkts_toserver -e dest_ip",
         fields "-r samples/web.pcap -e orig_pkts -e id.resp_h")
   end)

   it("cannot be of two kinds, exit 2", function ()
      local _, err, code = try.weir "read -r samples/web.pcap -T fields -e size -e bytes_toserver"
      assert.equal(2, code)
      assert.truthy(err:find "has no field")
   end)

   -- Values of the first line of a CSV by the names of its header.
   local function first_row(arguments)
      local lines, row, names = try.lines((try.weir("read -q -T csv " .. arguments))), {}, {}
      for name in (lines[1] .. ","):gmatch "([^,]*)," do names[#names + 1] = name end
      local count = 0
      for value in (lines[2] .. ","):gmatch "([^,]*)," do
         count = count + 1
         row[names[count] or "beyond the header"] = value
      end
      assert.equal(#names, count)
      return row
   end

   it("are below their names in CSV, for every kind", function ()
      local packet = first_row "-r samples/icmp.pcap --only packet"
      assert.same({ "58", "64", "ICMP" }, { packet.size, packet.ttl, packet.proto })
      local flow = first_row "-r samples/web.pcap"
      assert.same({ "75", "forced", "0.001000000" },
         { flow.bytes_toserver, flow.reason, flow.duration })
      local second = first_row "-r samples/web.pcap --only second"
      assert.same({ "75", "91", "02:00:5e:00:53:0a" },
         { second.bytes_toserver, second.bytes_toclient, second.src_mac })
   end)
end)

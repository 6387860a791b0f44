-- weir read -Y: which records are written, and which packets.

local try = require "try"

local function read(arguments)
   local out, err, code = try.weir("read -q " .. arguments)
   assert.equal("", err)
   assert.equal(0, code)
   return out
end

-- The packets of a capture: their numbers there, by their times and sizes in `whole`.
local function packets_of(path, whole)
   local known, found = {}, {}
   local columns = " --only packet -T fields -e timestamp -e size -e src_ip -e ip_id"
   for i, line in ipairs(try.lines(read("-r " .. whole .. columns))) do known[line] = i end
   for i, line in ipairs(try.lines(read("-r " .. path .. columns))) do found[i] = known[line] end
   return table.concat(found, " ")
end

-- The packets that -w writes of a sample.
local function written(sample, arguments)
   local path = try.path ".pcap"
   local out = read(("-r samples/%s -w %s %s"):format(sample, path, arguments))
   local found = packets_of(path, "samples/" .. sample)
   os.remove(path)
   return found, out
end

describe("weir read -Y", function ()
   it("writes the records for which it holds", function ()
      assert.equal("80\n", read "-r samples/web.pcap -Y 'dest_port == 80' -T fields -e dest_port")
      assert.equal("dest_port\n53\n8080\n",
         read "-r samples/web.pcap -Y 'bytes_toserver < 200' -T csv -e dest_port")
      local lines = try.lines(read "-r samples/web.pcap -Y 'duration > 1ms and tcp' -T table")
      assert.equal(3, #lines)
      assert.equal("", read "-r samples/web.pcap -Y 'dest_port == 81' -T json")
   end)

   it("shows the kind that has its fields", function ()
      local first = "-c 6 -r samples/web.pcap -T json "
      assert.equal(2, #try.lines(read(first .. "-Y 'tcp_window > 5'")))
      assert.truthy(read(first .. "-Y 'tcp_window > 5'"):find '"event_type":"packet"')
      assert.truthy(read(first .. "-Y 'begin.dest_port == 80'"):find '"event_type":"begin"')
      assert.equal("5\n6\n",
         read "-c 6 -r samples/web.pcap -Y 'tcp.port == 80' -T fields -e pcap_cnt")
      assert.equal("53\n", read "-r samples/web.pcap -Y udp -T fields -e dest_port")
      assert.equal("GET\n", read "-r samples/web.pcap -T fields -e http.request.method")
      assert.truthy(read("-r samples/web.pcap -T table -Y 'status == 200'"):find "GET www.example")
   end)

   it("leaves out kinds that do not have all fields, of those chosen", function ()
      local both = "-r samples/web.pcap -T json --only packet,flow "
      assert.equal(3, #try.lines(read(both .. "-Y 'duration >= 0'")))
      assert.equal(9, #try.lines(read(both .. "-Y 'port == 80'")))
      local _, err, code = try.weir("read " .. both:gsub(",flow", "") .. "-Y 'duration >= 0'")
      assert.equal(2, code)
      assert.truthy(err:find "'duration' is a field of a flow, not of a packet")
   end)

   it("leaves out kinds for which a value means nothing", function ()
      local two = "-r samples/dns.pcap -r samples/dhcp.pcap -T json "
      local responses = read(two .. "-Y 'type == response'")
      assert.truthy(responses:find '"event_type":"dns"')
      assert.is_nil(responses:find '"event_type":"dhcp"')
      assert.equal(responses, read(two .. "-Y 'type == response' --only dns,dhcp"))
      assert.equal("", read "-r samples/ssdp.pcap -Y 'http.request.method == GET' -T json")
      local _, err, code = try.weir "read -r samples/web.pcap --only dhcp -Y 'type == response'"
      assert.equal(2, code)
      assert.truthy(err:find("'type' is never 'response': it can be reply, request", 1, true))
   end)

   it("measures what it asks for, and does not show it", function ()
      assert.equal("80\n",
         read "-r samples/web.pcap -Y 'bidirectional_packets == 8' -T fields -e dest_port")
      assert.equal("80\n", read "-r samples/web.pcap -Y 'splt_ps == 239' -T fields -e dest_port")
      assert.equal("80\n8080\n",
         read "-r samples/web.pcap -Y 'mss_ts == 1460' -T fields -e dest_port")
      assert.falsy(read "-r samples/web.pcap -Y 'bidirectional_packets == 8' -T json":find "stats")
      local lines = try.lines(read "-r samples/web.pcap --seconds -Y 'duration > 5ms' -T table")
      assert.equal(2, #lines)
      assert.truthy(lines[1]:find "over time")
   end)

   it("asks for the names of inputs, and for Community IDs with their seed", function ()
      local all = "-r samples/web.pcap -r samples/icmp.pcap -T fields -e pcap_filename "
      assert.equal(("samples/icmp.pcap\n"):rep(2), read(all .. "-Y 'pcap_filename contains icmp'")
         :gsub("^(.-\n.-\n).*", "%1"))
      local seeded = "-r samples/web.pcap --community-seed 7 -T fields -e community_id "
      local id = try.lines(read(seeded))[1]
      assert.equal(id .. "\n", read(seeded .. "-Y 'community_id == \"" .. id .. "\"'"))
   end)

   it("says how many matched", function ()
      local _, err = try.weir(
         "read -r samples/web.pcap -Y 'port == 80 or arp' --only packet,flow -T none")
      assert.truthy(err:find "\n10 packets matched\n", err)
      _, err = try.weir "read -r samples/web.pcap -Y 'port == 80' -T table"
      assert.truthy(err:find "\n1 flow matched\n", err)
      _, err = try.weir "read -r samples/web.pcap -Y 'port == 80' -T json --only packet,flow"
      assert.truthy(err:find "\n8 packets, 1 flow matched\n", err)
   end)

   it("takes the name of a protocol for its records, and for packets of it", function ()
      local function numbers(only)
         return read("-r samples/web.pcap -T fields -e pcap_cnt -Y arp --only " .. only)
      end
      assert.equal("1\n2\n", numbers "packet")
      assert.equal("1\n2\n", numbers "arp")
      assert.equal("", read "-r samples/web.pcap --only arp -T fields -e pcap_cnt -Y 'not arp'")
      local _, err = try.weir "read -r samples/web.pcap -Y dns --only packet,flow"
      assert.truthy(err:find("'dns' is a kind of record, not a packet or a flow", 1, true), err)
   end)

   it("says what makes no sense and shows the place, exit 2", function ()
      local out, err, code = try.weir "read -r samples/web.pcap -Y 'udp or dst_pot == 5'"
      assert.equal("", out)
      assert.equal(2, code)
      assert.equal("weir: no record has a field 'dst_pot': did you mean 'dst_port'? "
         .. "(see 'weir read --help')\n  udp or dst_pot == 5\n         ^~~~~~~\n", err)
      out, err = try.weir "read --json -r samples/web.pcap -Y 'dst_pot == 5'"
      assert.equal("", out)
      assert.equal("  dst_pot == 5\n  ^~~~~~~", require "cjson".decode(err).place)
      out, err, code = try.weir "read -r samples/web.pcap -w /nonexistent/x -Y 'flow.proto == 5'"
      assert.equal("", out)
      assert.truthy(code == 3 and err:find "No such file")
   end)

   it("offers what stands for a field to those who complete a line", function ()
      local words = "\n" .. try.weir "completion --words names"
      for _, name in ipairs { "dest_port", "ip.src", "port", "eth.addr", "tunnel.type" } do
         assert(words:find("\n" .. name .. "\n", 1, true), name)
      end
      assert.truthy(try.weir "completion bash":find("--words names", 1, true))
   end)

   it("asks for what extensions give", function ()
      local folder = "extensions/features/"
      local run = "-r samples/web.pcap --ext " .. folder .. "burstiness.lua -T fields -e dest_port "
      assert.equal("53\n80\n8080\n", read(run .. "-Y 'burstiness >= 0 or not ext.burstiness'"))
      local _, err, code = try.weir("read " .. run .. "-Y 'burstines >= 0'")
      assert.equal(2, code)
      assert.truthy(err:find "did you mean 'burstiness'", err)
   end)
end)

describe("weir read -Y -w", function ()
   it("writes the packets for which it holds", function ()
      assert.equal("5 7 8 10 12", (written("web.pcap", "-Y 'dest_port == 80'")))
      assert.equal("5 13", (written("web.pcap", "-Y 'tcp.flags.syn == 1 and tcp.flags.ack == 0'")))
      assert.equal("", (written("web.pcap", "-Y 'dest_port == 81'")))
      local found, out = written("web.pcap", "-Y 'dest_port == 80' -T json")
      assert.equal("5 7 8 10 12", found)
      assert.equal(2, #try.lines(out))                   -- the flow, and what was said in it
   end)

   it("writes the packets of the flows for which it holds, in a second pass", function ()
      assert.equal("5 6 7 8 9 10 11 12", (written("web.pcap", "-Y 'bytes_toclient > 140'")))
      assert.equal("3 4 13 14 15 16", (written("web.pcap", "-Y 'pkts_toserver < 3'")))
      assert.equal("5 6 7 8 9 10 11 12", (written("web.pcap", "-Y 'flow.dest_port == 80'")))
      assert.equal("5 6 7", (written("web.pcap", "-c 7 -Y 'flow.dest_port == 80'")))
      local found, out = written("web.pcap", "-Y 'duration > 5ms' -T json")
      assert.equal("5 6 7 8 9 10 11 12", found)
      assert.equal(1, #try.lines(out))
   end)

   it("and of those of which a second is", function ()
      assert.equal("5 6 7 8 9 10 11 12", (written("web.pcap", "-Y 'second.bytes_toclient > 140'")))
   end)

   it("takes all fragments of a flow with it, also those that came first", function ()
      assert.equal("1 2 3 4 5 6 7 8 9 10 11", (written("fragments.pcap", "-Y 'flow.ipv4'")))
      assert.equal("12 13 14 15 16", (written("fragments.pcap", "-Y 'flow.src_ip == ::/0'")))
   end)

   it("writes of flows cut by a time-out those that match", function ()
      assert.equal("", (written("web.pcap", "--active 0.004 -Y 'pkts_toserver > 100'")))
      assert.equal("9 10 11 12", (written("web.pcap",
         "--active 0.004 --flow-end nfstream -Y 'flow.port == 80 and bytes_toserver > 300'")))
   end)

   it("does so of several inputs", function ()
      local path, whole = try.path ".pcap", try.path ".pcap"
      local inputs = "-r samples/web.pcap -r samples/ipv6.pcap -r samples/web.pcap.gz "
      read(inputs .. "-w " .. whole)
      read(inputs .. "-Y 'flow.dest_port == 80 or flow.ipv6' -w " .. path)
      local packets = " --only packet -T fields -e timestamp -e src_ip -e size "
      assert.equal(read("-r " .. whole .. packets .. "-Y 'tcp.port == 80 or ipv6'"),
         read("-r " .. path .. packets))
      os.remove(path)
      os.remove(whole)
   end)

   it("refuses what cannot be read twice, with the way out", function ()
      local path = try.path ".pcap"
      local _, err, code = try.run("cat samples/web.pcap | " .. try.program
         .. " read -r - -w " .. path .. " -Y 'duration > 0'")
      assert.equal(2, code)
      assert.truthy(err:find("'-' cannot be read a second time, for the packets of flows that '-Y' "
         .. "chose: write all packets to a file, and read that", 1, true), err)
      os.remove(path)
      _, _, code = try.run("cat samples/web.pcap | " .. try.program
         .. " read -q -r - -w " .. path .. " -Y 'tcp.port == 80'")
      assert.equal(0, code)
      assert.equal("5 6 7 8 9 10 11 12", packets_of(path, "samples/web.pcap"))
      os.remove(path)
   end)

   it("refuses an extension that ends flows", function ()
      local desk = require "desk"
      desk.with({ ["cut.lua"] = [[
         local weir = require "weir"
         local cut = weir.feature { about = "ends flows", gives = { n = "number" } }
         function cut:packet() return false end
         return cut]], ["x.pcap"] = desk.capture }, function (weir)
         local _, err, code = weir "read -r x.pcap --ext ./cut.lua -Y 'n > 1' -w y.pcap"
         assert.equal(2, code)
         assert.truthy(err:find "an extension ends flows", err)
      end)
   end)
end)

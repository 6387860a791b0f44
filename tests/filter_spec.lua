-- Filters: what each operator means for each kind of field, what is refused and how it is said.

local filter = require "weir.filter"
local host   = require "weir.host"
local try    = require "try"
local weir   = require "weir"

-- The numbers of the packets of a sample for which a filter holds, as a text.
local function packets(expression, sample)
   local made, found = assert(filter.new(expression)), {}
   for packet in weir.open("samples/" .. (sample or "web.pcap")):packets() do
      if made:test(packet) then found[#found + 1] = ("%d"):format(packet.ordinal) end
   end
   return table.concat(found, " ")
end

-- The ports of the flows of the sample for which it holds.
local function flows(expression, options)
   local made, found = assert(filter.new(expression)), {}
   local how = { flows = true, stats = true, tcp = true, splt = 20, offsets = true }
   for batch in weir.open(options or "samples/web.pcap", how):batches() do
      for i = 0, batch.flow_count - 1 do
         if made(batch.flows[i]) then found[#found + 1] = batch.flows[i].dest_port end
      end
   end
   return table.concat(found, " ")
end

-- What is said of a filter that makes no sense, with the line that marks the place.
local function refused(expression, options)
   local made, why, place = filter.new(expression, options)
   assert.is_nil(made, expression)
   return why, place
end

local ALL = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"

describe("a filter of packets", function ()
   it("compares numbers", function ()
      assert.equal("5 7 8 10 12", packets "dest_port == 80")
      assert.equal("5 7 8 10 12", packets "dest_port eq 0x50")
      assert.equal("13 15", packets "dest_port >= 8080 and dest_port lt 8081")
      assert.equal("1 2 7 10 11 12 15 16", packets "size <= 66")
      assert.equal("8 9", packets "size gt 100")
      assert.equal("3 4 5 7 8 10 12 13 15", packets "dest_port != 40080 && dest_port ne 40081")
   end)

   it("takes what is absent for false, also with !=", function ()
      assert.equal("1 2", packets "not dest_port")
      assert.equal("3 4 6 9 11 13 14 15 16", packets "dest_port != 80")
      assert.equal("1 2 3 4 6 9 11 13 14 15 16", packets "!(dest_port == 80)")
      assert.equal("", packets "tunnel.id != 5")
      assert.equal("", packets "vlan != 5")
   end)

   it("knows both ends", function ()
      assert.equal("5 6 7 8 9 10 11 12", packets "port == 80")
      assert.equal("3 4 13 14 15 16", packets "port != 80")
      assert.equal("3 4", packets "port == 53 and ip == 192.0.2.1")
      assert.equal("", packets "tcp.port == 53")
      assert.equal("3 4", packets "udp.port == 53")
      assert.equal(ALL, packets "eth.addr == 02-00-5e-00-53-0a")
      assert.equal("5 6 7 8 9 10 11 12 13 14 15 16", packets "all port > 79")
      assert.equal(ALL:sub(5), packets "any port != 80")
      assert.equal(packets "any port != 80", packets "port ~= 80")
      assert.equal("", packets "port === 80")
   end)

   it("knows addresses and networks", function ()
      assert.equal("3", packets "src_ip == 192.0.2.10 and dest_ip == 192.0.2.1 and udp")
      assert.equal("1 2 3 4", packets "ip.dst == 192.0.2.0/28 and ip.src == 192.0.2.0/28")
      assert.equal("6 9 11 14 16", packets "src_ip == 198.51.100.0/22")
      assert.equal("3", packets "src_ip == 192.0.2.10/31 and udp")
      assert.equal("", packets "src_ip == 192.0.2.8/31 or src_ip == 192.0.2.11/32")
      assert.equal("1 2 3 4 5 7 8 10 12 13 15", packets "src_ip != 198.51.100.0/22")
      assert.equal("6 9 11 14 16", packets "src_ip in {10.0.0.0/8 198.51.100.80, fe80::/10}")
      assert.equal("2 4", packets "src_ip in {192.0.2.1..192.0.2.9}")
      assert.equal("6 9 11 14 16", packets "src_ip > 192.0.2.10")
      assert.equal("1 2 4", packets "dest_ip <= 192.0.2.10 and src_ip < 192.0.2.10 or arp")
      assert.equal("1 2 3 4 5 6", packets("src_ip == 2001:db8::/33", "ipv6.pcap"):sub(1, 11))
      assert.equal("", packets("src_ip == 0.0.0.0/0", "ipv6.pcap"))
      assert.equal("1 2 3 4 5 6 7", packets("ipv6", "ipv6.pcap"):sub(1, 13))
      assert.equal("", packets "ip != 192.0.2.0/24 and ip != 198.51.100.0/24")
      assert.equal("2", packets "dest_mac == 02:00:5e:00:53:0a and src_mac == 02005e005301 and arp")
   end)

   it("knows names, whatever the case, by their numbers too", function ()
      assert.equal("3 4", packets "proto == udp")
      assert.equal("3 4", packets 'proto == "UDP"')
      assert.equal("3 4", packets "ip.proto == 17")
      assert.equal("3 4", packets "proto != TCP")
      assert.equal("3 4", packets "proto contains \"D\"")
      assert.equal("3 4", packets "proto matches \"^u\"")
      assert.equal("3 4", packets "udp")
      assert.equal("1 2", packets "arp")
      assert.equal("6", packets("icmpv6 and icmp_type == 129", "icmp.pcap"))
   end)

   it("knows flags by their letters, numbers and names", function ()
      assert.equal("5 13", packets "tcp_flags == S")
      assert.equal("6 14", packets "tcp_flags == \"as\"")
      assert.equal("5 6 13 14", packets "tcp_flags contains S")
      assert.equal("5 6 13 14", packets "tcp.flags & 0x02")
      assert.equal("5 13", packets "tcp.flags.syn == 1 && tcp.flags.ack == 0")
      assert.equal("16", packets "tcp.flags.reset == true")
      assert.equal("5 6 7 8 9 10 11 12 13 14 15 16", packets "tcp.flags.syn")
      assert.equal("10 11", packets "tcp.flags & 1 == 1")
      assert.equal("5 6 7 8 9 10 11 12 13 14 15 16", packets "tcp_flags")
   end)

   it("knows times", function ()
      assert.equal("14 15 16", packets "timestamp > 2026-01-01T00:00:00.012Z")
      assert.equal("13 14 15 16", packets "ts >= \"2026-01-01 01:00:00.012+01:00\"")
      assert.equal("1", packets "frame.time_epoch == 1767225600")
      assert.equal("2", packets "timestamp == 1767225600.001")
      assert.equal("1 2", packets "time in {2026-01-01..1767225600.0015}")
   end)

   it("knows sets, with ranges and many values", function ()
      assert.equal("3 5 7 8 10 12 13 15", packets "dest_port in {53 80, 8000..8080}")
      assert.equal("1 2 4 6 9 11 14 16", packets "dest_port not in {53 80 8000..8080}")
      assert.equal("5 7 8 10 12", packets "dest_port in {1 2 3 4 5 6 7 8 9 10 80 90000..90010}")
      assert.equal("3", packets("dest_ip in {10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 "
         .. "10.0.0.7 192.0.2.1 fe80::1 10.1.0.0/16} and udp"))
      assert.equal("3 4", packets "proto in {UDP icmp}")
      assert.equal("5 13", packets "tcp_flags in {S F}")
   end)

   it("looks into lists and rows, of which any may match", function ()
      assert.equal("4 5 6", packets("vlan == 100", "vlan.pcap"))
      assert.equal("5 6 7 14", packets("tunnel.type == gre", "tunnels.pcap"))
      assert.equal("5 6 7", packets("all tunnel.type == gre", "tunnels.pcap"))
      assert.equal("1 2 3 4 8 9 10 11 12 13", packets("tunnel.type != gre", "tunnels.pcap"))
      assert.equal("3 4", packets("tunnel.src_ip == 2001:db8:ff::1", "tunnels.pcap"))
      assert.equal("5 7 10 11", packets("tunnel.id in {7 99} or tunnel.id == 16909060 and ipv4",
         "tunnels.pcap"))
      assert.equal("8 9 10 11 12 14", packets("tunnel.dest_port", "tunnels.pcap"))
   end)

   it("compares fields with each other", function ()
      assert.equal("", packets "src_port == dest_port")
      assert.equal("3 5 7 8 10 12 13 15", packets "src_port > dest_port")
      assert.equal(ALL, packets "src_ip != dest_ip and size == kept")
      assert.equal("", packets "src_mac == dest_mac")
      assert.equal("3", packets "udp.srcport > udp.dstport")
      assert.equal("", packets "udp.srcport > tcp.dstport")
   end)

   it("joins what it asks: not before and, and before or", function ()
      assert.equal("1 2 3 4", packets "not tcp")
      assert.equal("1 2 3", packets "arp or udp and dest_port == 53")
      assert.equal("3", packets "(arp or udp) and dest_port == 53")
      assert.equal("3 4", packets "! ! udp")
      assert.equal("1 2", packets "not udp and not tcp")
      assert.equal("5 6 7 8 9 10 11 12", packets "not not tcp.port == 80")
      assert.equal("1 2 3 4 13 14 15 16", packets "not tcp.port == 80")
   end)

   it("asks a packet for its own kind", function ()
      assert.equal("5 7 8 10 12", packets "packet.dest_port == 80")
      assert.equal("", packets "flow.dest_port == 80")
      assert.equal(ALL, packets "packet")
      assert.equal(ALL, packets "event_type == \"packet\"")
   end)

   it("knows texts", function ()
      assert.equal("1 4 5", packets("in_iface == eth0", "many.pcapng"))
      assert.equal("1", packets("comment", "many.pcapng"))
      assert.equal("1", packets([[comment matches r"\bA\s+comment$"]], "many.pcapng"))
      assert.equal("", packets([[comment contains "A comment"]], "many.pcapng"))
      assert.equal(packets "src_ip == 192.0.2.1", packets [[src_ip matches "^192\.0\.2\.1$"]])
      assert.equal(packets "src_ip == 192.0.2.1", packets [[src_ip matches "^192\\.0\\.2\\.1$"]])
      assert.equal(packets "src_mac", packets "src_mac contains \"02:00\"")
   end)
end)

describe("a filter of flows", function ()
   it("asks for what is known at the end", function ()
      assert.equal("80", flows "bytes_toclient > 140")
      assert.equal("53", flows "flow.bytes_toclient > bytes_toserver and pkts_toclient == 1")
      assert.equal("80 8080", flows "duration > 2ms")
      assert.equal("8080", flows "duration == 0.003")
      assert.equal("80", flows "duration > 3ms and duration < 1h")
      assert.equal("80 8080", flows "reason == end")
      assert.equal("53", flows "reason matches \"^(idle|forced)$\"")
      assert.equal("53 80 8080", flows "fragments == 0 and not fragments")
   end)

   it("asks for statistics, facts, series and Community IDs", function ()
      assert.equal("80", flows "bidirectional_packets == 8")
      assert.equal("80", flows "stats.bidirectional_packets == 8 and stats")
      assert.equal("80 8080", flows "rtt_server > 0.5ms and facts.mss_ts == 1460")
      assert.equal("53 80 8080", flows "bidirectional_mean_piat_ms < 2ms")
      assert.equal("80", flows "splt_ps == 239")
      assert.equal("", flows "splt_ps == -1")
      assert.equal("53", flows "offsets == 249")
      local id = {}
      for batch in weir.open("samples/web.pcap", { flows = true }):batches() do
         for i = 0, batch.flow_count - 1 do id[i + 1] = batch.flows[i].community_id end
      end
      assert.equal("53", flows(("community_id == %q"):format(id[1])))
      assert.equal("", flows("community_id == \"x\""))
   end)

   it("is false where something was not measured", function ()
      local made = assert(filter.new "bidirectional_packets >= 0")
      for batch in weir.open("samples/web.pcap", { flows = true }):batches() do
         for i = 0, batch.flow_count - 1 do assert.is_false(made(batch.flows[i])) end
      end
   end)

   it("knows which kinds have all its fields", function ()
      local function kinds(expression) return assert(filter.new(expression)):kinds() end
      assert.same({ "flow" }, kinds "duration > 1")
      assert.same({ "packet" }, kinds "size > 1 and port == 5")
      assert.same({ "flow", "second" }, kinds "bytes_toclient > 1")
      assert.same(require "weir.schema".kinds, kinds "tcp and ip and mac")
      assert.same({ "begin" }, kinds "begin.port == 5")
      assert.same({ "packet", "arp" }, kinds "arp")
      assert.same({ "dns" }, kinds "dns and udp")
      assert.same({ "packet" }, { assert(filter.new "tcp" ):kinds { "packet" }[1] })
   end)
end)

describe("a filter of what protocols say", function ()
   local function messages(expression)
      return (try.weir(("read -q -r samples/dhcp.pcap --only dhcp -T fields -e pcap_cnt -Y '%s'")
         :format(expression)):gsub("\n", " "))
   end

   it("asks each number of a list", function ()
      assert.equal("7 ", messages "params == 24")
      assert.equal("1 3 ", messages "params in {119..121}")
      assert.equal("1 3 7 ", messages "params")
      assert.equal("1 3 7 ", messages "any params > 23")
      assert.equal("7 ", messages "all params > 22")
      assert.truthy(refused "params contains \"24\"":find "there is no text to look into")
   end)

   it("takes a number that was not said for absent", function ()
      assert.equal("2 4 ", messages "lease_time < 7200")
      assert.equal("8 ", messages "lease_time != 3600")
      assert.equal("1 3 5 6 7 ", messages "not lease_time")
      assert.equal("", messages "iaid != 7")
      assert.equal("8 ", messages "relays == 1")
      assert.equal("1 2 3 4 5 6 7 ", messages "relays == 0")
   end)
end)

describe("a filter that makes no sense", function ()
   it("names the field that was probably meant", function ()
      local why, place = refused "udp and dst_pot == 4"
      assert.equal("no record has a field 'dst_pot': did you mean 'dst_port'?", why)
      assert.equal("  udp and dst_pot == 4\n          ^~~~~~~", place)
      assert.equal("a flow has no field 'duratoin': did you mean 'flow.duration'?",
         (refused "flow.duratoin > 4"))
      assert.equal("an ssh has no field 'sofware'", (refused "ssh.sofware == 4"):match "^[^:]+")
      assert.equal("no record has a field 'tunnel.typ': did you mean 'tunnel.type'?",
         (refused "tunnel.typ == gre"))
   end)

   it("shows the place, and what was expected there", function ()
      for expression, expected in pairs {
         [""]                     = { "expected an expression, such as dest_port == 443", 1, 1 },
         ["("]                    = { "expected a field, such as dest_port, not the end", 2, 1 },
         ["(udp"]                 = { "expected 'and', 'or' or ')', not the end", 5, 1 },
         ["udp)"]                 = { "expected 'and', 'or' or the end, not ')'", 4, 1 },
         ["udp tcp"]              = { "expected a comparison, 'and', 'or' or the end, not 'tcp'",
            5, 3 },
         ["dest_port =="]         = { "expected a value, not the end", 13, 1 },
         ["dest_port = 5"]        = { "'=' is no comparison: use '=='", 11, 1 },
         ["dest_port == 5 and"]   = { "expected a field, such as dest_port, not the end", 19, 1 },
         ["dest_port in 5"]       = { "expected '{' and the values, such as { 80 443 8000..8080 }, "
            .. "not '5'", 14, 1 },
         ["dest_port in {}"]      = { "no values between '{' and '}'", 14, 1 },
         ["dest_port in {5"]      = { "expected a value or '}', not the end", 16, 1 },
         ["in_iface == 'x"]       = { "a text that does not end: the quote is missing", 13, 2 },
         ["dest_port ? 5"]        = { "expected a comparison, 'and', 'or' or the end, not '?'",
            11, 1 },
         ["dest_port ; 5"]        = { "';' means nothing here", 11, 1 },
         ["src_ip matches \"a(b\""] = { "a pattern that makes no sense: a group that does not end: "
            .. "')' is missing", 18, 1 },
         ["size & x"]             = { "'&' takes a whole number below 2^31", 8, 1 },
      } do
         local why, place = refused(expression)
         assert.equal(expected[1], why)
         assert.equal(("  %s\n  %s^%s"):format(expression, (" "):rep(expected[2] - 1),
            ("~"):rep(expected[3] - 1)), place)
      end
   end)

   it("says what a field takes", function ()
      for expression, reason in pairs {
         ["dest_port == \"x\""]  = "takes a number, such as 443 or 0x1f, not the text \"x\"",
         ["dest_port == x"]      = "'dest_port' takes a number, such as 443 or 0x1f, not 'x'",
         ["dest_port == nan"]    = "not 'nan'",
         ["dest_port matches 5"] = "there is no text to look into",
         ["src_ip == 10.0.0.0/33"] = "'src_ip' takes an address such as 10.0.0.1 or fe80::1",
         ["src_ip == 10.0.0.256"] = "takes an address",
         ["src_ip == 1::2::3"]   = "takes an address",
         ["src_ip < 10.0.0.0/8"] = "'10.0.0.0/8' has no order",
         ["src_mac == 1:2"]      = "takes an Ethernet address",
         ["proto == tpc"]        = "'proto' is never 'tpc': did you mean 'TCP'?",
         ["reason == xyzzy"]     = "'reason' is never 'xyzzy': it can be active, end, forced",
         ["proto < tcp"]         = "'tcp' has no order",
         ["timestamp > 2026-13-01"] = "takes a time, such as 2026-11-20T10:48:07Z",
         ["timestamp > soon"]    = "takes a time",
         ["duration > 2026-01-01"] = "takes a span of time, such as 1.5 (seconds), 20ms or 1h30m",
         ["tcp_flags == SX"]     = "takes the letters of flags",
         ["tcp.flags.syn == 2"]  = "takes 1 or 0",
         ["tcp.flags.syn > 0"]   = "it is equal or not",
         ["tunnel == 5"]         = "cannot be compared, but for what is in it: 'tunnel.type'",
         ["stats == 5"]          = "'stats' cannot be compared",
         ["proto == src_port"]   = "'proto' cannot be compared with 'src_port'",
         ["src_ip == src_port"]  = "'src_ip' cannot be compared with 'src_port'",
         ["src_ip & 5 == 5"]     = "'&' is for numbers",
      } do
         local why = refused(expression)
         assert.truthy(why:find(reason, 1, true), why)
      end
   end)

   it("says of which kinds the fields are, when no kind has all", function ()
      local why, place = refused "size > 3 and duration > 3"
      assert.equal("'duration' is a field of a flow, not of a packet, as those before it are", why)
      assert.equal("  size > 3 and duration > 3\n               ^~~~~~~~", place)
      local made = assert(filter.new "duration > 3")
      local kinds, reason = made:kinds { "packet" }
      assert.is_nil(kinds)
      assert.equal("'duration' is a field of a flow, not of a packet", reason)
   end)

   it("is bounded", function ()
      assert.equal("more than 50 parentheses inside each other",
         (refused(("("):rep(100) .. "udp" .. (")"):rep(100))))
      assert.equal("a filter of more than 65536 bytes", (refused(("x"):rep(70000))))
      local many = {}
      for i = 1, 5000 do many[i] = tostring(i + 60) end
      assert.equal("5 7 8 10 12", packets(("dest_port in {%s}"):format(table.concat(many, " "))))
      many = ("dest_port == 80 or "):rep(3000)
      assert.equal("5 7 8 10 12", packets(many .. "dest_port == 80"))
   end)

   it("shows a long one around the place, and no byte that drives a terminal", function ()
      local many = ("udp and "):rep(40)
      local _, place = refused(many .. "x == \"\27[2J\" and " .. many .. "tcp")
      for _, line in ipairs(try.lines(place)) do assert(#line < 100 and not line:find "\27") end
      assert.truthy(place:find "x == \"\\x1B%[2J")
      assert.truthy(select(2, refused "udp and\n  nosuch == 5\nand tcp"):find(
         "    nosuch == 5\n    ^~~~~~", 1, true))
   end)
end)

describe("in Lua", function ()
   it("a filter is a function of records", function ()
      local web = assert(weir.filter "port == 80")
      local count = 0
      for packet in weir.open "samples/web.pcap":packets() do
         if web(packet) then count = count + 1 end
      end
      assert.equal(8, count)
      local made, why = weir.filter "prot == 80"
      assert.is_nil(made)
      assert.has_error(function () weir.filter(5) end, "a filter is a text, not a number")
      assert.equal("no record has a field 'prot': did you mean 'proto'?\n  prot == 80\n  ^~~~", why)
   end)

   it("spans say where matches follow each other", function ()
      local spans = assert(filter.new "port == 80 or arp"):of "packet".spans
      for batch in weir.open "samples/web.pcap":batches() do
         local list, n = spans(batch, 0, batch.packet_count)
         assert.same({ 0, 2, 4, 8 }, { unpack(list, 1, n) })
         list, n = spans(batch, 1, 5)
         assert.same({ 1, 1, 4, 2 }, { unpack(list, 1, n) })
      end
   end)

   it("matching makes nothing anew: it compiles", function ()
      local frames = {}
      for i = 1, 20000 do
         frames[i] = "\2\0\94\0\0\1\2\0\94\0\0\2\8\0\69\0\0\32\0\0\0\0\64\17\0\0"
            .. "\192\0\2\1\192\0\2\2\0\53" .. string.char(i % 7, i % 256) .. "\0\12\0\0abcd"
      end
      local path = try.file(try.pcap(frames))
      local made = assert(filter.new "udp.port in {53 443} and src_ip == 192.0.2.0/24")
      local spans = made:of "packet".spans
      local function pass()
         local total = 0
         for batch in weir.open(path):batches() do
            local list, n = spans(batch, 0, batch.packet_count)
            for i = 2, n, 2 do total = total + list[i] end
         end
         return total
      end
      pass()
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      assert.equal(20000, pass())
      local used = collectgarbage "count" - before
      collectgarbage "restart"
      os.remove(path)
      assert(used < 64, used .. " KiB")
   end)

   it("text that strangers wrote takes no time to look into", function ()
      local made = assert(filter.new [[src_ip matches "(.*.*)*x$" or src_mac matches "((a|:)+)+$"]])
      local begun = host.cpu()
      for packet in weir.open "samples/web.pcap":packets() do made(packet) end
      assert(host.cpu() - begun < 1)
   end)
end)

-- Records of kinds that are added later have texts, lists of texts, and rows.
describe("a filter of another kind of record", function ()
   local schema = require "weir.schema"

   setup(function ()
      package.loaded["weir.schema.mail"] = {
         kind = "mail", struct = "weir_begin", records = "mails", has = "has",
         { name = "event_type", as = "constant", names = { [0] = "mail" } },
         { name = "src_port", needs = { "PORTS" } }, { name = "proto", member = "protocol",
            as = "name8", names = require "weir.schema.names".protocols, needs = { "IP" } },
         { name = "subject", as = "string", aliases = { "smtp.subject" } },
         { name = "to", as = "strings" }, { name = "answered", as = "boolean" },
         { name = "parts", as = "table", rows = {
            kind = "part", struct = "weir_tunnel", records = "mail_parts",
            { name = "file", as = "string" }, { name = "size", as = "u32", member = "id" },
            { name = "type", as = "name8", member = "kind", names = { [0] = "text", "image" } },
         } },
      }
      schema.kinds[#schema.kinds + 1] = "mail"
   end)

   teardown(function ()
      schema.kinds[#schema.kinds] = nil
      package.loaded["weir.schema.mail"] = nil
   end)

   local full = {
      event_type = "mail", has = 12, src_port = 25, protocol = 6, subject = "Hello you",
      to = { "a@example.org", "b@example.com" }, answered = false,
      parts = { { file = "x.png", size = 2000, type = "image" }, { size = 10, type = "text" } },
   }
   local empty = { event_type = "mail", has = 0, src_port = 0, protocol = 0, to = {}, parts = {} }

   it("holds for texts, any of a list, any of the rows", function ()
      for _, expression in ipairs {
         "mail", "subject == \"Hello you\"", "subject contains Hello",
         "smtp.subject matches \"YOU$\"", "to == b@example.com", "to matches \"org$\"",
         "all to contains example", "to", "parts.size > 1000", "parts", "parts.file",
         "parts.size > 1000 and parts.file contains .png",
         "mail.parts.type == IMAGE", "mail.subject", "answered == false", "answered",
         "all parts.size < 2001", "parts.type in {sound image}", "mail.src_port == 25 and tcp",
         "answered == 0", "answered != 1",
         "not subject == x", "subject > A", "parts.type matches \"^ima\"",
         "subject in {x \"Hello you\"}",
      } do
         local made, why, place = filter.new(expression, {})
         assert(made, ("%s: %s\n%s"):format(expression, tostring(why), tostring(place)))
         assert(made(full), expression)
         local is_for_all = expression == "mail" or expression:find "^not"
         assert.equal(is_for_all and true or false, made(empty), expression)
      end
   end)

   it("does not hold for others", function ()
      for _, expression in ipairs {
         "subject == \"hello you\"", "subject contains hello", "subject != \"Hello you\"",
         "to == c@example.com", "to != b@example.com", "all to matches \"org$\"",
         "parts.size > 2000", "parts.type == text and parts.size == 3", "all parts.type == text",
         "answered == true", "answered == 1", "answered != 0",
      } do
         local made = assert(filter.new("mail and " .. expression))
         assert(not made(full), expression)
      end
   end)
end)

-- Views: what each method does, what is said where one makes no sense, and how they look.

local columns = require "weir.columns"
local host    = require "weir.host"
local try     = require "try"
local view    = require "weir.view"
local viewing = require "viewing"
local weir    = require "weir"

local function open(name) return assert(weir.open("samples/" .. name)) end

-- The rows of a view, each as "a b c", with a dash where something is absent.
local function said(of)
   local lines = {}
   for _, row in ipairs(assert(of:table())) do
      local parts = {}
      for i, name in ipairs(of:columns()) do
         parts[i] = row[name] == nil and "-" or tostring(row[name])
      end
      lines[#lines + 1] = table.concat(parts, " ")
   end
   return table.concat(lines, "\n")
end

-- What somebody who calls a method wrongly is told, without the place.
local function objection(f)
   local ok, why = pcall(f)
   assert.is_false(ok)
   return (tostring(why):gsub("^[^:]*:%d+: ", ""))
end

describe("a view", function ()
   local flows = open "web.pcap".flows

   it("has what the records have", function ()
      assert.equal("192.0.2.10 53 - 91\n192.0.2.10 80 www.example.org 379\n"
         .. "192.0.2.10 8080 www.example.org 134",
         said(flows:select("src_ip", "dest_port", "dest_name", "bytes_toclient")))
   end)

   it("finds fields under their other names", function ()
      assert.equal("192.0.2.10", flows:select("id.orig_h"):value())
      assert.equal(1, flows:where "udp.dstport == 53":count():value())
      assert.equal(1, flows:where "dst_port == 53":count():value())
   end)

   it("filters, computes, renames", function ()
      assert.equal("80 811", said(flows:where "bytes_toclient > 300":select("dest_port",
         "both = bytes_toserver + bytes_toclient")))
      assert.equal("2\n3", said(flows:where "tcp":select "n = pkts_toclient":sort "n"))
      assert.equal("port", flows:rename("port = dest_port"):select("port"):columns()[1])
      assert.equal("3.5", said(flows:where "dest_port == 80":select "x = 7 / (pkts_toclient - 1)"))
      assert.equal("-", said(flows:where "dest_port == 80":select "x = 7 / (pkts_toclient - 3)"))
   end)

   it("takes functions of rows", function ()
      assert.equal(2, flows:where(function (row) return row.dest_port > 53 end):count():value())
      local named = flows:with("zone", function (row)
         return row.dest_name and row.dest_name:match "[^.]+$"
      end, "text", "dest_name")
      assert.equal("- 1\norg 2", said(named:group "zone":count()))
   end)

   it("groups, in the order of the keys, and sums", function ()
      local by = flows:group "proto":count():sum "bytes_toclient":mean "mean = bytes_toclient"
         :min "least = dest_port":max "dest_name":distinct "ports = dest_port"
      assert.same({ "proto", "count", "bytes_toclient", "mean", "least", "dest_name", "ports" },
         by:columns())
      assert.equal("TCP 2 513 256.5 80 www.example.org 2\nUDP 1 91 91 53 - 1", said(by))
      assert.equal("3", said(flows:count()))
      assert.equal("3 604 91", said(flows:count():sum "bytes_toclient":min "bytes_toclient"
         :select("count", "bytes_toclient", "min_bytes_toclient")))
   end)

   it("tells quantiles as NumPy does", function ()
      assert.equal("134", said(flows:quantile(0.5, "bytes_toclient")))
      assert.equal("256.5", said(flows:quantile(0.75, "bytes_toclient")))
      assert.equal("0.005", said(flows:where "tcp":quantile(0.5, "duration")))
   end)

   it("has a sum of nothing for no rows, and no groups", function ()
      local none = flows:where "dest_port == 1"
      assert.equal("0 - -", said(none:count():sum "bytes_toclient":max "dest_name"))
      assert.equal("", said(none:group "proto":count()))
      assert.is_nil(none:first())
      assert.is_nil(none:sum "bytes_toclient":value())
   end)

   it("sorts, and keeps what is equal as it was", function ()
      assert.equal("8080\n80\n53", said(flows:select "dest_port":sort "-dest_port"))
      assert.equal("53\n80\n8080", said(flows:sort "src_ip":select "dest_port"))
      assert.equal("80\n8080\n53", said(flows:sort("proto", "dest_port"):select "dest_port"))
      assert.equal("8080", said(flows:top(1, "dest_port"):select "dest_port"))
      assert.equal("80", said(flows:head(1, 1):select "dest_port"))
   end)

   it("makes buckets of times and numbers", function ()
      local dns = open "dns.pcap"
      local first = dns.packets:min "timestamp":value()
      assert.equal(first - first % 60,
         dns.packets:bucket("timestamp", "1m"):min "timestamp":value())
      assert.equal("0 1\n300 1\n100 1", said(flows:bucket("size = bytes_toclient", 100)
         :group("size", "dest_port"):count():sort "dest_port":select("size", "count")))
   end)

   it("joins views by what is equal", function ()
      local capture = open "web.pcap"
      local asked = capture.dns:group "flow_id":count()
      assert.equal("53 2", said(capture.flows:join(asked, "flow_id"):select("dest_port", "count")))
      assert.equal("53 2\n80 -\n8080 -",
         said(capture.flows:join(asked, "flow_id", "left"):select("dest_port", "count")))
      assert.equal("packet_timestamp", capture.flows:join(capture.packets, "dest_port")
         :select("packet_timestamp"):columns()[1])
   end)

   it("tells each different row once", function ()
      assert.equal("TCP\nUDP", said(flows:distinct "proto"))
      assert.equal("2", said(flows:distinct("proto", "src_ip"):count()))
   end)

   it("is gone through as rows, called, or with a function", function ()
      local seen = {}
      for row in flows:rows() do seen[#seen + 1] = row.dest_port end
      for row in flows() do seen[#seen + 1] = row.dest_port end
      flows:each(function (row) seen[#seen + 1] = row.dest_port end)
      assert.equal("53 80 8080 53 80 8080 53 80 8080", table.concat(seen, " "))
      assert.equal(0.007, flows:first().duration and flows:max "duration":value())
   end)

   it("keeps a copy of bytes that records only show", function ()
      local sent = open "web.pcap".streams:where "bytes":select("bytes", "flow_id")
      assert.truthy(sent:first().bytes:find "^GET /index.html HTTP/1.1\r\n")
   end)

   it("measures what is asked for on request alone", function ()
      assert.is_nil(flows:first().bidirectional_mean_ps)
      assert.equal("83", said(flows:where "udp":select "bidirectional_mean_ps"))
      assert.equal(-1, flows:where "udp":select "splt_ps":value()[20])
      assert.equal("HTTP", flows:where "dest_port == 80":select "app":value())
   end)
end)

describe("views of a database of exchanges", function ()
   it("are like those of a capture", function ()
      local exchanges = open "api.db".exchanges
      assert.equal(7, exchanges:count():value())
      assert.equal("DELETE 1\nGET 3\nPOST 2\nPUT 1", said(exchanges:group "method":count()))
      local json = exchanges:where [[response_headers.value contains "json"]]:count():value()
      assert(json > 0 and json < 7, json)
   end)

   it("show bodies to those who name them", function ()
      local exchanges = open "searches.db".exchanges
      assert.is_nil(exchanges:first().response_body)
      assert.equal("string", type(exchanges:where "response_body":select "response_body":value()))
   end)
end)

describe("views of a capture", function ()
   it("leave out of sums and means what was not said", function ()
      local dhcp = open "dhcp.pcap".dhcp
      assert.equal(4800, dhcp:mean "lease_time":value())
      assert.equal("- 5\n3600 2\n7200 1", said(dhcp:group "lease_time":count()))
   end)

   it("are there by the names of kinds, beside its methods", function ()
      local capture = open "web.pcap"
      assert.equal(16, capture.packets:count():value())
      assert.equal(2, capture.dns:count():value())
      assert.is_nil(capture.flow)
      assert.is_nil(capture.nonsense)
      local packets, flows = 0, 0
      for packet in capture:packets() do packets = packets + (packet.size > 0 and 1 or 0) end
      for flow in capture:flows() do flows = flows + (flow.src_ip and 1 or 0) end
      for _ in capture.packets() do packets = packets + 1 end
      assert.same({ 32, 3 }, { packets, flows })
   end)

   it("keep columns, and read those that are new", function ()
      local capture = open "web.pcap"
      local flows = capture.flows
      assert.equal(604, flows:sum "bytes_toclient":value())
      assert.is_nil(flows.source.columns.src_ip)
      assert.equal(3, flows:group "src_ip":count():select "count":value())
      assert.truthy(flows.source.columns.src_ip)
   end)

   it("say when a file is not what it was", function ()
      local path = try.path ".pcap"
      os.execute("cp samples/web.pcap " .. path)
      local packets = assert(weir.open(path)).packets
      assert.equal(16, packets:select "size":count():value() or 0)
      assert(packets:sum "size":value() > 0)
      os.execute(("head -c 400 samples/web.pcap > %s"):format(path))
      local list, why = packets:select("src_port"):table()
      assert.is_nil(list)
      assert.truthy(why:find "has changed")
      os.remove(path)
      list, why = packets:select("dest_port"):table()
      assert.is_nil(list)
      assert.truthy(why:find "cannot open")
   end)

   it("read no more rows than are wanted", function ()
      local packets = open "http.pcap".packets
      assert.equal(3, #packets:head(3):table())
      assert.is_nil(packets.view.source.count)
   end)

   it("have a bound, which is said", function ()
      local before = columns.bound()
      collectgarbage()
      collectgarbage()
      columns.bound(columns.held() + 1000)
      local list, why = open "web.pcap".packets:table()
      columns.bound(before)
      assert.is_nil(list)
      assert.truthy(why:find "ask for fewer fields or rows")
      assert.equal(16, #open "web.pcap".packets:table())
   end)
end)

describe("what makes no sense", function ()
   local flows = open "web.pcap".flows

   it("is said with the method and what was probably meant", function ()
      for text, f in pairs {
         ["select: no field 'dest_prt' in a flow: did you mean 'dest_port'?"] =
            function () return flows:select "dest_prt" end,
         ["sort: no field 'byts' here: did you mean 'bytes'?"] =
            function () return flows:group "proto":sum("bytes = bytes_toclient"):sort "byts" end,
         ["sum: 'dest_name' is no number: it is a text"] =
            function () return flows:sum "dest_name" end,
         ["sum: a sum of times means nothing: min, max and quantile do"] =
            function () return flows:sum "start" end,
         ["group: two fields called 'proto'"] =
            function () return flows:group("proto", "proto") end,
         ["count: two fields called 'count': say name = …"] =
            function () return flows:group("proto"):count():count() end,
         ["head: how many rows is a whole number, not -1"] = function () return flows:head(-1) end,
         ["quantile: a number from 0 to 1 comes first, such as 0.5"] =
            function () return flows:quantile("duration", 0.5) end,
         ["bucket: 'nonsense' is no span of time, such as 1m"] =
            function () return flows:bucket("start", "nonsense") end,
         ["join: another view comes first"] = function () return flows:join({}, "flow_id") end,
         ["with: 'bytes_toclient * 2' has no name: say name = …"] =
            function () return flows:with "bytes_toclient * 2" end,
         ["where: a filter, or a function of rows, is needed, not a nil"] =
            function () return flows:where() end,
      } do
         assert.equal(text, objection(f))
      end
   end)

   it("is the fault of the line that calls", function ()
      local _, why = pcall(function () flows = flows:select "dest_prt" end)
      assert.truthy(why:find "^tests/view_spec.lua:%d+: select")
   end)

   it("is shown with its place in filters and expressions", function ()
      assert.equal("where: no field 'dst_prt' here: did you mean 'dest_port'?\n"
         .. "  udp and dst_prt == 53\n          ^~~~~~~", objection(function ()
         return flows:where "udp and dst_prt == 53"
      end))
      assert.equal("with: expected a field or a number, not ')'\n  x = (1 + )\n           ^",
         objection(function () return flows:with "x = (1 + )" end))
      assert.truthy(objection(function () return flows:with "x = root(2)" end):find "no function")
      assert.truthy(objection(function ()
         return flows:select "dest_port":where "src_port == 5"
      end):find("not here", 1, true) ~= nil)
   end)

   it("is what a function gives against its word", function ()
      assert.truthy(objection(function ()
         flows:with("x", function () return "text" end):table()
      end):find "is to be a number")
   end)
end)

describe("a view in print", function ()
   local flows = open "web.pcap".flows

   it("is a table", function ()
      assert.equal([[
proto  count  bytes_toclient  lasted
TCP        2             513   10 ms
UDP        1              91    1 ms
]], flows:group "proto":count():sum "bytes_toclient"
         :sum "lasted = duration":show { colour = false })
   end)

   it("says when there are more rows, or none", function ()
      assert.equal("dest_port\n       53\n… and more rows\n",
         flows:select "dest_port":show { rows = 1, colour = false })
      assert.equal("dest_port\nno rows\n",
         flows:select "dest_port":where "dest_port == 1":show { colour = false })
      assert.truthy(flows:show { width = 60, colour = false }:find "%d+ more fields\n$")
   end)

   it("lets no byte through that drives a terminal", function ()
      local list = { { name = "text", class = "text" } }
      local of = viewing.memory(list, { { "a\27[31mb\n\255" } })
      assert.equal("text\na\\x1B[31mb\\x0A\\xFF\n", of:show { colour = false })
   end)

   it("says what of a capture could not be read", function ()
      local cut = open "truncated.pcap".packets
      assert.truthy(cut:show { colour = false, rows = 2 }:find "and more rows" )
      assert.truthy(cut:count():show { colour = false }:find(
         "^count\n    6\nsamples/truncated.pcap: [^\n]+\n$"))
   end)

   it("says what failed instead", function ()
      local path = try.path ".pcap"
      os.execute("cp samples/web.pcap " .. path)
      local gone = assert(weir.open(path)).flows
      os.remove(path)
      assert.truthy(tostring(gone):find "^no view: cannot open")
   end)

   it("tells how it is run", function ()
      assert.equal("read samples/web.pcap: bytes_toclient, dest_port, proto\n"
         .. "loop: where \"dest_port > 53\"\nloop: group proto: sum bytes_toclient",
         flows:where "dest_port > 53":group "proto":sum "bytes_toclient":plan())
   end)
end)

describe("a view as a file", function ()
   local flows = open "web.pcap".flows
   local list = {
      { name = "t", class = "time" }, { name = "s", class = "text" },
      { name = "n", class = "number" },
      { name = "d", class = "span" }, { name = "b", class = "flag" }, { name = "id", class = "id" },
   }
   local odd = viewing.memory(list, {
      { 1767225600000000001LL, 'say "a,b"', 0.1, 1500000000LL, 1, 7 },
      { nil, "<b>&'\255", 1e300, nil, 0, nil },
      { 0LL, "line\nline", 2 ^ 53 - 1, -1LL, nil, 2 ^ 40 },
   })

   it("is CSV", function ()
      assert.equal('t,s,n,d,b,id\n'
         .. '2026-01-01T00:00:00.000000001Z,"say ""a,b""",0.1,1.500000000,true,7\n'
         .. ',<b>&\'\255,1e+300,,false,\n'
         .. '1970-01-01T00:00:00.000000Z,"line\nline",9007199254740991,-0.000000001,,'
         .. "1099511627776\n",
         odd:csv())
   end)

   it("is JSON lines, which say when bytes are no text", function ()
      assert.equal('{"t":"2026-01-01T00:00:00.000000001Z","s":"say \\"a,b\\"","n":0.1,'
         .. '"d":1.500000000,"b":true,"id":"7"}\n{"s_b64":"PGI+Jif/","n":1e+300,"b":false}\n'
         .. '{"t":"1970-01-01T00:00:00.000000Z","s":"line\\nline","n":9007199254740991,'
         .. '"d":-0.000000001,"id":"1099511627776"}\n', odd:ndjson())
      for line in odd:ndjson():gmatch "[^\n]+" do assert(require "weir.json".decode(line)) end
   end)

   it("is HTML in which no byte is markup", function ()
      local html = odd:html()
      assert.truthy(html:find("<td>&lt;b&gt;&amp;&#39;\\xFF</td>", 1, true))
      assert.is_nil(html:find("<b>", 1, true))
      local named = viewing.memory({ { name = "<i>", class = "text" } }, { { "x" } }):html()
      assert.truthy(named:find("<th>&lt;i&gt;</th>", 1, true))
   end)

   it("goes where it is told, and says why it cannot", function ()
      local path = try.path ".csv"
      assert.is_true(flows:select("dest_port"):csv(path))
      assert.equal("dest_port\n53\n80\n8080\n", try.contents(path, true))
      assert.is_true(flows:html(path))
      assert.truthy(try.contents(path, true):find "^<!DOCTYPE html>")
      local ok, why = flows:ndjson "/nonexistent/x"
      assert.is_nil(ok)
      assert.truthy(why:find "/nonexistent/x")
   end)
end)

describe("a view of a table", function ()
   local base = viewing.base { seen = {
      columns = { { name = "host", class = "text" }, { name = "n", class = "number" } },
      rows = { { "a", 1 }, { "b", 2 }, { "a", 3 }, { nil, 4 } },
   } }
   local seen = view.of_table(base, { table = "seen", columns = {
      { name = "host", class = "text" }, { name = "n", class = "number" },
   } })

   it("binds what it is given, and quotes what it is called", function ()
      assert.equal(0, seen:where([[host == "x'; DROP TABLE seen; --"]]):count():value())
      assert.equal(4, seen:count():value())
      local plan = seen:where "host == a":plan()
      assert.truthy(plan:find('WHERE ("host" = ?1)', 1, true))
      assert.truthy(plan:find("?1 = 'a'", 1, true))
   end)

   it("says what SQL cannot do", function ()
      local plan = seen:where [[n > 0 and host matches "^A"]]:plan()
      assert.truthy(plan:find('WHERE ("n" > ?1)', 1, true))
      assert.truthy(plan:find('loop: where .* %(not SQL: where'))
      assert.equal(2, seen:where [[n > 0 and host matches "^A"]]:count():value())
   end)

   it("takes what is in it for what the column says", function ()
      assert(base:run "CREATE TABLE odd (t, n, s)")
      assert(base:run("INSERT INTO odd VALUES ('text', 'text', 5), (2.9, x'00', x'ff00'), "
         .. "(NULL, 1, '')"))
      local odd = view.of_table(base, { table = "odd", order = { "rowid" }, columns = {
         { name = "t", class = "time" }, { name = "n", class = "number" },
         { name = "s", class = "text" } } })
      assert.same({ { s = "5" }, { t = 2e-9, s = "\255\0" }, { n = 1, s = "" } }, odd:table())
      assert.same({ "- - \"5\"", "2LL - \"\255\\0\"", "- 1 \"\"" },
         viewing.lines(odd:where(function () return true end)))
   end)

   it("may be a SELECT that is made for what is asked", function ()
      local asked
      local of = view.of_table(base, { about = "names", columns = {
         { name = "host", class = "text" }, { name = "n", class = "number" } },
         select = function (names)
            asked = table.concat(names, " ")
            return ("SELECT %s FROM seen"):format(table.concat(names, ", "))
         end })
      assert.equal(6, of:where "n > 0 and n < 4":sum "n":value())
      assert.equal("n", asked)
      assert.equal("a 4\nb 2", said(of:where "host":group "host":sum "n"))
      assert.equal("host n", asked)
   end)

   it("picks what stands in dictionaries without joins", function ()
      assert(base:run [[CREATE TABLE talk (id, host, port); CREATE TABLE host (id, name);
         INSERT INTO host VALUES (1, 'a'), (2, 'b'), (5, NULL);
         INSERT INTO talk VALUES (1, 1, 80), (7, 2, 443), (9, 5, 53), (12, 8, 22);
         CREATE TABLE rows_of (talk, n);
         INSERT INTO rows_of VALUES (7, 1), (1, 2), (7, 4), (9, 8), (12, 16), (99, 32),
            (NULL, 64)]])
      local asked = {}
      local names = { name = "h.name", port = "t.port", n = "r.n", talk = "r.talk" }
      local function of(star)
         return view.of_table(base, { about = "rows", columns = {
            { name = "name", class = "text" }, { name = "port", class = "number" },
            { name = "n", class = "number" } }, star = star,
            select = function (list)
               local shown = {}
               for i, name in ipairs(list) do shown[i] = names[name] .. " AS " .. name end
               asked[#asked + 1] = table.concat(list, " ")
               return "SELECT " .. table.concat(shown, ", ") .. " FROM rows_of r "
                  .. "LEFT JOIN talk t ON t.id = r.talk LEFT JOIN host h ON h.id = t.host"
            end })
      end
      local paths = {
         name = { "SELECT id, host FROM talk", "SELECT id, name FROM host" },
         port = { "SELECT id, port FROM talk" },
      }
      local joined = of(nil)
      local picked = of { key = "talk", path = function (name) return paths[name] end }
      for _, filter in ipairs { "n > 0", "name == b or port == 53", "n > 7" } do
         for _, key in ipairs { "name", "port" } do
            assert(viewing.same(joined:where(filter):group(key):count():sum "n",
               picked:where(filter):group(key):count():sum "n", filter .. key) > 0)
         end
      end
      asked = {}
      assert.equal("- 120\na 2\nb 5", said(picked:group "name":sum "n"))
      assert.equal("n talk", asked[1])
      assert.is_false(base:in_transaction())
   end)

   it("says why a query fails", function ()
      local gone = view.of_table(base, { table = "nowhere", columns = { { name = "a",
         class = "text" } } })
      local list, why = gone:table()
      assert.is_nil(list)
      assert.truthy(why:find "nowhere")
   end)
end)

describe("the loops of views", function ()
   it("stop at a signal", function ()
      local stopped = host.stopped
      host.stopped = function () return 2 end
      local list, why = open "web.pcap".packets:table()
      host.stopped = stopped
      assert.is_nil(list)
      assert.equal("interrupted", why)
   end)
end)

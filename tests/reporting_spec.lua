-- The reporting extensions that write files: what stands there is what was seen, once, and what
-- cannot be written is told.

local db        = require "weir.db"
local json      = require "weir.json"
local object    = require "weir.report.object"
local plans     = require "weir.report.plans"
local post      = require "weir.report.post"
local reporting = require "reporting"
local row       = require "weir.row"
local tally     = require "weir.report.tally"
local try       = require "try"
local weir      = require "weir"

local WEB = "samples/web.pcap"

-- The lines that an extension writes of a capture.
local function written(name, capture, set, others)
   local path = try.path()
   local options = { file = path }
   for key, value in pairs(set or {}) do options[key] = value end
   local list = { { name, set = options, subscribe = others and { "rows" } } }
   for _, other in ipairs(others or {}) do table.insert(list, 1, other) end
   local told = reporting.run(list, capture)
   return io.open(path) and try.lines(try.contents(path, true)) or {}, told
end

describe("eve", function ()
   it("writes what `weir read -T json` does, whatever else is measured", function ()
      local path = try.path()
      for _, name in ipairs { "web", "dns", "tls", "http", "quic", "tunnels", "home", "ssh" } do
         local capture = ("samples/%s.pcap"):format(name)
         local with = ("read -q -r %s --ext tcp --ext nfstream "):format(capture)
         local _, said = try.weir(with .. ("-T none --ext eve --set eve.file=%s"):format(path))
         assert.equal("", said)
         local wanted = try.weir(with .. "-T json")
         assert(#wanted > 100)
         assert.equal(wanted, try.contents(path, true))
      end
   end)
end)

describe("ndjson", function ()
   it("has the names that rows have in Lua, in the schema's order", function ()
      local lines, told = written("ndjson", WEB)
      assert.same({}, told)
      assert.equal(3, #lines)
      assert(lines[2]:find('^{"timestamp":"[^"]+","flow_id":"2","event_type":"flow","src_ip":'))
      local found = json.decode(lines[2])
      assert.equal("www.example.org", found.dest_name)
      assert.equal(432, found.bytes_toserver)
      assert.equal("end", found.reason)
   end)

   it("writes the same of a record and of the plain row that is made of it", function ()
      local text_of, plainly = object.writer {}, row.plainly()
      local compared, out_path = 0, try.path()
      for _, name in ipairs { "web", "dns", "tls", "http", "icmp" } do
         local capture = assert(weir.open(("samples/%s.pcap"):format(name),
            { flows = true, names = true, labels = true, protocols = true }))
         local shape = plans.new { shape = "json" }
         for batch in capture:batches() do
            capture:apps(batch)
            for i = 0, batch.flow_count - 1 do
               local flow = batch.flows[i]
               local out = assert(require "weir.output".open(out_path))
               assert(out:record(shape:of(flow), flow))
               assert(out:close())
               local a = json.decode(try.contents(out_path, true))
               local b = json.decode(text_of(plainly(flow)))
               a.pcap_filename = nil
               assert.equal(a.duration, b.duration)
               a.duration, b.duration = nil, nil
               assert.same(a, b)
               compared = compared + 1
            end
         end
         capture:close()
      end
      assert(compared > 20)
   end)

   it("sorts the keys of other rows, and shows bytes that are no text as base64", function ()
      local source = reporting.source('z = "number", a = "text", m = "text"',
         'return { z = 1.5, a = "x\\"y", m = "\\255\\254" }')
      local lines, told = written("ndjson", WEB, nil, { source })
      assert.same({}, told)
      assert.equal(3, #lines)
      assert.truthy(lines[1]:find('^{"a":"x\\"y","dest_ip":"192.0.2.1","dest_port":53,"end":"2026'))
      assert.truthy(lines[1]:find('"m_b64":"//4=","proto":"UDP","row_id":"web.pcap:flow:%d+:1"'))
      assert.truthy(lines[1]:find '"time":"2026%-01%-01T00:00:00.003000Z","z":1.5}$')
   end)
end)

describe("a record that is gone with its batch", function ()
   it("is not written", function ()
      local output = require "weir.output"
      local capture = assert(weir.open("samples/years.pcap", { flows = true }))
      local shape, path, kept, refused = plans.new { shape = "json" }, try.path(), nil, 0
      local out = assert(output.open(path))
      while true do
         local batch = capture:read(1)
         if not batch then break end
         if kept and batch.flow_count == 0 then
            local ok, why = out:record(shape:of(kept), kept)
            assert(not ok and why:find "^the record is gone")
            refused = refused + 1
         end
         kept = batch.flow_count > 0 and batch.flows[0] or kept
      end
      assert(refused > 2)
      out:close()
      capture:close()
      assert.equal("", try.contents(path, true))
   end)
end)

describe("csv", function ()
   it("has a header that stands, also for the next run, and quotes as RFC 4180 has it", function ()
      local path = try.path()
      local source = reporting.source('a = "text"', [[
         return { a = ("%s,\"b\"\nc"):format(flow.src_port) }]])
      for _ = 1, 2 do
         reporting.run({ source, { "csv", subscribe = { "rows" },
            set = { file = path, columns = "src_ip,a,nobody" } } }, WEB)
      end
      local text = try.contents(path, true)
      assert.equal("src_ip,a,nobody\n" .. ('192.0.2.10,"40053,""b""\nc",\n'
         .. '192.0.2.10,"40080,""b""\nc",\n192.0.2.10,"40081,""b""\nc",\n'):rep(2), text)
   end)

   it("chooses columns of records, those that extensions give among them", function ()
      local burst = { "burst", text = require "extend".feature('gives = { burst = "number" }',
         "function x:finish(flow) return { burst = flow.src_port } end") }
      local path = try.path()
      reporting.run({ burst, { "csv",
         set = { file = path, columns = "dest_port,burst,dest_name,icmp_type,nobody" } } }, WEB)
      assert.same({
         "dest_port,burst,dest_name,icmp_type,nobody", "53,40053,,,",
         "80,40080,www.example.org,,", "8080,40081,www.example.org,,",
      }, try.lines(try.contents(path, true)))
   end)

   it("goes on under names of columns that are quoted, and tells nothing of others", function ()
      local names, path = { "a,b", 'q"r', "x" }, try.file '"a,b","q""r",x\n'
      local source = reporting.source('x = "text", y = "text"', 'return { x = "1", y = "2" }')
      local told = reporting.run({ source, { "csv", subscribe = { "rows" },
         set = { file = path, columns = names } } }, WEB)
      assert.same({ '"a,b","q""r",x', ",,1", ",,1", ",,1" }, try.lines(try.contents(path, true)))
      assert.same({}, told)
   end)

   it("tells once what has no column", function ()
      local source = reporting.source('a = "text", b = "text"',
         'return flow.src_port == 40053 and { a = "1" } or { a = "2", b = "3" }')
      local lines, told = written("csv", WEB, nil, { source })
      assert.equal(4, #lines)
      assert.equal(1, #told)
      assert.truthy(told[1]:find "'b' has no column: the header stands")
   end)
end)

describe("text_log", function ()
   it("makes lines of a template, in which nothing can end a line", function ()
      local source = reporting.source('a = "text"', 'return { a = "x\\ny\\27[31m" }')
      local lines = written("text_log", WEB, { format = "{src_ip} > {dest_port} [{a}] {nobody}" },
         { source })
      assert.equal("192.0.2.10 > 53 [x\\x0Ay\\x1B[31m] -", lines[1])
      assert.equal(3, #lines)
   end)

   it("writes what Sonic Engine's hello-world reports: an object of four members", function ()
      local source = reporting.source('data = "text", result = "list"',
         'return { data = flow.src_ip, result = { 1, 2 } }')
      local lines = written("text_log", WEB,
         { format = "json", fields = "id=row_id,time,data,result" }, { source })
      assert.truthy(lines[1]:find('^{"id":"web.pcap:flow:%d+:1","time":"2026%-01%-01T00:00:00'
         .. '.003000Z","data":"192.0.2.10","result":%[1,2%]}$'))
   end)

   it("shows all that rows of a channel have, when no template says else", function ()
      local source = reporting.source('a = "number"', "return { a = 1 }")
      local lines = written("text_log", WEB, nil, { source })
      assert.truthy(lines[1]:find "^2026%-01%-01T00:00:00.003000Z a=1 dest_ip=192.0.2.1 ")
   end)

   it("refuses a template that names nothing", function ()
      local lines, told = written("text_log", WEB, { format = "hello" })
      assert.same({}, lines)
      assert.truthy(told[1]:find "the template 'hello' names no field")
   end)
end)

describe("sqlite", function ()
   local function all(path, query)
      local base = assert(db.open(path))
      local rows = assert(base:all(query))
      base:close()
      return rows
   end

   it("has each row once, however often it comes, and columns as they come", function ()
      local path = try.fast_path ".db"
      for _ = 1, 2 do reporting.run({ { "sqlite", set = { file = path } } }, WEB) end
      assert.same({ { n = 3, bytes = 947 } }, all(path,
         "SELECT count(*) AS n, sum(bytes_toserver) + 300 AS bytes FROM flow"))
      local source = reporting.source('a = "text", B = "number", list = "list"', [[
         return flow.src_port == 40053 and { a = "\255" } or { B = 2.5, list = { 1, "x" } }]])
      reporting.run({ source, { "sqlite", set = { file = path }, subscribe = { "rows" } } }, WEB)
      assert.same({ { a = "\255", kind = "blob" }, { B = 2.5, list = '[1,"x"]', kind = "null" } },
         all(path, 'SELECT a, B, list, typeof(a) AS kind FROM "rows" ORDER BY dest_port LIMIT 2'))
      os.remove(path)
   end)

   it("keeps texts as they are, where numbers came before", function ()
      local path = try.fast_path ".db"
      local rows = require "weir.report.store".open(path)
      rows:put("rows", { row_id = "1", value = 5, is_new = true })
      rows:put("rows", { row_id = "2", value = "007", is_new = "1e5" })
      rows:commit()
      rows:close()
      assert.same({ { value = 5, is_new = 1 }, { value = "007", is_new = "1e5" } },
         all(path, "SELECT value, is_new FROM rows ORDER BY row_id"))
      os.remove(path)
   end)

   it("keeps out of tables that are not its own", function ()
      local path = try.fast_path ".db"
      local base = assert(db.open(path, { mode = "create" }))
      assert(base:run "CREATE TABLE flow (x)")
      base:close()
      local told = reporting.run({ { "sqlite", set = { file = path } } }, WEB)
      assert.truthy(told[1]:find "has a table 'flow' that is not of such rows")
      os.remove(path)
   end)

   it("waits for others who write", function ()
      local path = try.fast_path ".db"
      reporting.run({ { "sqlite", set = { file = path } } }, WEB)
      local command = ("read -q -r %s -T none --ext sqlite --set sqlite.file=%s 2>&1"):format(WEB,
         path)
      local said = try.run(("for i in 1 2 3 4; do %s %s & done; wait"):format(try.program, command))
      assert.equal("", said)
      assert.equal(3, all(path, "SELECT count(*) AS n FROM flow")[1].n)
      os.remove(path)
   end)
end)

describe("each that writes a file", function ()
   local CAPTURES = { WEB, "samples/tls.pcap", "samples/tunnels.pcap" }

   for _, name in ipairs { "ndjson", "eve", "csv", "text_log", "sqlite", "html" } do
      it("writes records of every kind: " .. name, function ()
         for _, kind in ipairs { "packet", "begin", "second", "dns", "tls", "http", "stream" } do
            local path = try.fast_path()
            local told = reporting.run({ { name, set = { file = path }, subscribe = { kind } } },
               CAPTURES)
            assert.same({}, told)
            assert(#try.contents(path, true) > 100, kind)
         end
      end)
   end
end)

describe("what cannot be written", function ()
   for _, name in ipairs { "text_log", "ndjson", "csv", "eve", "sqlite", "html" } do
      it("is told by " .. name .. ", which is paused", function ()
         local out, err, code = try.weir(("read -q -r %s -T none --ext %s "
            .. "--set %s.file=/nonexistent/x"):format(WEB, name, name))
         assert.equal(0, code, out)
         assert.truthy(err:find "/nonexistent/x[.%a]*': No such file or directory", err)
         assert.truthy(err:find(("'%s' is paused"):format(name), 1, true), err)
         assert.equal(4, select(3, try.weir(("read -q -r %s -T none --strict --ext %s "
            .. "--set %s.file=/nonexistent/x"):format(WEB, name, name))))
      end)
   end

   it("for want of room is told, and leaves rows of a channel where they are", function ()
      if not io.open "/dev/full" then return pending "there is no /dev/full" end
      local source = reporting.source('a = "number"', "return { a = 1 }")
      local told, run = reporting.run({
         source, { "ndjson", set = { file = "/dev/full" }, subscribe = { "rows" } },
      }, WEB)
      assert.truthy(told[1]:find "cannot write '/dev/full': No space left on device")
      assert.truthy(told[2]:find "'ndjson' is paused .*: what it got cannot be made safe")
      local group = run.stages:stats().rows.groups.ndjson
      assert.equal(0, group.dead)
      assert.equal(3, group.pending + group.lag)
   end)

   it("is asked for again while it is not yet safe", function ()
      local source = reporting.source('a = "number"', "return { a = 1 }")
      local slow = { "slow", text = [[
         local weir = require "weir"
         local x = weir.reporting { about = "x", subscribe = { "rows" } }
         function x:start() self.asked, self.got = 0, 0 end
         function x:rows(rows) self.got = self.got + #rows end
         function x:flush() self.asked = self.asked + 1 return self.asked > 3 end
         function x:stop() print(self.got, self.asked) end
         return x]] }
      local told, run = reporting.run({ source, slow }, WEB)
      assert.same({ "3 5" }, told)
      assert.equal(0, run.stages:stats().rows.groups.slow.pending)
   end)
end)

describe("html", function ()
   it("is one page, in which texts of the capture are no markup", function ()
      local path = try.path ".html"
      local nasty = { "nasty", text = require "extend".feature('gives = { verdict = "label" }', [[
         function x:finish(flow) return { verdict = "<script>alert(1)</script>&'\"" } end]]) }
      reporting.run({ nasty, { "html", set = { file = path, title = "<b>x" } } }, WEB)
      local text = try.contents(path, true)
      assert.truthy(text:find("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;&quot;", 1, true))
      assert.truthy(text:find("<title>&lt;b&gt;x</title>", 1, true))
      assert.is_nil(text:find "<script")
      assert.is_nil(text:gsub("http://www.w3.org/2000/svg", ""):find "https?://")
      for tag in text:gmatch "<(%a+)" do assert.is_nil(tag:find "^link$" or tag:find "^img$") end
      assert.truthy(text:find("www.example.org", 1, true))
   end)

   it("keeps what there is most of, in bounded memory", function ()
      local sums = tally.new(1000)
      for i = 1, 100000 do
         sums:add(("k%d"):format(i), 1)
         sums:add("most", 3)
         if i % 2 == 0 then sums:add("much", 2) end
      end
      assert(sums.count <= 1000)
      local top = sums:top(2)
      assert.same({ "most", 300000 }, { top[1].key, top[1].sum })
      assert.same({ "much", 100000 }, { top[2].key, top[2].sum })
      assert.equal(500000, sums.sum)
   end)
end)

describe("pcap_on_alert", function ()
   it("writes the packets of the flows for which its filter holds", function ()
      local path, other = try.path ".pcapng", try.path ".pcapng"
      local told = reporting.run({ { "pcap_on_alert",
         set = { file = path, when = "dest_port == 443 or bytes_toserver > 400" } } },
         { WEB, "samples/tls.pcap" })
      assert.truthy(told[1]:find "103 packets of 10 flows")
      try.weir(("read -q -r %s -r samples/tls.pcap -w %s -Y 'dest_port == 443 or "
         .. "bytes_toserver > 400'"):format(WEB, other))
      assert.equal(try.contents(other, true), try.contents(path, true))
   end)

   it("never writes over what it reads", function ()
      local bytes = try.contents(WEB)
      local path = try.file(bytes, ".pcap")
      local told = reporting.run({ { "pcap_on_alert", set = { file = path, when = "tcp" } } }, path)
      assert.truthy(told[1]:find "would be written over: it is read")
      assert.equal(bytes, try.contents(path, true))
   end)

   it("says what it cannot do", function ()
      local path = try.path ".pcapng"
      local told = reporting.run({ { "pcap_on_alert", set = { file = path } } }, WEB)
      assert.truthy(told[1]:find "no record has a field 'blocked'", told[1])
      local _, err = try.run(("cat %s | %s read -q -T none -r - --ext pcap_on_alert --set "
         .. "pcap_on_alert.file=%s --set pcap_on_alert.when=tcp"):format(WEB, try.program, path))
      assert.truthy(err:find "the packets of '%-' are gone", err)
      os.remove(path)
   end)
end)

describe("the signature of a webhook", function ()
   it("is HMAC-SHA256, as RFC 4231 has it", function ()
      assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         post.signature("Jefe", "what do ya want for nothing?"))
      assert.equal("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
         post.signature(("\170"):rep(131),
            "Test Using Larger Than Block-Size Key - Hash Key First"))
   end)
end)

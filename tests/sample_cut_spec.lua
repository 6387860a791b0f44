-- What weir sample cut writes is what was read, and Stratosphere's own tools can read it.

local recorder = require "recorder"
local cjson = require "cjson"
local try   = require "try"
local weir  = require "weir"

-- Where it was is another place now: a database has no packets.
local ELSEWHERE = { pcap_cnt = true, pcap_filename = true, row_id = true }
for _, which in ipairs { "request", "response" } do
   for _, name in ipairs { "first_packet", "last_packet", "offsets" } do
      ELSEWHERE[which .. "_" .. name] = true
   end
end

-- A record without that, as text that is the same for the same record.
local function plain(record)
   local names, parts = {}, {}
   if type(record) ~= "table" then return cjson.encode(record) end
   for name in pairs(record) do names[#names + 1] = name end
   table.sort(names, function (a, b) return tostring(a) < tostring(b) end)
   for _, name in ipairs(names) do
      if not ELSEWHERE[name] then parts[#parts + 1] = name .. "=" .. plain(record[name]) end
   end
   return "{" .. table.concat(parts, " ") .. "}"
end

local function records(path, options)
   local list = {}
   local read = recorder.read(path, "-q " .. (options or ""))
   for i, record in ipairs(read) do list[i] = plain(record) end
   return list
end

-- Cuts a database out of a source; returns its path, what was said, the exit code.
local function cut(source, options)
   local path = try.path ".db"
   local _, said, code = try.weir(("sample cut %s -w %s %s"):format(source, path, options or ""))
   return path, said, code
end

local function sqlite(path, query)
   return (try.run(('sqlite3 -readonly %s "%s"'):format(path, query)))
end

describe("weir sample cut", function ()
   local sources = {
      "samples/http.pcap", "samples/http2.pcap", "samples/http-midway.pcap",
      "samples/sealed.pcapng", "samples/web.pcap", "samples/site.db", "samples/api.db",
      "samples/letters.db", "samples/searches.db",
   }
   for _, source in ipairs(sources) do
      it("keeps the exchanges of " .. source .. ", field by field", function ()
         local path, said, code = cut("-r " .. source)
         assert.equal(0, code, said)
         local before = records(source)
         assert(#before > 0)
         assert.same(before, records(path))
         local again = cut("-r " .. path)
         assert.same(before, records(again))
         os.remove(path)
         os.remove(again)
      end)
   end

   it("keeps those that a key log opens", function ()
      local keys = "--keylog samples/sealed.keys"
      local pcap = try.path ".pcap"                      -- which has no place for secrets
      try.weir("read -q -r samples/sealed.pcapng -w " .. pcap)
      local path = cut("-r " .. pcap, keys)
      local before = records(pcap, keys)
      assert(#before > 5)
      assert.same(before, records(path))
      os.remove(path)
      os.remove(pcap)
   end)

   it("gives rows the same names in each run", function ()
      local first, second = cut "-r samples/http.pcap", cut "-r samples/http.pcap"
      assert(try.contents(first) == try.contents(second))
      local ids = try.lines(sqlite(first, "SELECT flow_id FROM flows"))
      assert.equal(19, #ids)
      for _, id in ipairs(ids) do
         assert.truthy(id:find "^%x+%-%x%x%x%x%-8%x%x%x%-[89ab]%x%x%x%-%x+$")
      end
      os.remove(first)
      os.remove(second)
   end)

   it("takes those that match, as many as are wanted", function ()
      local path, said = cut("-r samples/site.db", "-Y 'hostname == \"ads.example.net\"' -c 2")
      assert.equal("2 of 2 exchanges written to " .. path .. "\n", said)
      assert.same({ "https://ads.example.net/count.js",
         "https://ads.example.net/dot.gif?site=gazette&user=u-7f3a" },
         try.lines(sqlite(path, "SELECT flow_request_url FROM flows")))
      os.remove(path)
      local _, why, code = cut("-r samples/site.db", "-Y 'bytes_toserver > 5'")
      assert.equal(2, code)
      assert.truthy(why:find "bytes_toserver")
      _, why, code = cut("-r samples/site.db", "-Y 'status =='")
      assert.truthy(code == 2 and why:find "%^")
   end)

   it("takes those of a workspace", function ()
      local folder = try.path()
      try.run(("mkdir %s && cp samples/api.db %s/probe.db"):format(folder, folder))
      local path, said, code = cut("-W " .. folder)
      assert.equal(0, code, said)
      assert.equal(7, #records(path))
      try.run("rm -r " .. folder)
      os.remove(path)
   end)

   it("adds what is not there", function ()
      local path = cut "-r samples/http.pcap -c 5"
      local _, said = try.weir("sample cut --add -r samples/http.pcap -r samples/api.db -w "
         .. path)
      assert.equal("21 of 26 exchanges written to " .. path .. "\n", said)
      assert.equal("26\n", sqlite(path, "SELECT count(*) FROM flows"))
      os.remove(path)
   end)

   it("leaves files alone that are not its own", function ()
      local path = recorder.make { {} }
      local before = try.contents(path)
      for options, why in pairs {
         [""] = "is there: %-%-add adds to it, %-%-force writes over it",
         ["--add"] = "is not a sample database of Weir",
      } do
         local _, said, code = try.weir(("sample cut -r samples/api.db -w %s %s"):format(path,
            options))
         assert.equal(3, code)
         assert.truthy(said:find(why), said)
      end
      local _, said, code = try.weir(("sample cut -r %s -w %s --force"):format(path, path))
      assert.truthy(code == 2 and said:find "would be written over: it is read")
      assert(before == try.contents(path))
      _, said, code = try.weir("sample cut -r samples/none.db -w " .. path .. " --force")
      assert.truthy(code == 3 and said:find "cannot open")
      assert(before == try.contents(path))
      _, said, code = try.weir("sample cut -r samples/api.db -q --force -w " .. path)
      assert.same({ "", 0 }, { said, code })
      assert.equal("7\n", sqlite(path, "SELECT count(*) FROM flows"))
      os.remove(path)
   end)

   it("leaves nothing where there is no room", function ()
      local folder = try.path()
      try.run("mkdir " .. folder)
      local _, said, code = try.run(("sh -c 'trap \"\" XFSZ; ulimit -f 8; exec %s sample cut -r "
         .. "samples/site.db -w %s/x.db'"):format(try.program, folder))
      assert.equal(3, code, said)
      assert.equal("", (try.run("ls " .. folder)))
      try.run("rm -r " .. folder)
   end)

   it("says what it needs", function ()
      for words, why in pairs { ["-r samples/api.db"] = "where to%? Name a file with '%-w OUT.db'",
         ["-w x.db"] = "nothing to read", ["-w x.db -r samples/api.db --zone x"] = "no zone 'x'",
         ["-w x.db --add --force -r samples/api.db"] = "either '%-%-add' or '%-%-force'" } do
         local _, said, code = try.weir("sample cut " .. words)
         assert.equal(2, code)
         assert.truthy(said:find(why), said)
      end
      local _, said, code = try.weir "sample cutt"
      assert.truthy(code == 2 and said:find "did you mean 'cut'%?")
   end)
end)

describe("a database that weir made", function ()
   local path
   setup(function () path = cut "-r samples/http.pcap -r samples/site.db" end)
   teardown(function () os.remove(path) end)

   it("has Stratosphere's columns, in its order, and ours to the right", function ()
      local names = try.lines(sqlite(path, "SELECT name FROM pragma_table_info('flows')"))
      for i, name in ipairs(recorder.COLUMNS) do assert.equal(name, names[i]) end
      assert(#names > #recorder.COLUMNS)
      local nullable = try.lines(sqlite(path, "SELECT name FROM pragma_table_info('flows') "
         .. "WHERE cid >= 19 AND \\\"notnull\\\""))
      assert.same({}, nullable)
      assert.equal("1\n", sqlite(path, "SELECT pk FROM pragma_table_info('flows') LIMIT 1"))
   end)

   it("shows its readers what they expect there", function ()
      local function all(columns, rest)
         return sqlite(path, "SELECT " .. columns .. " FROM flows " .. (rest or ""))
      end
      assert.equal("www.example.org|80|GET|http://www.example.org/|HTTP/1.1|200|text/html\n",
         all("flow_request_host, flow_request_port, flow_request_method, flow_request_url, "
            .. "flow_request_http_version, flow_response_status_code, "
            .. "flow_response_headers_content_type", "LIMIT 1"))
      assert.equal("blob|52|blob|0\n", all("typeof(flow_response_content), "
         .. "length(flow_response_content), typeof(flow_request_content), "
         .. "length(flow_request_content)", "WHERE flow_request_url LIKE '%/br'"))
      assert.equal("2026-01-01 00:00:00.003000|2026-01-01 00:00:00.004000\n",
         all("flow_request_timestamp_start, flow_response_timestamp_start", "LIMIT 1"))
      assert.equal("session=***; Path=/; HttpOnly, seen=***; "
         .. "Expires=Fri, 01 Jan 2027 12:00:00 GMT; Path=/\n",
         all("json_extract(flow_response_headers, '$.set-cookie')",
            "WHERE flow_request_url = 'https://www.example.org/'"))
      assert.equal("HTTP/2.0\n", all("DISTINCT flow_response_http_version",
         "WHERE flow_request_port = 443"))
      assert.equal("0\n", all("count(*)", "WHERE flow_capture_timestamp IS NULL OR flow_index <> 0 "
         .. "OR NOT json_valid(ifnull(flow_request_headers, '{}'))"))
   end)

   it("has a view in which fields are called as everywhere", function ()
      assert.equal("GET|http://www.example.org/|200|198.51.100.80|1767225600003000000\n",
         sqlite(path, "SELECT method, url, status, dest_ip, request_start FROM exchange LIMIT 1"))
   end)

   it("says from which file a row is, but not where that was", function ()
      assert.equal("http.pcap|4|5\nsite.db||1\n", sqlite(path, "SELECT pcap_filename, "
         .. "min(request_first_packet), min(pcap_cnt) FROM flows WHERE tx_id = 0 "
         .. "GROUP BY pcap_filename"))
   end)

   it("is one file that is sound", function ()
      assert.equal(path .. "\n", (try.run("ls " .. path .. "*")))
      assert.equal("ok|delete\n", sqlite(path, "SELECT integrity_check, journal_mode "
         .. "FROM pragma_integrity_check, pragma_journal_mode"))
   end)

   it("keeps bytes that are no UTF-8 as Python does", function ()
      local from = recorder.make { { flow_response_headers = [[{"a": "x\udcff\u00e9"}]] } }
      local to = cut("-r " .. from)
      assert.equal('{"a": "x\\udcffé"}\n', sqlite(to, "SELECT flow_response_headers FROM flows"))
      assert.same(records(from), records(to))
      os.remove(from)
      os.remove(to)
   end)

   it("keeps headers as they were, though records show them apart", function ()
      local json = '{"Location": "/a, /b", "x": "1, 2", "y": ""}'
      local from = recorder.make { { flow_response_headers = json } }
      local to = cut("-r " .. from)
      assert.equal(json .. "\n", sqlite(to, "SELECT flow_response_headers FROM flows"))
      assert.equal('[["Location", "/a"], ["Location", "/b"], ["x", "1, 2"], ["y", ""]]\n',
         sqlite(to, "SELECT response_headers FROM flows"))
      os.remove(from)
      os.remove(to)
   end)

   it("has times of the zone that is told, and still the same ones", function ()
      local to = cut("-r samples/http.pcap", "--zone +05:30")
      assert.equal("2026-01-01 05:30:00.003000\n",
         sqlite(to, "SELECT flow_request_timestamp_start FROM flows LIMIT 1"))
      assert.same(records "samples/http.pcap", records(to))
      os.remove(to)
   end)

   it("can be read by a program that knows Stratosphere's columns alone", function ()
      local columns = table.concat(recorder.COLUMNS, ", ")
      local out, why, code = try.run(('sqlite3 -readonly -json %s "SELECT %s FROM flows"'):format(
         path, columns:gsub("flow_%w+_content,", "hex(%0"):gsub("content,", "content),")))
      assert.equal(0, code, why)
      assert.equal(27, #cjson.decode(out))
   end)
end)

describe("weir sample info", function ()
   it("says what there is of what", function ()
      local out, _, code = try.weir "sample info samples/site.db samples/letters.db"
      assert.equal(0, code)
      assert.truthy(out:find("samples/site.db: 8 exchanges from 2026-01-01 12:00:00.745000 to "
         .. "2026-01-01 12:00:05.645000", 1, true), out)
      assert.truthy(out:find "www.example.org +443 +GET +text/html +3 ")
      assert.truthy(out:find "ads.example.net +443 +POST +text/plain +1 ")
      out = try.weir "sample info -T json samples"
      local found = {}
      for _, line in ipairs(try.lines(out)) do
         local one = cjson.decode(line)
         found[one.path] = one.exchanges
      end
      assert.equal(7, found["samples/api.db"])
      assert.equal(nil, found["samples/none.db"])
      _, _, code = try.weir "sample info samples/none.db"
      assert.equal(3, code)
      local rows = {}
      local headers = ('{"a": "%s"}'):format(("b"):rep(999))
      for i = 1, 20 do rows[i] = { flow_response_headers = headers } end
      local path = recorder.make(rows)
      local bytes = try.contents(path)
      local damaged = try.file(bytes:sub(1, -4097) .. ("\255"):rep(4096), ".db")
      local _, why = try.weir("sample info " .. damaged)
      assert.truthy(why:find "warning: '.*' is damaged behind row %d+: ", why)
      os.remove(damaged)
      os.remove(path)
      assert.truthy((try.weir "sample info samples/http.pcap"):find "19 exchanges from")
   end)
end)

describe("a writer", function ()
   local writer = require "weir.sample.writer"

   local function exchanges() return assert(weir.open("samples/http.pcap",
      { protocols = { "exchange" } })) end

   it("leaves nothing when it is told so", function ()
      local path, from = try.path(), exchanges()
      local out = assert(writer.open(path, {}))
      for batch in from:batches() do assert(out:batch(batch, from.paths)) end
      assert(out:close(true))
      assert.same({ 19, 19 }, { out.count, out.asked })
      assert.equal("", (try.run("ls " .. path .. "*")))
   end)

   it("writes in place, where others read and write meanwhile", function ()
      local path, from = try.path ".db", exchanges()
      local first = assert(writer.open(path, { live = true }))
      assert(first:commit())
      for batch in from:batches() do
         assert(first:batch(batch, from.paths))
         assert(first:commit())
      end
      assert.equal(19, #records(path))
      assert(first:close())
      local second = assert(writer.open(path, { live = true }))
      from = exchanges()
      for batch in from:batches() do assert(second:batch(batch, from.paths, nil, 3)) end
      assert(second:close())
      assert.same({ 0, 19 }, { second.count, #records(path) })
      os.remove(path)
   end)
end)

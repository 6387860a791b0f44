-- Databases of exchanges, as Stratosphere makes them, are read like captures.

local recorder = require "recorder"
local db    = require "weir.db"
local try   = require "try"
local weir  = require "weir"

local made, told = recorder.make, recorder.told

-- { "name: value", … } of headers.
local function lines(headers)
   local list = {}
   for i, header in ipairs(headers) do list[i] = header.name .. ": " .. tostring(header.value) end
   return list
end

local function headers(json)
   return lines(told({ flow_response_headers = json }).response_headers)
end

describe("a row of Stratosphere", function ()
   it("is an exchange", function ()
      local x, record = told { flow_request_method = "POST",
         flow_request_headers_content_type = "text/plain", flow_request_content = db.blob "asked",
         flow_response_headers_content_type = "application/json",
         flow_response_content = db.blob '{"a":1}', flow_response_status_code = 201 }
      assert.equal("exchange", record.event_type)
      assert.equal("2026-01-01T12:00:02.000003Z", record.timestamp)
      assert.equal(443, record.dest_port)
      assert.equal(nil, record.src_port)
      assert.equal(nil, record.src_ip)
      assert.same({ "POST", "https://www.example.org/", 201 }, { x.method, x.url, x.status })
      assert.equal("www.example.org", x.hostname)
      assert.equal("2026-01-01T12:00:00.000001Z", x.request_start)
      assert.equal("2026-01-01T12:00:01.000002Z", x.response_start)
      assert.equal(nil, x.response_end)
      assert.equal("HTTP/2", x.request_version)
      assert.same({ "asked", '{"a":1}' }, { x.request_body, x.response_body })
      assert.equal(("%032x"):format(1), x.row_id)
   end)

   it("has ids of both forms", function ()
      assert.equal("01234567-89ab-4cde-8f01-23456789abcd",
         told { flow_id = "01234567-89ab-4cde-8f01-23456789abcd" }.row_id)
      assert.equal(("ab"):rep(16), told { flow_id = ("ab"):rep(16) }.row_id)
   end)

   it("has its body decoded, though its header says it is not", function ()
      local x = told {
         flow_response_headers = '{"content-encoding": "gzip", "content-length": "44"}',
         flow_response_headers_content_type = "text/html", flow_response_content = db.blob "<p>Hi",
      }
      assert.same({ "<p>Hi", "gzip", 44, 5 },
         { x.response_body, x.response_encoding, x.response_bytes, x.response_size })
      assert.equal(nil, x.response_error)
   end)

   it("has its text in UTF-8, whatever it was in", function ()
      local x = told { flow_response_content = db.blob "\196\238\230\228\252",
         flow_response_headers_content_type = "text/html; charset=windows-1251" }
      assert.same({ "Дождь", "windows-1251" }, { x.response_body, x.response_charset })
   end)

   it("shows no passwords and no cookies", function ()
      local path = made { { flow_request_headers =
         '{"cookie": "a=s3cret; b=s3cret", "authorization": "Bearer s3cret"}',
         flow_request_pretty_url = "https://me:s3cret@www.example.org/",
         flow_response_headers = '{"set-cookie": "a=s3cret; Expires=Fri, 01 Jan 2027 12:00:00 GMT, '
            .. 'b=s3cret; Path=/, c=s3cret, d=s3cret; Expires=0, e=s3cret"}' } }
      local out = try.weir("read -q -r " .. path .. " -T json --only exchange,http")
      assert.falsy(out:find "s3cret")
      assert.truthy(out:find("a=***; Expires=Fri, 01 Jan 2027 12:00:00 GMT, b=***; Path=/, c=***",
         1, true))
      os.remove(path)
   end)

   it("says where it asked by what it has", function ()
      local x = told { flow_request_pretty_url = false }
      assert.equal("https://www.example.org/", x.url)
      x = told { flow_request_pretty_url = false, flow_request_url = false,
         flow_request_port = 80 }
      assert.same({ "http://www.example.org", "www.example.org" }, { x.url, x.hostname })
      x = told { flow_request_method = "CONNECT",
         flow_request_pretty_url = "inner.example.org:443" }
      assert.same({ "inner.example.org:443", "inner.example.org" }, { x.url, x.hostname })
      x = told { flow_request_pretty_url = "https://[2001:db8::1]:8443/a?b#c" }
      assert.same({ "https://[2001:db8::1]:8443/a?b#c", "[2001:db8::1]" }, { x.url, x.hostname })
   end)
end)

describe("headers of one name", function ()
   it("come apart where no comma can be their own", function ()
      assert.same({ "x-frame-options: DENY", "x-frame-options: SAMEORIGIN", "a: b" },
         headers '{"x-frame-options": "DENY, SAMEORIGIN", "a": "b"}')
      assert.same({ "Location: /a", "Location: /b", "Location: /c" },
         headers '{"Location": "/a, /b, /c"}')
   end)

   it("stay as they are where one can", function ()
      for _, line in ipairs { "vary: a, b", "date: Fri, 01 Jan 2027 12:00:00 GMT",
         "set-cookie: a=***; Path=/, b=***", "server: a, b" } do
         local name, value = line:match "^(.-): (.*)$"
         assert.same({ line }, headers(('{"%s": "%s"}'):format(name, value)))
      end
   end)

   it("may be arrays, and need not be texts", function ()
      assert.same({ "a: 1", "a: 2", "b: 17", "c: ", "d: true", 'e: {"f": [1]}' },
         headers '{"a": ["1", "2"], "z": [], "b": 17, "c": null, "d": true, "e": {"f": [1]}}')
      assert.same({ "a: 1", "a: 2" }, headers '[["a", "1"], ["a", "2"]]')
      assert.same({}, headers "")
   end)

   it("have the bytes that were sent", function ()
      local x = told { flow_response_headers =
         [[{"a": "\u00e9\ud83d\ude00\"\\\/\t!", "b": "\udce9"}]] }
      assert.equal('é😀"\\/\t!', x.response_headers[1].value)
      assert.equal("6Q==", x.response_headers[2].value_b64)
   end)

   it("are those that could be read, and it is said when that was not all", function ()
      for text, count in pairs { ["no JSON"] = 0, ['{"a": "b"'] = 1, ['{"a": "b", "c'] = 1,
         ['{"a": "\\x"}'] = 0, ['["a"]'] = 0, ['"a"'] = 0, ["17"] = 0,
         ["{" .. ('"a":['):rep(5000)] = 1, [("["):rep(100000)] = 0 } do
         local path = made { { flow_response_headers = text } }
         local list, said = recorder.read(path)
         assert.equal(count, #list[1].exchange.response_headers, text:sub(1, 40))
         assert.truthy(said:find "1 header of rows that are no JSON", text:sub(1, 40))
         os.remove(path)
      end
   end)
end)

describe("times of a row", function ()
   local function at(time, options)
      return told({ flow_request_timestamp_start = time }, options).request_start
   end

   it("are of the zone that is told, UTC unless one is", function ()
      assert.equal("2026-07-01T12:00:00.500000Z", at "2026-07-01 12:00:00.5")
      assert.equal("2026-07-01T10:00:00.500000Z", at("2026-07-01 12:00:00.5", "--zone +02:00"))
      assert.equal("2026-07-01T16:30:00.000000Z", at("2026-07-01 12:00:00", "--zone -0430"))
      local path = made { { flow_request_timestamp_start = "2026-07-01 12:00:00" } }
      local command = "TZ=Europe/Rome %s read -q -r %s --zone local -e request_start -T fields"
      local out = try.run(command:format(try.program, path))
      os.remove(path)
      assert.equal("2026-07-01T10:00:00.000000Z\n", out)
   end)

   it("may say their own", function ()
      assert.equal("2026-07-01T10:00:00.000000Z", at("2026-07-01T12:00:00+02:00", "--zone local"))
      assert.equal("2026-07-01T12:00:00.123456789Z", at "2026-07-01 12:00:00.123456789Z")
   end)

   it("may be seconds since 1970", function ()
      assert.equal("2026-01-01T00:00:00.250000Z", at(1767225600.25))
      assert.equal("2026-01-01T00:00:00.000000Z", at(1767225600))
   end)

   it("are left out when they are none", function ()
      for _, time in ipairs { "yesterday", "2026-13-01 12:00:00", "2026-02-30 12:00:00",
         "2026-01-01", "2026-01-01 25:00:00", "2026-01-01 12:00:00 soon",
         "9999-01-01 12:00:00", -5, 1e300 } do
         local path = made { { flow_request_timestamp_start = time } }
         local list, said = recorder.read(path)
         assert.equal(nil, list[1].exchange.request_start)
         assert.truthy(said:find "1 time of rows that are none", tostring(time))
         os.remove(path)
      end
   end)

   it("refuse a zone that is none", function ()
      local _, why, code = try.weir "read -r samples/site.db --zone here"
      assert.equal(2, code)
      assert.truthy(why:find "no zone 'here': it can be utc, local, or as %+02:00")
   end)
end)

describe("a database with other columns", function ()
   it("is read as far as they are known", function ()
      local path = made({ { flow_request_url = "https://www.example.org/a", more = 5 } },
         { "more", "FLOW_REQUEST_URL", "flow_request_url_more" })
      local base = assert(db.open(path, { mode = "write" }))
      assert(base:run "UPDATE flows SET FLOW_REQUEST_URL = 'https://www.example.org/a'")
      base:close()
      local list = recorder.read(path)
      assert.equal("https://www.example.org/a", list[1].exchange.url)
      assert.equal(nil, list[1].exchange.status)
      os.remove(path)
   end)

   it("is refused when it has no exchanges", function ()
      for sql, why in pairs {
         ["CREATE TABLE x (a)"] = "there is no table 'flows' in it",
         ["CREATE TABLE flows (ts, device, byte_count)"] =
            "its table 'flows' is one of something else",
         ["CREATE VIEW flows AS SELECT 1 AS flow_request_url"] = "its 'flows' is no ordinary table",
         ["CREATE VIEW flows AS SELECT * FROM flows"] = "its 'flows' is no ordinary table",
         ["CREATE VIRTUAL TABLE flows USING fts5(flow_request_url)"] =
            "its 'flows' is no ordinary table",
      } do
         local path = try.path ".db"
         local base = assert(db.open(path, { mode = "create" }))
         assert(base:run(sql))
         base:close()
         local _, said, code = recorder.read(path)
         assert.equal(3, code)
         assert.truthy(said:find(("'%s' has no exchanges: %s"):format(path, why), 1, true), said)
         os.remove(path)
      end
   end)

   it("does not have what it would work out itself", function ()
      local path, base = recorder.empty { "flow_request_url",
         "flow_request_method AS (hex(zeroblob(1000)))" }
      assert(base:run "INSERT INTO flows VALUES ('https://www.example.org/')")
      base:close()
      assert.equal(nil, recorder.read(path)[1].exchange.method)
      os.remove(path)
   end)
end)

describe("a database that is read", function ()
   it("is not touched, and nothing is beside it", function ()
      local path = made { {}, {} }
      local before = try.contents(path)
      try.run("chmod 444 " .. path)
      assert.equal(2, #recorder.read(path))
      assert.equal(before, try.contents(path))
      assert.equal(path .. "\n", (try.run("ls " .. path .. "*")))
      os.remove(path)
   end)

   it("is read while somebody writes to it", function ()
      local path = made { {} }
      local base = assert(db.open(path, { mode = "write" }))
      assert(base:begin())
      assert(base:run "INSERT INTO flows (flow_request_url) VALUES ('https://late.example.org/')")
      assert.equal(1, #recorder.read(path))
      assert(base:commit())
      assert.equal(2, #recorder.read(path))
      base:close()
      os.remove(path)
   end)

   it("gives the same records, wherever batches are cut", function ()
      local rows = {}
      for i = 1, 40 do
         rows[i] = { flow_request_url = "https://www.example.org/" .. i,
            flow_request_pretty_url = "https://www.example.org/" .. i,
            flow_response_headers_content_type = "text/plain; charset=windows-1251",
            flow_response_content = db.blob(("\196"):rep(i % 10 == 0 and 2000000 or i)) }
      end
      local path, all = made(rows), nil
      for _, most in ipairs { 1, 7, 1024 } do
         local from, list = assert(weir.open(path)), {}
         for batch in function () return from:read(most) end do
            for i = 0, batch.exchange_count - 1 do
               local x = batch.exchange[i]
               list[#list + 1] = ("%s %s %d %s"):format(x.url, x.response_body:sub(1, 9),
                  #x.response_body, tostring(x.response_truncated))
            end
         end
         from:close()
         assert.equal(40, #list)
         all = all or list
         assert.same(all, list)
      end
      os.remove(path)
   end)

   it("keeps nobody from writing to it between batches", function ()
      local path = made { {}, {}, {} }
      local from, seen = assert(weir.open(path)), 0
      local base = assert(db.open(path, { mode = "write" }))
      assert(base:run "PRAGMA journal_mode = DELETE")
      for n = 1, 5 do
         local batch = from:read(1)
         seen = seen + batch.exchange_count
         if n < 3 then assert(base:run "INSERT INTO flows SELECT * FROM flows LIMIT 1") end
      end
      assert.equal(5, seen)
      assert.equal(nil, (from:read(1)))
      from:close()
      base:close()
      os.remove(path)
   end)

   it("may number its rows in any way, or not at all", function ()
      for _, sql in ipairs {
         "CREATE TABLE flows (flow_request_url PRIMARY KEY) WITHOUT ROWID",
         "CREATE TABLE flows (flow_request_url, rowid TEXT, _rowid_ TEXT, oid TEXT)",
         "CREATE TABLE flows (flow_request_url, rowid TEXT DEFAULT 'x', oid INTEGER)",
         "CREATE TABLE flows (flow_request_url, n INTEGER PRIMARY KEY DESC)",
      } do
         local path = try.path ".db"
         local base = assert(db.open(path, { mode = "create" }))
         assert(base:run(sql))
         for _, n in ipairs { 1, 2, 3 } do
            assert(base:run("INSERT INTO flows (flow_request_url) VALUES (?)", "http://a/" .. n))
         end
         base:close()
         for _, most in ipairs { 1, 1024 } do
            local from, urls = assert(weir.open(path)), {}
            for batch in function () return from:read(most) end do
               for i = 0, batch.exchange_count - 1 do urls[#urls + 1] = batch.exchange[i].url end
            end
            from:close()
            assert.same({ "http://a/1", "http://a/2", "http://a/3" }, urls)
         end
         os.remove(path)
      end
      local path, base = recorder.empty { "flow_request_url" }
      assert(base:run("INSERT INTO flows (rowid, flow_request_url) VALUES (?, 'http://a/2'), "
         .. "(?, 'http://a/1')", 2LL ^ 63 - 1, -2LL ^ 63))
      base:close()
      local list = recorder.read(path)
      assert.same({ 2, "http://a/1" }, { #list, list[1].exchange.url })
      os.remove(path)
   end)

   it("is followed while it grows", function ()
      local path = made { {} }
      local from = assert(weir.open(path, { follow = true }))
      local _, first = from:read()
      local base = assert(db.open(path, { mode = "write" }))
      assert(base:run("INSERT INTO flows (flow_request_url) VALUES ('http://late.example.org/')"))
      base:close()
      local batch, n, tries
      repeat
         batch, n = from:read()
         tries = (tries or 0) + 1
      until n > 0 or tries > 100
      assert.same({ 1, 1, "http://late.example.org/" }, { first, n, batch.exchange[0].url })
      assert.equal(0, select(2, from:read()))
      from:close()
      os.remove(path)
   end)

   it("is one of several sources", function ()
      local path = made { {}, {} }
      local out, said = try.weir(("read -r samples/http.pcap -r %s -r samples/web.pcap -T csv "
         .. "--only exchange -e pcap_filename"):format(path))
      assert.equal(("samples/http.pcap\n"):rep(19) .. (path .. "\n"):rep(2) .. "samples/web.pcap\n",
         (out:gsub("^pcap_filename\n", "")))
      assert.truthy(said:find "2 exchanges of databases")
      os.remove(path)
   end)

   it("ends where one wants", function ()
      local out, said = try.weir "read -r samples/site.db -c 3 -T fields -e pcap_cnt"
      assert.equal("1\n2\n3\n", out)
      assert.truthy(said:find "^3 exchanges; read in")
      out = try.weir "read -q -r samples/api.db -Y 'status >= 400' -T fields -e url"
      assert.equal("https://api.example.org/v1/stations/19\n", out)
   end)

   it("has no packets to write, and makes logs as Zeek does", function ()
      local _, why, code = try.weir "read -r samples/site.db -w /dev/null"
      assert.equal(2, code)
      assert.truthy(why:find "'%-w' writes packets, which databases do not have")
      local out = try.weir "read -q -r samples/api.db --profile zeek"
      assert.equal(7, select(2, out:gsub('"_path":"http"', "")))
   end)

   it("shows exchanges unless other records are asked for", function ()
      local out = try.weir "read -q -r samples/site.db -T json"
      assert.equal(8, #try.lines(out))
      assert.equal(8, select(2, out:gsub('"event_type":"exchange"', "")))
      out = try.weir "read -q -r samples/site.db -T json --only http"
      assert.equal(8, select(2, out:gsub('"event_type":"http"', "")))
      assert.equal("", (try.weir "read -q -r samples/site.db -T json --only flow"))
   end)

   it("is found in folders, among captures, and other databases are not", function ()
      local folder = try.path()
      try.run(("mkdir -p %s/a && cp samples/api.db %s/a && cp samples/web.pcap %s"):format(folder,
         folder, folder))
      local other = assert(db.open(folder .. "/kb.db", { mode = "create" }))
      assert(other:run "CREATE TABLE flows (ts, device)")
      other:close()
      local out, said, code = try.weir("read -q -r " .. folder .. " -T json --only exchange")
      assert.same({ 0, "", 8 }, { code, said, #try.lines(out) })
      try.run("rm -r " .. folder)
   end)

   it("cannot come through a pipe", function ()
      local _, why, code = try.run("cat samples/api.db | " .. try.program .. " read -r -")
      assert.equal(3, code)
      assert.truthy(why:find "is a database, which cannot be read from a pipe: name its file")
   end)
end)

describe("weir.open of a database", function ()
   it("gives exchanges in batches", function ()
      local from, urls = assert(weir.open "samples/searches.db"), {}
      for batch in from:batches() do
         assert.equal(batch.moved, batch.exchange_count)
         for i = 0, batch.exchange_count - 1 do urls[#urls + 1] = batch.exchange[i].url end
      end
      assert.equal(7, #urls)
      assert.equal("exchanges in SQLite", assert(weir.open "samples/searches.db"):format())
   end)

   it("takes a zone", function ()
      local from = assert(weir.open("samples/site.db", { zone = "+01:00" }))
      local batch = from:read()
      assert.equal(11, tonumber(os.date("!%H", batch.exchange[0].time)))
      assert.error(function () weir.open("samples/site.db", { zone = "here" }) end)
   end)
end)

describe("an extractor", function ()
   it("sees exchanges when it names nothing, of databases as of captures", function ()
      local path = try.file([[
local x = require "weir".extractor { about = "hosts" }
function x:extract(exchange, kb)
   kb:entity("host", exchange.hostname, { body = #(exchange.response_body or "") })
end
return x]], ".lua")
      for source, hosts in pairs { ["samples/site.db"] = 4, ["samples/http.pcap"] = 2 } do
         local out, why, code = try.weir(("read -q -r %s --ext %s --facts -T json"):format(source,
            path))
         assert.equal(0, code, why)
         assert.equal(hosts, #try.lines(out))
         assert.truthy(out:find '"key":"www.example.org"')
      end
      os.remove(path)
   end)
end)

-- Databases that mean harm, or are damaged: what can be read of them is, and the rest is said.

local recorder = require "recorder"
local db    = require "weir.db"
local try   = require "try"
local weir  = require "weir"

local made, told = recorder.make, recorder.told

-- A program may take so much time for one of these.
local function limited(arguments)
   return try.run(("timeout 60 %s %s"):format(try.program, arguments))
end

-- Reads a database, and says how much memory that took at most, in KiB.
local PEAK = [[
local from = assert(require "weir".open(%q))
for _ in from:batches() do end
print(io.open "/proc/self/status":read "*a":match "VmHWM:%%s*(%%d+)")
]]

describe("a row whose values are of other kinds", function ()
   it("is read as far as they make sense", function ()
      local x, record = told { flow_id = 17, flow_request_host = 5, flow_request_port = "443 ",
         flow_request_method = 3.5, flow_response_status_code = "204",
         flow_response_content = "a text", flow_request_headers = 12,
         flow_response_headers_content_type = db.blob "text/plain",
         flow_request_http_version = db.blob "HTTP/2.0" }
      assert.same({ "17", "3.5", 204, "a text", "HTTP/2" }, { x.row_id, x.method, x.status,
         x.response_body, x.request_version })
      assert.equal(443, record.dest_port)
   end)

   it("has no number where none can be one", function ()
      for _, status in ipairs { -1, 1000, 2 ^ 40, 1e300, "many", db.blob "\0\1", "1e2" } do
         assert.equal(0, told { flow_response_status_code = status }.status)
      end
      for _, port in ipairs { -1, 65536, "http", 1e300 } do
         local _, record = told { flow_request_port = port }
         assert.equal(nil, record.dest_port)
      end
   end)

   it("may be NULL where that should not be", function ()
      local row = {}
      for _, name in ipairs(recorder.COLUMNS) do row[name] = false end
      local path = made { row, {}, { flow_response_status_code = false,
         flow_response_headers = false, flow_response_content = false,
         flow_response_http_version = false, flow_response_timestamp_start = false } }
      local list, said = recorder.read(path)
      assert.equal(2, #list)                             -- nothing is said by the first
      assert.equal(nil, list[2].exchange.status)
      assert.equal(nil, list[2].exchange.response_headers)
      assert.equal("GET", list[2].exchange.method)
      assert.truthy(said:find "^3 exchanges")
      os.remove(path)
   end)

   it("may have texts that are none, and zero bytes", function ()
      local x = told { flow_request_method = db.blob "G\255T",
         flow_request_pretty_url = db.blob "https://www.example.org/\0\255\27[2J" }
      assert.equal("R/9U", x.method_b64)
      assert.truthy(x.url_b64)
      local path = made { { flow_request_pretty_url = "https://www.example.org/\27[2J\n" } }
      assert.falsy((try.weir("read -q -r " .. path .. " -T table")):find "\27")
      os.remove(path)
   end)

   it("may have texts of any length", function ()
      local long = ("x"):rep(3000000)
      local path = made { { flow_request_method = long, flow_request_pretty_url =
         "https://" .. long, flow_request_url = long, flow_request_host = long,
         flow_response_headers = '{"' .. long .. '": 1}', flow_response_http_version = long,
         flow_response_headers_content_type = long, flow_id = long,
         flow_request_headers = '{"a": "' .. long:sub(1, 600000) .. '"}' } }
      local list, _, code = recorder.read(path)
      assert.same({ 0, 1 }, { code, #list })
      assert(#list[1].exchange.url <= 262144 and #list[1].exchange.method <= 4096)
      os.remove(path)
   end)
end)

describe("a body that is too long", function ()
   it("is cut, and not loaded when it is far too long", function ()
      local path, base = recorder.empty { "flow_request_url", "flow_response_content" }
      for _, size in ipairs { 5000000, 100000000 } do
         assert(base:run("INSERT INTO flows VALUES ('https://www.example.org/', zeroblob(?))",
            size))
      end
      assert(base:run "INSERT INTO flows VALUES ('https://www.example.org/', 'short')")
      base:close()
      local out, said, code = limited(("read -r %s -T fields -e response_size -e response_bytes "
         .. "-e response_truncated"):format(path))
      assert.equal(0, code)
      assert.equal("4194304\t5000000\ttrue\n0\t100000000\ttrue\n5\t5\tfalse\n",
         (out:gsub("\t\n", "\tfalse\n")))
      assert.truthy(said:find "2 values of rows that are too long")
      local script = try.file(PEAK:format(path), ".lua")
      if not os.getenv "WEIR_PROGRAM" then                -- sanitizers take much themselves
         assert(tonumber((try.weir("lua " .. script))) < 90 * 1024)
      end
      os.remove(script)
      os.remove(path)
   end)
end)

describe("a damaged database", function ()
   local path, text
   setup(function ()
      local rows = {}
      for i = 1, 60 do
         rows[i] = { flow_response_headers = '{"a": "' .. ("b"):rep(i * 50) .. '"}',
            flow_response_content = db.blob(("c"):rep(i * 200)) }
      end
      path = made(rows)
      text = try.contents(path)
      os.remove(path)
   end)

   -- The exit code for a file of these bytes, what was said, and how many records there were.
   local function read(bytes)
      local file = try.file(bytes, ".db")
      local out, said, code = limited(("read -r %s -T json --only exchange"):format(file))
      os.remove(file)
      return code, said, select(2, out:gsub("\n", ""))
   end

   it("is told from a sound one, and read as far as it goes", function ()
      local half = math.floor(#text / 2 / 4096) * 4096
      local code, said, count = read(text:sub(1, half) .. ("\255"):rep(#text - half))
      assert.truthy(code == 0 and said:find "is damaged behind row %d+: ", said)
      assert(count > 0 and count < 60)
      code, said = read(text:sub(1, half))
      assert.truthy(code == 3 and said:find "is damaged", said)
      code, said = read(text:sub(1, 100))
      assert.truthy(code == 3 and said:find "damaged", said)
      code, said = read("SQLite format 3\0" .. ("\255"):rep(5000))
      assert.truthy(code == 3 and said:find "database", said)
   end)

   it("never does harm, whatever is in it", function ()
      local random = try.random(7)
      for _ = 1, 150 do
         local bytes = text
         for _ = 1, 1 + random(8) do
            local at = random(4) == 0 and random(3 * 4096) or random(#bytes)
            bytes = bytes:sub(1, at) .. string.char(random(256)) .. bytes:sub(at + 2)
         end
         local file = try.file(bytes, ".db")
         local from, seen = weir.open(file), 0
         for batch in from and from:batches() or function () end do
            for i = 0, batch.exchange_count - 1 do
               seen = seen + #(batch.exchange[i].url or "") + #batch.exchange[i].response_headers
            end
         end
         if from then from:close() end
         os.remove(file)
      end
   end)
end)

describe("a database with traps", function ()
   it("springs none of them", function ()
      local path = made { {}, {} }
      local base = assert(db.open(path, { mode = "write" }))
      assert(base:run [[
         PRAGMA journal_mode = DELETE;
         CREATE TRIGGER t AFTER INSERT ON flows BEGIN DELETE FROM flows; END;
         CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;
         CREATE VIEW exchange AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n FROM c)
            SELECT n FROM c;
         CREATE TABLE "x""; DROP TABLE flows; --" (a);
         CREATE INDEX i ON flows (flow_request_url) WHERE flow_request_url > 'x';]])
      base:close()
      local before = try.contents(path)
      assert.equal(2, #recorder.read(path))
      assert(before == try.contents(path))
      os.remove(path)
   end)

   it("may have very many columns, and names that are none", function ()
      local columns = { "flow_request_url" }
      for i = 1, 1500 do columns[#columns + 1] = ('"c%d"" --"'):format(i) end
      local path, base = recorder.empty(columns)
      assert(base:run "INSERT INTO flows (flow_request_url) VALUES ('https://www.example.org/')")
      base:close()
      assert.equal("https://www.example.org/", recorder.read(path)[1].exchange.url)
      os.remove(path)
   end)
end)

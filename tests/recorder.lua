-- What specs of databases of exchanges share: files as Stratosphere makes them, with what is odd.

local db  = require "weir.db"
local try = require "try"

local recorder = {}

-- The columns of its table `flows`, as its own code lists them.
recorder.COLUMNS = {
   "flow_id", "flow_index", "flow_request_host", "flow_request_port", "flow_request_method",
   "flow_request_pretty_url", "flow_request_url", "flow_request_http_version",
   "flow_request_headers", "flow_request_headers_content_type", "flow_request_content",
   "flow_request_timestamp_start", "flow_response_status_code", "flow_response_http_version",
   "flow_response_headers", "flow_response_headers_content_type", "flow_response_content",
   "flow_response_timestamp_start", "flow_capture_timestamp",
}

local USUAL = {
   flow_index = 0, flow_request_host = "www.example.org", flow_request_port = 443,
   flow_request_method = "GET", flow_request_pretty_url = "https://www.example.org/",
   flow_request_url = "https://www.example.org/", flow_request_http_version = "HTTP/2.0",
   flow_request_headers = "{}", flow_request_content = db.blob "",
   flow_request_timestamp_start = "2026-01-01 12:00:00.000001", flow_response_status_code = 200,
   flow_response_http_version = "HTTP/2.0", flow_response_headers = "{}",
   flow_response_content = db.blob "", flow_response_timestamp_start = "2026-01-01 12:00:01.000002",
   flow_capture_timestamp = "2026-01-01 12:00:02.000003",
}

-- A new database with a table `flows` of these columns, theirs unless told, without types.
function recorder.empty(columns)
   local path = try.path ".db"
   local base = assert(db.open(path, { mode = "create" }))
   assert(base:run "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF")
   assert(base:run(("CREATE TABLE flows (%s)"):format(
      table.concat(columns or recorder.COLUMNS, ", "))))
   return path, base
end

-- A database of these rows: tables by column; what a row does not say is as usual, and false is
-- NULL.  Returns its path.
function recorder.make(rows, columns)
   columns = columns or recorder.COLUMNS
   local path, base = recorder.empty(columns)
   assert(base:begin())
   local insert = assert(base:query(("INSERT INTO flows VALUES (%s?)"):format(
      ("?, "):rep(#columns - 1))))
   for n, row in ipairs(rows) do
      local values = {}
      for i, name in ipairs(columns) do
         local value = row[name]
         if value == nil then value = USUAL[name] end
         if name == "flow_id" and value == nil then value = ("%032x"):format(n) end
         values[i] = value or nil
      end
      assert(insert:run(unpack(values, 1, #columns)))
   end
   insert:close()
   assert(base:commit())
   base:close()
   return path
end

-- The exchanges of a database, as weir read prints them, decoded; what it said; and its exit code.
function recorder.read(path, options)
   local out, err, code = try.weir(("read -r %s -T json --only exchange %s"):format(path,
      options or ""))
   local list = {}
   for i, line in ipairs(try.lines(out)) do list[i] = require "cjson".decode(line) end
   return list, err, code
end

-- The one exchange of a database of one row.
function recorder.told(row, options)
   local path = recorder.make { row }
   local list = recorder.read(path, options)
   os.remove(path)
   assert(#list == 1, #list .. " exchanges")
   return list[1].exchange, list[1]
end

return recorder

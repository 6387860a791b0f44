-- Builds databases of exchanges as Stratosphere's recorder leaves them: its three tables, headers
-- of one name as one value, times of a zone that nobody names, bodies without their compression
-- though the header that tells of it stays.
--
--    base.write("x.db", { { url = "https://www.example.org/", type = "text/html", body = "…" } })

local db     = require "weir.db"
local digest = require "weir.digest"

local base = {}

local FLOWS = [[CREATE TABLE flows (
	flow_id VARCHAR NOT NULL,
	flow_index INTEGER NOT NULL,
	flow_request_host VARCHAR NOT NULL,
	flow_request_port INTEGER NOT NULL,
	flow_request_method VARCHAR NOT NULL,
	flow_request_pretty_url VARCHAR NOT NULL,
	flow_request_url VARCHAR NOT NULL,
	flow_request_http_version VARCHAR NOT NULL,
	flow_request_headers VARCHAR NOT NULL,
	flow_request_headers_content_type VARCHAR,
	flow_request_content BLOB,
	flow_request_timestamp_start DATETIME NOT NULL,
	flow_response_status_code INTEGER NOT NULL,
	flow_response_http_version VARCHAR NOT NULL,
	flow_response_headers VARCHAR NOT NULL,
	flow_response_headers_content_type VARCHAR,
	flow_response_content BLOB,
	flow_response_timestamp_start DATETIME NOT NULL,
	flow_capture_timestamp DATETIME,
	PRIMARY KEY (flow_id)
)]]

local OTHERS = [[CREATE TABLE entities (
	id VARCHAR NOT NULL,
	type VARCHAR NOT NULL,
	data VARCHAR,
	blob BLOB,
	ts DATETIME NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE relationships (
	id VARCHAR NOT NULL,
	type VARCHAR NOT NULL,
	src VARCHAR NOT NULL,
	dst VARCHAR NOT NULL,
	data VARCHAR,
	blob BLOB,
	ts DATETIME NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO entities VALUES (printf('%032d', 0), 'null', NULL, NULL, '2026-01-01 12:00:00.000000');
INSERT INTO relationships VALUES (printf('%032d', 0), 'null', printf('%032d', 0),
	printf('%032d', 0), NULL, NULL, '2026-01-01 12:00:00.000000');]]

local function json(s) return '"' .. s:gsub('[\\"]', "\\%0") .. '"' end

-- { { "name", "value" }, … } as an object, in that order.
local function headers(list)
   local parts = {}
   for i, header in ipairs(list) do parts[i] = json(header[1]) .. ": " .. json(header[2]) end
   return "{" .. table.concat(parts, ", ") .. "}"
end

-- Adds headers that most messages have before those that an entry names.
local function with(list, name, value)
   if value then table.insert(list, 1, { name, value }) end
   return list
end

local function moment(ms)
   return ("2026-01-01 12:%02d:%02d.%06d"):format(ms / 60000, ms / 1000 % 60, ms % 1000 * 1000)
end

-- The id of row number `n` of the sample of that name: always the same, and nobody else's, since
-- several samples may go into one database.
local function id(name, n, is_old)
   local hex = digest.md5(name .. " " .. n)
   local text = ("%s-%s-4%s-8%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16),
      hex:sub(18, 20), hex:sub(21))
   return is_old and text:gsub("-", "") or text
end

-- What stands in the row of an entry, which is `called` so and comes `ms` after noon.
local function row(entry, called, ms)
   local host = entry.url:match "^https?://([^/]+)"
   local sent, came = entry.sent or {}, entry.came or {}
   local body, length = entry.body or "", entry.packed or #(entry.body or "")
   with(came, "content-length", tostring(length))
   with(came, "content-encoding", entry.packed and "gzip")
   with(came, "content-type", entry.type)
   with(sent, "content-type", entry.sends)
   with(sent, "user-agent", "Example/1.0")
   return {
      called, 0, host, 443, entry.method or "GET", entry.url, entry.url, "HTTP/2.0",
      headers(sent), entry.sends, db.blob(entry.form or ""), moment(ms),
      entry.status or 200, "HTTP/2.0", headers(came), entry.type, db.blob(body), moment(ms + 40),
      moment(ms + 45),
   }
end

-- Writes a database.  Entries: url method status type body (decoded), packed (how many bytes it
-- was when it came compressed), sends and form (of the request), sent and came (headers, each
-- { name, value }).  is_old: ids as earlier versions made them, without dashes.
function base.write(path, entries, is_old)
   os.remove(path)
   local made = assert(db.open(path, { mode = "create" }))
   assert(made:run "PRAGMA journal_mode = DELETE")
   assert(made:run(FLOWS))
   assert(made:run(OTHERS))
   local insert = assert(made:query("INSERT INTO flows VALUES (" .. ("?, "):rep(18) .. "?)"))
   local name = path:match "[^/]*$"
   for n, entry in ipairs(entries) do
      local values = row(entry, (id(name, n, is_old)), n * 700)
      assert(insert:run(unpack(values, 1, 19)))
   end
   insert:close()
   made:close()
end

return base

-- Whole requests of HTTP with their whole responses.  Whatever has exchanges makes this record:
-- captures, proxies, databases.  It is large, and so only made for those who ask for it.
--
-- `columns` is how it stands in a table: what is read from databases of exchanges, and what is
-- written to them.

local pairs_of = require "weir.schema.pairs"
local said     = require "weir.schema.said"

local REQUEST, RESPONSE = { "HTTP_REQUEST" }, { "HTTP_RESPONSE" }

local function spots()
   return {
      kind = "spot", struct = "weir_spot", records = "spots",
      { name = "offset", doc = "of a packet's header in its file" },
      hidden = {},
   }
end

-- The fields of one message: those that both have, by the same names.
local function message(which, needs)
   local function field(name, about)
      about.name, about.needs = which .. "_" .. name, needs
      return about
   end
   return {
      field("start", {
         member = which .. "_start_ns", skip_zero = true, doc = "its first packet, UTC",
      }),
      field("end", {
         member = which .. "_end_ns", skip_zero = true, doc = "its last packet, UTC",
      }),
      field("version", { skip_zero = true, doc = "HTTP/1.1, HTTP/2, …" }),
      field("headers", {
         as = "table", rows = pairs_of(), doc = "in order, repeated ones too",
      }),
      field("trailers", {
         as = "table", rows = pairs_of(), skip_zero = true, doc = "headers behind the body",
      }),
      field("content_type", { skip_zero = true, doc = "with its parameters" }),
      field("encoding", {
         skip_zero = true, doc = "what its body was compressed with; that is taken off",
      }),
      field("charset", { skip_zero = true, doc = "of its text before that became UTF-8" }),
      field("body", { skip_zero = true, bulky = true, doc = "decoded; a text in UTF-8" }),
      field("body_raw", {
         skip_zero = true, bulky = true,
         doc = "decoded, in its own charset, when that is not UTF-8",
      }),
      field("bytes", { doc = "of the body, as they came" }),
      field("size", { doc = "bytes of the body once decoded" }),
      field("missing", { skip_zero = true, doc = "bytes of the body that were not seen" }),
      field("truncated", {
         as = "boolean", skip_zero = true,
         doc = "it ended early, bytes are missing, or it is longer than what is kept",
      }),
      field("error", { skip_zero = true, doc = "why its body could not be decoded to the end" }),
      field("first_packet", { skip_zero = true, doc = "its number in the source, from 1" }),
      field("last_packet", { skip_zero = true, doc = "its number in the source" }),
      field("offsets", {
         as = "series", rows = spots(), skip_zero = true,
         doc = "where in the file its packets are",
      }),
   }
end

-- A column: its name, its type, what it tells of what (weir.h: enum weir_sample_part, and whose
-- message), and the field that is written there; without a part it is only written.
local function column(name, type, part, of, field)
   return { name = name, type = type, part = part, of = of, field = field }
end

-- Those of Stratosphere's table `flows`, all of them and in its order.  There most must not be
-- NULL; here there are requests without a response.
local columns = {
   column("flow_id", "VARCHAR NOT NULL", "ID", "NEITHER", "row_id"),
   column("flow_index", "INTEGER NOT NULL"),
   column("flow_request_host", "VARCHAR NOT NULL", "HOST", "NEITHER", "hostname"),
   column("flow_request_port", "INTEGER NOT NULL", "PORT", "NEITHER", "dest_port"),
   column("flow_request_method", "VARCHAR", "METHOD", "NEITHER", "method"),
   column("flow_request_pretty_url", "VARCHAR", "URL", "NEITHER", "url"),
   column("flow_request_url", "VARCHAR", "URL", "NEITHER", "url"),
}

-- The columns of one message that both have, by the same names.
local function message_columns(which)
   local of, prefix = which:upper(), "flow_" .. which
   local function add(name, type, part, field)
      columns[#columns + 1] = column(prefix .. name, type, part, of, which .. field)
   end
   add("_http_version", "VARCHAR", "VERSION", "_version")
   add("_headers", "VARCHAR", "FOLDED", "_headers")
   add("_headers_content_type", "VARCHAR", "TYPE", "_content_type")
   add("_content", "BLOB", "BODY", "_body")
   add("_timestamp_start", "DATETIME", "START", "_start")
end

message_columns "request"
columns[#columns + 1] =
   column("flow_response_status_code", "INTEGER", "STATUS", "NEITHER", "status")
message_columns "response"
columns[#columns + 1] =
   column("flow_capture_timestamp", "DATETIME", "WHEN", "NEITHER", "timestamp")

-- Ours, to the right of them: what they have no room for, each by its field's name.
local function ours(name, type, part, of)
   columns[#columns + 1] = column(name, type, part, of or "NEITHER", name)
end

ours("timestamp", "INTEGER", "WHEN_NS")                  -- nanoseconds since 1970, as all of ours
ours("src_ip", "TEXT", "SRC_IP")
ours("src_port", "INTEGER", "SRC_PORT")
ours("dest_ip", "TEXT", "DEST_IP")
ours("src_mac", "TEXT", "SRC_MAC")
ours("dest_mac", "TEXT", "DEST_MAC")
ours("vlan", "TEXT", "VLAN")
ours("hostname", "TEXT", "HOSTNAME")
columns[#columns + 1] = column("connection", "INTEGER", "CONNECTION", "NEITHER", "flow_id")
ours("tx_id", "INTEGER", "TX_ID")
ours("stream_id", "INTEGER", "STREAM_ID")
ours("response_reason", "TEXT", "REASON")
ours("ambiguous", "INTEGER", "AMBIGUOUS")
for _, which in ipairs { "request", "response" } do
   for _, own in ipairs {
      { "start", "INTEGER", "START_NS" }, { "end", "INTEGER", "END_NS" },
      { "headers", "TEXT", "HEADERS" }, { "trailers", "TEXT", "TRAILERS" },
      { "encoding", "TEXT", "ENCODING" }, { "bytes", "INTEGER", "BYTES" },
      { "missing", "INTEGER", "MISSING" }, { "truncated", "INTEGER", "TRUNCATED" },
      { "error", "TEXT", "ERROR" },
      -- where it was: in a capture, not in the database
      { "first_packet", "INTEGER" }, { "last_packet", "INTEGER" }, { "offsets", "TEXT" },
   } do
      ours(which .. "_" .. own[1], own[2], own[3], which:upper())
   end
end
ours("pcap_cnt", "INTEGER")
ours("pcap_filename", "TEXT")

local kind = {
   kind = "exchange", columns = columns, records = "exchange", quiet = true,
   at_times = { src_port = true },
   whom = "hostname",
   about = {
      "{method} {url}", { ": {status} {response_reason}", ": {status}" },
      " {response_content_type}",
   },

   { name = "row_id", skip_zero = true, doc = "of its row, in the database that it is from" },
   { name = "tx_id", doc = "number among those on its connection, from 0" },
   { name = "stream_id", needs = { "HTTP_STREAM" }, doc = "its stream of HTTP/2" },
   { name = "method", skip_zero = true, doc = "GET, POST, …", aliases = { "http_method" } },
   { name = "url", skip_zero = true, doc = "what was asked for, with scheme and host" },
   { name = "hostname", skip_zero = true, doc = "whom it asks, without the port",
     aliases = { "host" } },
   { name = "status", needs = RESPONSE, doc = "the response's number",
     aliases = { "status_code" } },
   { name = "response_reason", member = "reason", skip_zero = true,
     doc = "and what it says to it" },
   { name = "ambiguous", as = "boolean", skip_zero = true,
     doc = "it says its length in ways that contradict: parts may read it differently" },
   { name = "offsets_truncated", as = "boolean", skip_zero = true,
     doc = "there are more packets than offsets" },

   hidden = { unused = true },
}
for _, field in ipairs(message("request", REQUEST)) do kind[#kind + 1] = field end
for _, field in ipairs(message("response", RESPONSE)) do kind[#kind + 1] = field end
return said(kind)

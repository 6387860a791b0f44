-- Whole requests of HTTP with their whole responses.  Whatever has exchanges makes this record:
-- captures, proxies, files.  It is large, and so only made for those who ask for it.
--
-- `column` is the name of a field in Stratosphere's table `flows`; `columns` has those that are
-- made of more than one field.

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
   local column = "flow_" .. which
   return {
      field("start", {
         member = which .. "_start_ns", doc = "its first packet, UTC",
         column = column .. "_timestamp_start",
      }),
      field("end", { member = which .. "_end_ns", doc = "its last packet, UTC" }),
      field("version", { skip_zero = true, doc = "HTTP/1.1, HTTP/2, …",
         column = column .. "_http_version" }),
      field("headers", {
         as = "table", rows = pairs_of(), doc = "in order, repeated ones too",
         column = column .. "_headers",
      }),
      field("trailers", {
         as = "table", rows = pairs_of(), skip_zero = true, doc = "headers behind the body",
      }),
      field("content_type", {
         skip_zero = true, doc = "with its parameters",
         column = column .. "_headers_content_type",
      }),
      field("encoding", {
         skip_zero = true, doc = "what its body was compressed with; that is taken off",
      }),
      field("charset", { skip_zero = true, doc = "of its text before that became UTF-8" }),
      field("body", {
         skip_zero = true, doc = "decoded; a text in UTF-8", column = column .. "_content",
      }),
      field("body_raw", {
         skip_zero = true, doc = "decoded, in its own charset, when that is not UTF-8",
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

local kind = {
   kind = "exchange", records = "exchange", quiet = true,
   about = { "{method} {url}", ": {status} {response_reason}", " {response_content_type}" },
   columns = {
      flow_request_host = { "hostname", "dest_ip" },          -- the first that there is
      flow_request_port = { "dest_port" },
      flow_request_url  = { "url" },                          -- with the address when that is known
      flow_capture_timestamp = { "timestamp" },
   },

   { name = "tx_id", doc = "number among those on its connection, from 0" },
   { name = "stream_id", needs = { "HTTP_STREAM" }, doc = "its stream of HTTP/2" },
   { name = "method", skip_zero = true, doc = "GET, POST, …", aliases = { "http_method" },
     column = "flow_request_method" },
   { name = "url", skip_zero = true, doc = "what was asked for, with scheme and host",
     column = "flow_request_pretty_url" },
   { name = "hostname", skip_zero = true, doc = "whom it asks, without the port",
     aliases = { "host" } },
   { name = "status", needs = RESPONSE, doc = "the response's number",
     aliases = { "status_code" }, column = "flow_response_status_code" },
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

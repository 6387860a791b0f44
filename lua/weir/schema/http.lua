-- Requests of HTTP with their responses, in short: the names are those of eve.json.

local pairs_of = require "weir.schema.pairs"
local said     = require "weir.schema.said"

local REQUEST, RESPONSE = { "HTTP_REQUEST" }, { "HTTP_RESPONSE" }

return said {
   kind = "http", records = "http", at_times = { src_port = true },
   whom = "hostname",
   about = { "{http_method} ", "{hostname}", "{url}", ": {status}", " {http_content_type}" },

   { name = "tx_id", doc = "number among those on its connection, from 0" },
   { name = "hostname", skip_zero = true, doc = "whom it asks, without the port",
     aliases = { "host", "http.host" } },
   { name = "http_port", needs = { "HTTP_PORT" }, doc = "the port that it names" },
   { name = "url", skip_zero = true, doc = "what it asks for, as it was sent",
     aliases = { "uri", "http.request.uri" } },
   { name = "http_user_agent", skip_zero = true, doc = "what asks",
     aliases = { "user_agent", "http.user_agent" } },
   { name = "xff", skip_zero = true, doc = "X-Forwarded-For: who asked a proxy",
     aliases = { "http.x_forwarded_for" } },
   { name = "http_content_type", skip_zero = true, doc = "of the response, without parameters",
     aliases = { "resp_mime_types", "http.content_type" } },
   { name = "http_refer", skip_zero = true, doc = "the page that led there",
     aliases = { "referrer", "http.referer" } },
   { name = "http_method", skip_zero = true, doc = "GET, POST, …",
     aliases = { "method", "http.request.method" } },
   { name = "http_protocol", label = "protocol", skip_zero = true, doc = "HTTP/1.1, HTTP/2, …",
     aliases = { "version", "http.request.version" } },
   { name = "status", needs = RESPONSE, doc = "the response's number",
     aliases = { "status_code", "http.response.code" } },
   { name = "redirect", skip_zero = true, doc = "where it sends to" },
   { name = "request_length", needs = REQUEST, skip_zero = true,
     doc = "bytes of the request's body, as they were sent", aliases = { "request_body_len" } },
   { name = "length", needs = RESPONSE, doc = "bytes of the response's body, as they were sent",
     aliases = { "response_body_len" } },
   { name = "ambiguous", as = "boolean", skip_zero = true,
     doc = "it says its length in ways that contradict: parts may read it differently" },
   { name = "incomplete", as = "boolean", skip_zero = true,
     doc = "some of it was not seen, or never came" },
   { name = "stream_id", needs = { "HTTP_STREAM" }, inside = { "http2", "stream_id" },
     doc = "its stream of HTTP/2" },
   { name = "request_headers", as = "table", rows = pairs_of(), skip_zero = true,
     doc = "in order, repeated ones too" },
   { name = "response_headers", as = "table", rows = pairs_of(), skip_zero = true,
     doc = "in order, repeated ones too" },

   hidden = { unused = true },
}

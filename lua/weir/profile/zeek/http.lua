-- http.log: a row for each request with its response.  Lengths are those of bodies as they were
-- sent, and credentials are not looked for.

local convert = require "weir.profile.zeek.convert"

local function version(r) return r.http_protocol and r.http_protocol:match "^HTTP/(.*)$" end
local function proxied(r) return r.xff and { "X-FORWARDED-FOR -> " .. r.xff } end

local function origin(r)
   for _, header in ipairs(r.request_headers) do
      if header.name:lower() == "origin" then return header.value end
   end
end

local function mime_types(r) return r.http_content_type and { r.http_content_type } end

return convert.log({ path = "http", kinds = { "http" } }, convert.columns(), {
   { "trans_depth", "count", function (r) return r.tx_id + 1 end },
   { "method", "string", "http_method" }, { "host", "string", "hostname" },
   { "uri", "string", "url" }, { "referrer", "string", "http_refer" },
   { "version", "string", version }, { "user_agent", "string", "http_user_agent" },
   { "origin", "string", origin },
   { "request_body_len", "count", function (r) return r.request_length or 0 end },
   { "response_body_len", "count", function (r) return r.length or 0 end },
   { "status_code", "count", "status" }, { "status_msg", "string" }, { "info_code", "count" },
   { "info_msg", "string" }, { "tags", "set[enum]", function () return {} end },
   { "username", "string" }, { "password", "string" }, { "proxied", "set[string]", proxied },
   { "orig_fuids", "vector[string]" }, { "orig_filenames", "vector[string]" },
   { "orig_mime_types", "vector[string]" }, { "resp_fuids", "vector[string]" },
   { "resp_filenames", "vector[string]" }, { "resp_mime_types", "vector[string]", mime_types },
})

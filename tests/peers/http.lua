-- Weir's requests and responses of HTTP against tshark's, message by message.
--
--    build/weir lua tests/peers/http.lua [--show N] [--least FRACTION] CAPTURE|FOLDER…
--
-- Of HTTP/1: a request is its ports, method, URI and host; a response its ports, number and
-- Content-Length; interim responses (100) count for neither.  Prints how many of tshark's messages
-- Weir has, too, and how many of Weir's tshark has.  --show prints the first N that one of them
-- lacks.  Exit 1 when less than FRACTION (0.98) of tshark's are there.

local dissector = require "dissector"
local weir      = require "weir"

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }
local function plain(s)
   return (s:gsub("&#x(%x%x);", function (hex) return string.char(tonumber(hex, 16)) end)
      :gsub("&(%a+);", ENTITIES))
end

local function request(from, to, method, uri, host)
   return ("%s>%s %s %s %s"):format(from, to, method, uri or "", (host or ""):lower())
end

local function response(from, to, status, length)
   return ("%s>%s %d %s"):format(from, to, status, length or "-")
end

-- ---- what tshark says -------------------------------------------------------------------

local ARGUMENTS = "-o tcp.reassemble_out_of_order:TRUE -T pdml -J 'http tcp' " ..
   "-Y 'http && tcp && !tcp.analysis.fast_retransmission'"

local WANTED = {
   ["http.request.method"] = "method", ["http.request.uri"] = "uri", ["http.host"] = "host",
   ["http.response.code"] = "status", ["http.content_length_header"] = "length",
}

local function add(list, message)
   if message then list[message] = (list[message] or 0) + 1 end
end

local function message_of(from, to, found)
   if found.method then return request(from, to, found.method, found.uri, found.host) end
   local status = tonumber(found.status)
   if status and (status >= 200 or status == 101) then
      return response(from, to, status, found.length and found.length:match "%d+")
   end
end

-- Counts of messages, by how they look.
local function said_by_tshark(path)
   local list, from, to, found = {}, nil, nil, nil
   local function finish()
      if found then add(list, message_of(from, to, found)) end
      found = nil
   end
   for line in dissector.lines(path, ARGUMENTS) do
      local proto = line:match '^  <proto name="([%w.]+)"'
      local field, show = line:match '<field name="([%w._]+)".- show="([^"]*)"'
      if proto then finish() end
      if proto == "http" then found = {} end
      if field == "tcp.srcport" then from = show end
      if field == "tcp.dstport" then to = show end
      local name = found and WANTED[field]
      if name then found[name] = found[name] or plain(show) end
   end
   finish()
   return list
end

-- ---- what Weir says -----------------------------------------------------------------------

local function header(list, name)
   for _, row in ipairs(list) do
      if row.name and row.name:lower() == name then return row.value or "" end
   end
end

local function said_by_weir(path)
   local list = {}
   local capture = weir.open(path, { protocols = { "http" }, packets = false })
   for batch in capture and capture:batches() or function () end do
      for i = 0, batch.http_count - 1 do
         local r = batch.http[i]
         local is_one = not r.stream_id
         if is_one and r.http_method then
            add(list, request(r.src_port, r.dest_port, r.http_method, r.url,
               header(r.request_headers, "host")))
         end
         if is_one and r.status then
            local length = header(r.response_headers, "content-length")
            add(list, response(r.dest_port, r.src_port, r.status, length and length:match "%d+"))
         end
      end
   end
   return list
end

-- ---- both -------------------------------------------------------------------------------------

local command = dissector.asked(arg, 0.98)
local show = command.show

local function lacking(path, have, lack, who, total)
   for message, count in pairs(have) do
      local both = math.min(count, lack[message] or 0)
      total.all, total.both = total.all + count, total.both + both
      if both < count and show > 0 then
         show = show - 1
         print(("%s lacks %d of %d: %s in %s"):format(who, count - both, count, message, path))
      end
   end
end

local tshark, ours = { all = 0, both = 0 }, { all = 0, both = 0 }
for _, path in ipairs(command.paths) do
   local theirs, weirs = said_by_tshark(path), said_by_weir(path)
   lacking(path, theirs, weirs, "weir", tshark)
   lacking(path, weirs, theirs, "tshark", ours)
end
local function share(t) return t.all > 0 and t.both / t.all or 1 end
local function tell(what, t)
   print(("%s: %.4f (%d/%d)"):format(what, share(t), t.both, t.all))
end
tell("tshark's messages that weir has", tshark)
tell("weir's messages that tshark has", ours)
os.exit(share(tshark) >= command.least and 0 or 1, true)

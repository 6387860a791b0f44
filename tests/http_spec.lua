-- HTTP: what is told of requests and responses, whole, broken and hostile.

package.path = "samples/?.lua;" .. package.path

local cjson = require "cjson"
local file  = require "file"
local frame = require "frame"
local hello = require "hello"
local talk  = require "talk"
local try   = require "try"
local weir  = require "weir"

-- The records of a kind in a capture, as tables: { http = …, src_port = …, … }.
local function records(kind, path, options)
   local found = {}
   local out, why, code = try.weir(("read -q -r %s -T json --only %s %s"):format(path, kind,
      options or ""))
   assert.equal(0, code, why)
   for i, line in ipairs(try.lines(out)) do found[i] = cjson.decode(line) end
   return found
end

-- A connection: "> …" of the client, "< …" of the server, or { "< …", seq = … } with a number of
-- its own.
local function capture(conversation)
   local say = talk.tcp { port = 40200 }
   local frames = { say ">S", say "<SA", say ">A" }
   for _, said in ipairs(conversation) do
      local text, seq = said, nil
      if type(said) == "table" then text, seq = said[1], said.seq end
      for at = 3, #text, 1400 do
         frames[#frames + 1] = say(text:sub(1, 1) .. "PA",
            { data = text:sub(at, at + 1399), seq = seq })
      end
   end
   if conversation.ends ~= false then
      frames[#frames + 1] = say "<FA"
      frames[#frames + 1] = say ">FA"
   end
   return try.file(file.pcap(frames), ".pcap")
end

-- What is told of a conversation.
local function told(kind, conversation)
   local path = capture(conversation)
   local found = records(kind, path)
   os.remove(path)
   for i, record in ipairs(found) do found[i] = record[kind] end
   return found
end

local GET = "> GET / HTTP/1.1\r\nHost: a\r\n\r\n"

local function ok(body, more)
   return ("< HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s"):format(more or "", #body, body)
end

-- Frames of HTTP/2, and headers in them as they are.
local HEADERS, DATA, RESET, SETTINGS = 1, 0, 3, 4

local function h2(type, flags, stream, payload)
   return frame.u32(#payload):sub(2) .. frame.u8(type, flags) .. frame.u32(stream) .. payload
end

local function field(name, value)
   return "\0" .. frame.u8(#name) .. name .. frame.u8(#value) .. value
end

local PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" .. h2(SETTINGS, 0, 0, "")

local function asks(stream, path)
   return h2(HEADERS, 5, stream, field(":method", "GET") .. field(":path", path) ..
      field(":scheme", "http") .. field(":authority", "a"))
end

-- What the records of a capture are when it is read in batches of at most `most` packets.
local function in_batches(path, most)
   local from = assert(weir.open(path, { protocols = { "exchange" }, packets = false }))
   local list = {}
   for batch in function () return from:read(most) end do
      for i = 0, batch.exchange_count - 1 do
         local x = batch.exchange[i]
         list[#list + 1] = table.concat({
            x.url or "", x.status or 0, x.response_body or "", x.response_bytes or 0, x.time,
            #(x.request_headers or {}), #(x.response_offsets or {}), tostring(x.response_truncated),
         }, "|")
      end
   end
   return list
end

describe("HTTP", function ()
   for _, name in ipairs { "http.pcap", "http2.pcap", "http-midway.pcap" } do
      it("is told of " .. name .. " as ever", function ()
         local out = try.weir(("read -q -r samples/%s -T json --only http,exchange"):format(name))
         assert.equal(try.contents("tests/golden/" .. name .. ".http.jsonl"), out)
         assert.falsy(out:find "secret")
         assert.falsy(out:find "c2VjcmV0")
      end)

      it("is the same of " .. name .. " wherever batches are cut", function ()
         local path = "samples/" .. name
         local whole = in_batches(path, 1024)
         assert(#whole > 1)
         assert.same(whole, in_batches(path, 1))
         assert.same(whole, in_batches(path, 7))
      end)
   end

   it("is decoded whatever it is compressed with", function ()
      local page = "<!doctype html><title>A sample</title><p>Hello.</p>\n"
      local seen = {}
      for _, record in ipairs(records("exchange", "samples/http.pcap")) do
         local x = record.exchange
         if x.response_encoding then
            assert.equal(page, x.response_body)
            seen[x.response_encoding] = true
         end
      end
      assert.same({ gzip = true, br = true, zstd = true, deflate = true, ["gzip, br"] = true },
         seen)
   end)

   it("is decoded whatever it was packed in on its way", function ()
      local page = ("Hello. "):rep(9)
      local gzip = try.run(("printf '%s' | gzip -9"):format(page))
      local twice = try.run(("printf '%s' | gzip -9 | gzip -9"):format(page))
      local chunks = ("%x\r\n%s\r\n0\r\n\r\n"):format(#gzip, gzip)
      for i, case in ipairs {
         { "Transfer-Encoding: gzip, chunked\r\n", chunks, "gzip" },
         { "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunks, "gzip" },
         { "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", chunks, "gzip" },
         { "Transfer-Encoding: gzip\r\n", gzip, "gzip" },
         { "Transfer-Encoding: gzip, chunked\r\nContent-Encoding: gzip\r\n",
            ("%x\r\n%s\r\n0\r\n\r\n"):format(#twice, twice), "gzip, gzip" },
      } do
         local x = told("exchange", {
            GET,
            "< HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" .. case[1] .. "\r\n" .. case[2],
         })[1]
         assert.same({ page, case[3] }, { x.response_body, x.response_encoding }, i)
         assert.falsy(x.response_error)
      end
   end)

   it("makes whole exchanges for those alone who ask for them", function ()
      local out = try.weir "read -q -r samples/http.pcap -T json"
      assert.truthy(out:find '"event_type":"http"')
      assert.falsy(out:find '"event_type":"exchange"')
      local from = weir.open("samples/http.pcap", { protocols = true })
      for batch in from:batches() do assert.equal(0, batch.exchange_count) end
   end)

   it("is heard behind empty lines", function ()
      local found = told("http", { "> \r\n", "> \r\n" .. GET:sub(3), "< \r\n" .. ok("a"):sub(3) })
      assert.same({ "GET", 200, 1 }, { found[1].http_method, found[1].status, #found })
      assert.equal(0, #told("http", { "> \r\n", "> INVITE sip:a SIP/2.0\r\n\r\n" }))
   end)

   it("gives way to TLS when both agree on that", function ()
      local path = capture {
         "> OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n" ..
            "Upgrade: TLS/1.2, TLS/1.0\r\n\r\n",
         "< HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" ..
            "Upgrade: TLS/1.2, HTTP/1.1\r\n\r\n",
         "> " .. hello.record(22, hello.client { extensions = { hello.sni "b.example.org" } }),
         "< " .. hello.record(22, hello.server {}),
      }
      assert.equal("b.example.org", records("tls", path)[1].tls.sni)
      assert.equal(101, records("http", path)[1].http.status)
      os.remove(path)
   end)

   it("is not looked for when nobody wants it", function ()
      local from = weir.open("samples/http.pcap", { protocols = { "dns" } })
      for batch in from:batches() do
         assert.same({ 0, 0 }, { batch.http_count, batch.words_size > 1 and 1 or 0 })
      end
   end)

   it("names who asks as the source, whoever is seen first", function ()
      local first = records("http", "samples/http-midway.pcap")[1]
      assert.same({ 40120, 80, "/next" }, { first.src_port, first.dest_port, first.http.url })
   end)

   it("becomes text in UTF-8, with the original kept", function ()
      local function body(type, bytes)
         return told("exchange", { GET, ok(bytes, "Content-Type: " .. type .. "\r\n") })[1]
      end
      local x = body("text/plain; charset=windows-1251", "\207\240\232")
      assert.same({ "При", "windows-1251", "z/Do" },
         { x.response_body, x.response_charset, x.response_body_raw_b64 })
      assert.equal("日", body("text/plain; charset=Shift_JIS", "\147\250").response_body)
      assert.equal("中", body("text/html; charset=\"gbk\"", "\214\208").response_body)
      assert.equal("é", body("text/css", "\233").response_body)
      assert.equal("a\239\191\189b", body("text/css; charset=utf-8", "a\255b").response_body)
      x = body("text/plain", "\255\254a\0b\0")
      assert.same({ "ab", "utf-16le" }, { x.response_body, x.response_charset })
      assert.equal("/wA=", body("image/png", "\255\0").response_body_b64)
      assert.equal("ok", body("text/html; charset=../../x", "ok").response_body)
   end)

   it("keeps what came before a coding breaks, and says so", function ()
      local x = told("exchange", { GET, ok("\31\139\8\0\0\0\0\0\2\3\203\72\205",
         "Content-Encoding: gzip\r\n") })[1]
      assert.same({ "gzip: ends early", "he", true },
         { x.response_error, x.response_body, x.response_truncated })
      x = told("exchange", { GET, ok("plain", "Content-Encoding: gzip\r\n") })[1]
      assert.same({ "gzip: damaged", "plain" }, { x.response_error, x.response_body })
      x = told("exchange", { GET, ok("plain", "Content-Encoding: odd\r\n") })[1]
      assert.same({ "odd: unknown", "plain" }, { x.response_error, x.response_body })
   end)
end)

-- What is told of an exchange: its status, the names of its response's headers, its body, the
-- ordinals of the first packet of each message.
local function gist(x)
   local names = {}
   for i, header in ipairs(x.response_headers or {}) do names[i] = header.name end
   return { x.status, table.concat(names, " "), x.response_body, x.request_first_packet,
      x.response_first_packet }
end

describe("responses before the final one", function ()
   local CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n"
   local HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n" ..
      "Content-Length: 7\r\n\r\n"
   local POST = "> POST /form HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" ..
      "Content-Length: 3\r\n\r\n"

   it("are none of what an exchange tells", function ()
      local found = told("exchange", { GET, "< " .. HINTS, "< " .. HINTS, ok "page", GET, ok "2" })
      assert.equal(2, #found)
      assert.same({ 200, "Content-Length", "page", 4, 7 }, gist(found[1]))
      assert.same({ 200, "Content-Length", "2", 8, 9 }, gist(found[2]))
      assert.equal(200, told("http", { GET, "< " .. HINTS, ok "page" })[1].status)
   end)

   it("may come in one segment with it, or byte by byte", function ()
      local answer = ok "page":sub(3)
      local found = told("exchange", { GET .. GET:sub(3), "< " .. HINTS .. CONTINUE .. answer ..
         HINTS .. answer })
      assert.equal(2, #found)
      assert.same({ 200, "Content-Length", "page", 4, 5 }, gist(found[2]))
      local bytes = { GET }
      for byte in (HINTS .. answer):gmatch "." do bytes[#bytes + 1] = "< " .. byte end
      found = told("exchange", bytes)
      assert.equal(1, #found)
      assert.same({ 200, "Content-Length", "page", 4, 5 + #HINTS }, gist(found[1]))
   end)

   it("are what a body may wait for, which is of its request then", function ()
      for _, said in ipairs {
         { POST, "< " .. CONTINUE, "> a=1", ok "done" },
         { POST, "> a=1", "< " .. CONTINUE, ok "done" },
         { POST, "< " .. CONTINUE, "> a", "< " .. HINTS, "> =1", ok "done" },
      } do
         local found = told("exchange", said)
         assert.same({ 1, "a=1", 200, "done" },
            { #found, found[1].request_body, found[1].status, found[1].response_body })
         assert.is_nil(found[1].request_truncated)
      end
   end)

   it("are no response when there is no other", function ()
      for _, kind in ipairs { "http", "exchange" } do
         local found = told(kind, { GET, "< " .. HINTS })
         assert.equal(1, #found)
         assert.is_nil(found[1].status)
         assert.is_nil(found[1].response_headers)
      end
   end)

   it("are none of what an exchange of HTTP/2 tells", function ()
      local hints = h2(HEADERS, 4, 1, field(":status", "103") .. field("link", "</a.css>"))
      local go_on = h2(HEADERS, 4, 1, field(":status", "100"))
      local found = told("exchange", {
         "> " .. PREFACE, "< " .. h2(SETTINGS, 0, 0, ""),
         "> " .. h2(HEADERS, 4, 1, field(":method", "POST") .. field(":path", "/") ..
            field(":scheme", "http") .. field(":authority", "a")),
         "< " .. go_on, "> " .. h2(DATA, 1, 1, "a=1"), "< " .. hints, "< " .. hints,
         "< " .. h2(HEADERS, 4, 1, field(":status", "200") .. field("x", "y")),
         "< " .. h2(DATA, 1, 1, "done"),
      })
      assert.equal(1, #found)
      assert.same({ 200, "x", "done", 6, 11 }, gist(found[1]))
      assert.equal("a=1", found[1].request_body)
   end)
end)

describe("HTTP/2", function ()
   it("is heard of a server that says its settings first", function ()
      local found = told("http", {
         "< " .. h2(SETTINGS, 0, 0, frame.u16(1) .. frame.u32(4096)), "> " .. PREFACE,
         "> " .. asks(1, "/"), "< " .. h2(HEADERS, 5, 1, field(":status", "204")),
      })
      assert.same({ 204, "/", 1 }, { found[1].status, found[1].url, #found })
   end)

   it("tells of streams that are broken off once", function ()
      local found = told("http", {
         "> " .. PREFACE, "< " .. h2(SETTINGS, 0, 0, ""), "> " .. asks(1, "/one"),
         "> " .. h2(RESET, 0, 1, frame.u32(8)),
         "< " .. h2(HEADERS, 4, 1, field(":status", "200")), "< " .. h2(DATA, 1, 1, "late"),
         "> " .. asks(3, "/two"), "< " .. h2(HEADERS, 5, 3, field(":status", "204")),
      })
      assert.same({ "/one", nil, "/two", 204, 2 },
         { found[1].url, found[1].status, found[2].url, found[2].status, #found })
   end)

   it("knows whom CONNECT asks that has a path, as for web sockets", function ()
      local found = told("exchange", {
         "> " .. PREFACE, "< " .. h2(SETTINGS, 0, 0, ""),
         "> " .. h2(HEADERS, 4, 1, field(":method", "CONNECT") .. field(":protocol", "websocket") ..
            field(":scheme", "http") .. field(":path", "/ws") .. field(":authority", "a")),
         "< " .. h2(HEADERS, 4, 1, field(":status", "200")),
      })
      assert.same({ "http://a/ws", "a" }, { found[1].url, found[1].hostname })
   end)
end)

describe("hostile HTTP", function ()
   it("has bombs of each coding, which are cut", function ()
      local zeros = "head -c 64M /dev/zero | "
      local nested = frame.hex [[13006100c4ffffb9ddbfa19e4423a7d3f623215209d11a9e2012a268245b82d317
         0a9a96507bb001a751c090200fe417900d7488442e04fdc6e8e3cf89b41515f77a2afb5ff54f56e82bf118961f
         f1470138904e62fcd0be494214bb117207eb95ca48609162ca2aa010a181fa5c9067924cc482cc565337f3e566
         f2212c008b9163a81800]]
      for coding, bomb in pairs {
         gzip = try.run(zeros .. "gzip -9"), zstd = try.run(zeros .. "zstd -q"),
         ["gzip, gzip"] = try.run(zeros .. "gzip -9 | gzip -9"), ["br, br"] = nested,
      } do
         local how = ("Content-Encoding: %s\r\n"):format(coding)
         local x = told("exchange", { GET, ok(bomb, how) })[1]
         assert.equal(coding:match "^%w+" .. ": too long", x.response_error)
         assert.is_true(x.response_truncated)
         assert(x.response_size <= 4 * 2 ^ 20 and #x.response_body == x.response_size)
         how = ("Transfer-Encoding: %s, chunked\r\n"):format(coding)
         x = told("exchange", { GET, "< HTTP/1.1 200 OK\r\n" .. how ..
            ("\r\n%x\r\n%s\r\n0\r\n\r\n"):format(#bomb, bomb) })[1]
         assert.same({ coding:match "^%w+" .. ": too long", coding },
            { x.response_error, x.response_encoding })
      end
   end)

   it("has both lengths, which is said; chunks count", function ()
      local two = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"
      local h = told("http", {
         "> POST / HTTP/1.1\r\n" .. two .. "\r\n0\r\n\r\n", ok "a", GET, ok "bc",
      })
      assert.same({ true, 1, nil, 2 }, { h[1].ambiguous, h[1].length, h[2].ambiguous, h[2].length })
   end)

   it("has lengths that contradict, after which nothing is believed", function ()
      local h = told("http", {
         "> POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 40\r\n\r\n" ..
            "GET /smuggled HTTP/1.1\r\n\r\n", ok "a",
      })
      assert.equal(1, #h)
      assert.same({ "/", true, 200 }, { h[1].url, h[1].ambiguous, h[1].status })
      h = told("http", { GET, "< HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nall of it" })
      assert.same({ true, 9 }, { h[1].ambiguous, h[1].length })
      h = told("http", { GET, "< HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx" })
      assert.same({ nil, 1 }, { h[1].ambiguous, h[1].length })
   end)

   it("has more headers than anybody wants, and heads without an end", function ()
      local many = ("X: y\r\n"):rep(100000)
      local h = told("http", { "> GET / HTTP/1.1\r\n" .. many .. "\r\n", ok "a" })
      assert.same({ 1, 200 }, { #h, h[1].status })          -- the response of a request nobody saw
      h = told("http", { "> GET / HTTP/1.1\r\n" .. many:sub(1, 120000) .. "\r\n", ok "a" })
      assert.same({ "/", 200, 1024 }, { h[1].url, h[1].status, #h[1].request_headers })
      h = told("http", { "> GET /" .. ("a"):rep(300000) })
      assert.equal(0, #h)
      h = told("http", { GET, "< HTTP/1.1 200 OK\r\nX: " .. ("a"):rep(300000), ends = false })
      assert.same({ "/", nil, true }, { h[1].url, h[1].status, h[1].incomplete })
   end)

   it("has segments that overlap with other bytes: those that came first are told", function ()
      local h = told("http", {
         GET, { "< HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" },
         { "< HTTP/1.1 404 NO\r\nContent-Length: 9\r\n\r\n", seq = 70001 }, "< same",
      })
      assert.same({ 1, 200 }, { #h, h[1].status })
   end)

   it("has heads whose pieces come in any order: each is told of its own packets", function ()
      local first, second = "GET /a HTTP/1.1\r\nHo", "st: a\r\n\r\n"
      local at = 1001 + #first + #second
      local found = told("exchange", { "> " .. first,
         { "> " .. first, seq = at }, { "> " .. second, seq = 1001 + #first },
         { "> " .. second, seq = at + #first }, ok "1", ok "2", ends = false })
      assert.equal(2, #found)
      assert.same({ 2, 4, 6 }, { #found[1].request_offsets, found[1].request_first_packet,
         found[1].request_last_packet })
      assert.same({ 2, 5, 7 }, { #found[2].request_offsets, found[2].request_first_packet,
         found[2].request_last_packet })
   end)

   it("has chunks that are none, and a size that no one could send", function ()
      local head = "< HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      for _, size in ipairs { "ffffffffffffffffffff", "-1", "", "zz", (";"):rep(5000) } do
         local h = told("http", {
            GET, head .. "3\r\nabc\r\n" .. size .. "\r\nrest", GET, ok "next",
         })
         assert.same({ true, 3, 4 }, { h[1].incomplete, h[1].length, h[2].length })
      end
   end)

   it("has requests without end and no response: they are told, and few are kept", function ()
      local h = told("http", { "> " .. (GET:sub(3)):rep(2000) })
      assert.equal(2000, #h)
   end)

   it("has bytes that are no text, which stay as they are", function ()
      local path = capture { "> GET /\255 HTTP/1.1\r\nHost: a\r\nX: \254\r\n\r\n", ok "a" }
      local h = records("http", path)[1].http
      os.remove(path)
      assert.same({ nil, "L/8=", "/g==" },
         { h.url, h.url_b64, h.request_headers[2].value_b64 })
   end)
end)

-- Captures of HTTP, of all the ways in which messages begin, end and are compressed.

local frame = require "frame"
local talk  = require "talk"

local hypertext = {}

local hex, u8, u32 = frame.hex, frame.u8, frame.u32

-- A page, and what it is in each coding.
local PAGE = "<!doctype html><title>A sample</title><p>Hello.</p>\n"
local PACKED = {
   gzip = hex [[1f8b0800000000000203b3514cc94f2ea92c4855c828c9cdb1b329c92cc949b57354284ecc2dc849b5d1
      87f06d0aec3c527372f2f56cf40becb800ee1e88b134000000]],
   br = hex [[13330000c429e709055420aded76c3c021074e073b508001b56063ec0cf109ed1ea03d569f93b064fd559
      7e215]],
   zstd = hex [[28b52ffd0068a101003c21646f63747970652068746d6c3e3c7469746c653e412073616d706c653c2f74
      69746c653e3c703e48656c6c6f2e3c2f703e0a]],
   deflate = hex [[78dab3514cc94f2ea92c4855c828c9cdb1b329c92cc949b57354284ecc2dc849b5d187f06d0aec3c
      527372f2f56cf40becb800eb4b11e2]],
   ["gzip, br"] = hex [[0321801f8b0800000000000203b3514cc94f2ea92c4855c828c9cdb1b329c92cc949b5735428
      4ecc2dc849b5d187f06d0aec3c527372f2f56cf40becb800ee1e88b13400000003]],
}

local function get(path, more)
   return ("GET %s HTTP/1.1\r\nHost: www.example.org\r\n%s\r\n"):format(path, more or "")
end

local function ok(body, more)
   return ("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s"):format(more or "", #body, body)
end

local HTML = "Content-Type: text/html\r\n"

-- Conversations one after the other, each on a port of its own: arrays of "> text" of the client,
-- "< text" of the server, and frames as talk.tcp makes them.
local function connections(list)
   local frames = {}
   for i, conversation in ipairs(list) do
      local say = talk.tcp { port = 40100 + i }
      for _, what in ipairs { ">S", "<SA", ">A" } do frames[#frames + 1] = say(what) end
      for _, said in ipairs(conversation) do
         local way, data = said:match "^([<>]) (.*)$"
         if said:sub(1, 1) == "-" then                   -- it is lost, but acknowledged
            say("<PA", { data = said:sub(3) })
            frames[#frames + 1] = say ">A"
         else
            frames[#frames + 1] = say(way .. "PA", { data = data })
         end
      end
      frames[#frames + 1] = say ">FA"
      frames[#frames + 1] = say "<FA"
      frames[#frames + 1] = say ">A"
   end
   return frames
end

local function chunked(text)
   return ("%x;name=value\r\n%s\r\n"):format(#text, text)
end

local RUSSIAN = "<html><head><meta charset=\"windows-1251\"></head><body>" ..
   hex "cff0e8e2e5f2" .. "</body></html>"

hypertext["http.pcap"] = function ()
   local packed = PACKED.gzip
   local list = {
      { -- kept alive, with what nobody may see
         "> " .. get("/", "Cookie: session=secret; theme=dark\r\n" ..
            "Authorization: Basic c2VjcmV0\r\n"),
         "< " .. ok(PAGE, HTML .. "Set-Cookie: session=secret; Path=/\r\n"),
         "> " .. get("/again", "Referer: http://user:secret@www.example.org/\r\n"),
         "< HTTP/1.1 304 Not Modified\r\nContent-Length: 52\r\n\r\n",
         "> HEAD / HTTP/1.1\r\nHost: www.example.org:8080\r\n\r\n",
         "< HTTP/1.1 200 OK\r\nContent-Length: 52\r\n\r\n",
      },
      { -- two requests at once
         "> " .. get "/one" .. get "/two",
         "< " .. ok("first\n", "Content-Type: text/plain\r\n") ..
            ok("second\n", "Content-Type: text/plain\r\n"),
      },
      { -- in chunks, compressed, with a trailer; over several segments
         "> " .. get "/chunks",
         "< HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Enc",
         "< oding: gzip\r\n" .. HTML .. "\r\n" .. chunked(packed:sub(1, 20)),
         "< " .. chunked(packed:sub(21)) .. "0\r\nX-Sum: ",
         "< 52\r\n\r\n",
      },
      { "> " .. get "/br", "< " .. ok(PACKED.br, HTML .. "Content-Encoding: br\r\n") },
      { "> " .. get "/zstd", "< " .. ok(PACKED.zstd, HTML .. "Content-Encoding: zstd\r\n") },
      { "> " .. get "/both", "< " .. ok(PACKED["gzip, br"],
         HTML .. "Content-Encoding: gzip, br\r\n") },
      { "> " .. get "/raw", "< " .. ok(PACKED.deflate:sub(3, -5),
         HTML .. "Content-Encoding: deflate\r\n") },
      { -- a body that waits to be asked for, an answer that ends with the connection
         "> POST /form HTTP/1.1\r\nHost: www.example.org\r\nExpect: 100-continue\r\n" ..
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\n",
         "< HTTP/1.1 100 Continue\r\n\r\n", "> a=1&b=2",
         "< HTTP/1.0 302 Found\r\nLocation: /done\r\n\r\nmoved",
      },
      { "> " .. get "/russian", "< " .. ok(RUSSIAN, HTML) },
      { -- the middle of a body is lost; what follows is not
         "> " .. get "/gap", "< HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789",
         "- 0123456789", "< 0123456789",
         "> " .. get "/behind", "< " .. ok "behind\n",
      },
      { -- a tunnel through a proxy, and HTTP in it
         "> CONNECT inner.example.org:80 HTTP/1.1\r\nHost: inner.example.org:80\r\n\r\n",
         "< HTTP/1.1 200 Connection established\r\n\r\n",
         "> GET /inside HTTP/1.1\r\nHost: inner.example.org\r\n\r\n", "< " .. ok "inside\n",
      },
      { -- a proxy that is asked for a whole URL; lines without CR, a header of two lines
         "> GET http://www.example.org:81/proxy HTTP/1.1\nHost: www.example.org:81\n" ..
            "X-Long: a\n  b\n\n",
         "< HTTP/1.1 204 No Content\n\n",
      },
      { "> " .. get "/nobody" },
      { -- both lengths, and the wrong one first
         "> POST /both HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 3\r\n" ..
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "< " .. ok "",
      },
   }
   return connections(list)
end

-- ---- HTTP/2 -----------------------------------------------------------------------------------

local function h2(type, flags, stream, payload)
   return u32(#payload):sub(2) .. u8(type, flags) .. u32(stream) .. payload
end

-- Headers as HPACK has them without any art: each a literal, and not to be remembered.
local function plain(name, value) return "\0" .. u8(#name) .. name .. u8(#value) .. value end

local function remembered(name, value) return "\64" .. u8(#name) .. name .. u8(#value) .. value end

local HEADERS, DATA, SETTINGS, CONTINUATION, PROMISE, RESET = 1, 0, 4, 9, 5, 3
local GET, HTTP, OK = hex "82", hex "86", hex "88"                 -- of the static table
local FIRST = hex "be"                                  -- of what is remembered: the last

local function asks(path) return GET .. HTTP .. plain(":path", path) end

-- Two streams that take turns; headers in two frames, padding, trailers, a push, a reset.
local function streams()
   local host = remembered(":authority", "www.example.org")
   return {
      "> PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" .. h2(SETTINGS, 0, 0, ""),
      "< " .. h2(SETTINGS, 0, 0, ""),
      "> " .. h2(HEADERS, 5, 1, asks "/one" .. host) ..
         h2(HEADERS, 1, 3, asks "/two") .. h2(CONTINUATION, 4, 3, FIRST .. plain("cookie", "a=1")),
      "< " .. h2(HEADERS, 4, 1, OK .. plain("content-type", "text/plain")) ..
         h2(HEADERS, 4, 3, OK .. plain("content-encoding", "br") ..
            plain("content-type", "text/html")),
      "< " .. h2(DATA, 0, 1, "one ") .. h2(DATA, 0, 3, PACKED.br:sub(1, 20)),
      "< " .. h2(DATA, 8, 1, "\3two\0\0\0") .. h2(DATA, 1, 3, PACKED.br:sub(21)),
      "< " .. h2(PROMISE, 4, 1, u32(2) .. GET .. HTTP .. plain(":path", "/pushed") ..
         plain(":authority", "www.example.org")) ..
         h2(HEADERS, 5, 1, plain("x-sum", "7")),
      "< " .. h2(HEADERS, 4, 2, OK) .. h2(DATA, 1, 2, "pushed"),
      "> " .. h2(HEADERS, 5, 5, asks "/reset" .. FIRST), "< " .. h2(RESET, 0, 5, u32(8)),
   }
end

hypertext["http2.pcap"] = function ()
   local preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" .. h2(SETTINGS, 0, 0, "")
   return connections {
      streams(),
      { -- begun as HTTP/1
         "> " .. get("/upgrade", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"),
         "< HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" ..
            h2(SETTINGS, 0, 0, ""),
         "> " .. preface, "< " .. h2(HEADERS, 4, 1, OK) .. h2(DATA, 1, 1, "upgraded"),
      },
      { -- headers are lost: what would follow from them is not believed
         "> " .. preface, "< " .. h2(SETTINGS, 0, 0, ""),
         "> " .. h2(HEADERS, 5, 1, asks "/lost"), "- " .. h2(HEADERS, 5, 1, OK),
         "> " .. h2(HEADERS, 5, 3, asks "/after"), "< " .. h2(HEADERS, 5, 3, FIRST .. OK),
      },
   }
end

-- Which way round a capture may begin: in the middle of an answer.
hypertext["http-midway.pcap"] = function ()
   local say = talk.tcp { port = 40120 }
   return {
      say("<PA", { data = "the rest of a page</p>\n" }), say ">A",
      say(">PA", { data = get "/next" }), say("<PA", { data = ok(PAGE, HTML) }),
      say(">PA", { data = "GET /cut HTTP/1.1\r\nHost: www.example.org\r\nX-Cut: sh" }),
   }
end

return hypertext

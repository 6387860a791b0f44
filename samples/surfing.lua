-- What a browser asks for and gets, for databases of exchanges: a site with third parties, an API,
-- and pages in other charsets than UTF-8.  Nothing of it is anybody's.

local surfing = {}

local SITE, ADS = "https://www.example.org", "https://ads.example.net"
local FONTS = "https://cdn.example.com"
local HTML, JSON = "text/html; charset=utf-8", "application/json"

local function referred(by) return { { "referer", by } } end

local function page(title, body)
   return ("<!doctype html>\n<html lang=\"en\"><head><title>%s</title></head>\n<body>%s</body>"
      .. "</html>\n"):format(title, body)
end

local FRONT = page("The Example Gazette", [[

<link rel="stylesheet" href="https://cdn.example.com/paper.css">
<script src="https://ads.example.net/count.js"></script>
<h1>The Example Gazette</h1>
<p><a href="/weather">Rain, says the almanac</a> – it says so each week.</p>
<img src="https://ads.example.net/dot.gif?site=gazette&amp;user=u-7f3a" alt="">
]])

-- Two headers of a name are one value there, as the recorder has them.
function surfing.site()
   return {
      { url = "https://example.org/", status = 301, type = "text/html", body = "moved\n",
        came = { { "location", SITE .. "/" } } },
      { url = SITE .. "/", type = HTML, body = FRONT, packed = 291, came = {
        { "set-cookie", "session=q8s7; Path=/; HttpOnly, seen=1; "
           .. "Expires=Fri, 01 Jan 2027 12:00:00 GMT; Path=/" },
        { "x-frame-options", "DENY, SAMEORIGIN" }, { "vary", "accept-encoding, cookie" } } },
      { url = FONTS .. "/paper.css", type = "text/css", body = "h1 { font: bold 2em serif }\n",
        sent = referred(SITE .. "/"), came = { { "cache-control", "public, max-age=86400" } } },
      { url = ADS .. "/count.js", type = "text/javascript; charset=utf-8",
        body = "navigator.sendBeacon('https://ads.example.net/seen', location.href)\n",
        sent = referred(SITE .. "/") },
      { url = ADS .. "/dot.gif?site=gazette&user=u-7f3a", type = "image/gif", body =
        "GIF89a\1\0\1\0\128\0\0\0\0\0\255\255\255!\249\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        sent = referred(SITE .. "/"),
        came = { { "set-cookie", "user=u-7f3a; Max-Age=31536000" } } },
      { method = "POST", url = ADS .. "/seen", status = 204,
        sends = "text/plain;charset=UTF-8", form = SITE .. "/", sent = {
        { "cookie", "user=u-7f3a" }, { "referer", SITE .. "/" } } },
      { url = SITE .. "/weather", type = HTML, body = page("Weather", "<p>Rain.</p>"), packed = 121,
        sent = { { "cookie", "session=q8s7; seen=1" }, { "referer", SITE .. "/" } } },
      { url = SITE .. "/favicon.ico", status = 404, type = "text/html", body = "not here\n",
        sent = referred(SITE .. "/weather") },
   }
end

-- The same site, with what is no third party, and cookies that are written otherwise.
function surfing.parties()
   local list = surfing.site()
   list[#list + 1] = { url = SITE .. "/shared", type = HTML, body = page("Shared", "<p>Rain.</p>"),
      sent = referred "android-app://net.example.reader/", came = { { "set-cookie",
         "gone=; Max-Age=0; Expires=Fri, 01 Jan 2027 12:00:00 GMT, "
         .. "past=; expires=Thu, 01-Jan-1970 00:00:00 GMT, "
         .. "wide = 1; Max-Age = 60; Path=/, "
         .. "now=1; Secure" } } }
   list[#list + 1] = { url = ADS .. "/frame", type = HTML, body = page("Ad", "<p>Umbrellas.</p>"),
      sent = { { "referer", SITE .. "/" }, { "sec-fetch-dest", "iframe" },
         { "sec-fetch-mode", "navigate" } }, came = { { "set-cookie", "framed=1" } } }
   list[#list + 1] = { url = "https://www.example.com/", type = HTML,
      body = page("Umbrellas", "<p>For harbours.</p>"),
      sent = { { "referer", SITE .. "/" }, { "sec-fetch-dest", "document" },
         { "sec-fetch-mode", "navigate" } }, came = { { "set-cookie", "basket=0" } } }
   return list
end

function surfing.api()
   local API = "https://api.example.org/v1"
   return {
      { method = "POST", url = API .. "/token", type = JSON,
        sends = "application/x-www-form-urlencoded", form = "grant_type=client&client=gazette",
        sent = { { "authorization", "Basic Z2F6ZXR0ZTpzZWNyZXQ=" } },
        body = '{"token_type": "bearer", "expires_in": 3600}' },
      { url = API .. "/stations?near=harbour", type = JSON, packed = 96,
        sent = { { "authorization", "Bearer t0k3n" } },
        body = '{"stations": [{"id": 17, "name": "Harbour light", "rain": 2.5}, '
           .. '{"id": 18, "name": "Mill \\u2013 upper", "rain": null}], "next": null}' },
      { method = "POST", url = API .. "/stations/17/notes", status = 201, type = JSON,
        sends = JSON, form = '{"text": "The gauge is blocked by leaves.", "tags": ["gauge"]}',
        body = '{"id": "n-204", "station": 17}', came = { { "location", "/v1/notes/n-204" } } },
      { method = "PUT", url = API .. "/stations/19", status = 422, type =
        "application/problem+json", sends = JSON, form = '{"rain": "lots"}',
        body = '{"title": "rain is a number", "status": 422}' },
      { method = "DELETE", url = API .. "/notes/n-204", status = 204 },
      { url = API .. "/stations/20", type = JSON, body = '{"id": 20, "name": "Broken' },
      { url = API .. "/tiles/3/4", type = "application/x-protobuf", body = "\8\3\16\4\26\3\1\2\3" },
   }
end

-- Pages that tell what they are: in the head, for those who share it, for machines.
function surfing.pages()
   local function told(more) return { url = SITE .. "/gauge", type = HTML, body = more } end
   return {
      told([[<!DOCTYPE html><html lang=en><head><meta charset=utf-8><base href="/news/">
<title> How to read
 a rain&nbsp;gauge </title>
<meta name="description" content="Slowly &amp; at eye level.">
<link rel="alternate canonical" href="https://WWW.example.org:443/news/../gauge#top">
<meta property="og:type" content="article"><meta property="og:title" content="Read a gauge">
<meta property="og:title" content="another"><meta property="og:image" content="gauge.png">
<meta property="og:site_name" content="The Example Gazette">
<script type="Application/LD+JSON; charset=utf-8">
{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", "headline": "Rain"},
 {"@type": ["Person", "NewsArticle"], "name": "A. Nobody",},]}
</script><script type="application/ld+json">{"@type": "broken</script></head><body>
<h1>Gauges</h1><a href="rain">Rain</a> <a href="rain#again">Again</a> <a href="/gauge">This</a>
<a href="//stations.example.net/?id=17">Station</a> <a href="mailto:desk@example.org">Write</a>
<a href="javascript:alert(1)">x</a> <a name="a">no link</a>
<map><area href="https://stations.example.net/map"></map></body></html>
]]),
      { url = SITE .. "/based", type = HTML, body = "<base href='javascript:void(0)'>"
         .. "<base href='/late/'><title>No base</title><a href=near>Near</a>" },
      { url = SITE .. "/gone", status = 404, type = HTML, body = "<title>Not here</title>" },
      { url = SITE .. "/deep", type = HTML, body = ("<div>"):rep(400)
         .. "<a href=x>deep</a><title>below</title>" },
      { url = SITE .. "/icons", type = HTML, body = "<svg><g><title>A cloud</title></g></svg>"
         .. "<title>The weather</title>" },
      { url = SITE .. "/empty", type = "text/html" },
      { url = SITE .. "/data", type = JSON, body = "{}" },
   }
end

-- ---- letters ---------------------------------------------------------------------------------

local RAIN = "\196\238\230\228\252"                      -- "Дождь", rain, in windows-1251

function surfing.letters()
   local url = "https://pogoda.example.org"
   return {
      { url = url .. "/told", type = "text/html; charset=windows-1251",
        body = page(RAIN, "<p>" .. RAIN .. " \226 \227\224\226\224\237\232.</p>") },
      { url = url .. "/inside", type = "text/html",
        body = "<meta charset=\"windows-1251\">" .. page(RAIN, "<p>" .. RAIN .. "</p>") },
      { url = url .. "/other", type = "text/plain; charset=koi8-r",
        body = "\228\207\214\196\216\n" },
      { url = url .. "/wide", type = "text/plain",
        body = "\255\254\20\4>\0046\0044\4L\4\10\0" },
      { url = url .. "/wrong", type = "text/html; charset=utf-8", body = page(RAIN, RAIN) },
      { url = url .. "/nobody-says", type = "text/plain", body = "caf\233\n" },
   }
end

return surfing

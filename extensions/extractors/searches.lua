-- What search engines were asked, and what they showed: each page of results says it.  Types and
-- fields are those of Stratosphere; `rank` counts from 1, over the pages of an answer.

local weir = require "weir"

local searches = weir.extractor {
   about   = "what search engines were asked, and what they showed",
   options = { links = 500 },                            -- of a page that are looked at
}

-- By where a page is: whose it is, whose links are none of its results, what begins the next page.
local ENGINES = {
   ["www.google.com/search"] = {
      site = "google.com", own = { "google.com" }, from = "start", at = 0,
   },
   ["www.bing.com/search"] = {
      site = "bing.com", own = { "bing.com", "microsoft.com" }, from = "first", at = 1,
   },
}

local LONGEST = 4096                      -- bytes of what is asked, and of a link

local NAMED = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = " " }

local function decoded(html)
   return (html:gsub("&(#?%w+);", function (name)
      local number = tonumber(name:match "^#(%d%d?%d?)$")
      return NAMED[name] or (number and number < 128 and string.char(number)) or nil
   end))
end

local function trimmed(text) return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")) end

-- What is said in a link: its heading, else its words, else what its picture shows; and how good
-- that is.
local function words(html)
   local heading = html:match "<[hH]3[^>]*>([^<]*)"
   local plain = html:gsub("<[^>]*>", "")
   local alt = html:match '<img[^>]-alt="([^"]*)"'
   for i, text in ipairs { heading or "", plain, alt or "" } do
      if trimmed(text) ~= "" then return trimmed(decoded(text)), 4 - i end
   end
end

-- Calls see(url, html) for each link of a page, in order.
local function each_link(body, most, see)
   local at = 1
   for _ = 1, most do
      local first, last = body:find("<a%s", at)
      local stop = first and body:find(">", last, true)
      local close = stop and body:find("</a", stop, true)
      if not close then return end
      local url = body:sub(last, stop):match '%shref="(https?://[^"]+)"'
      if url and #url <= LONGEST then see(decoded(url), body:sub(stop + 1, close - 1)) end
      at = close
   end
end

local function is_own(engine, url)
   local host = url:match "^https?://([^/:?#]+)" or ""
   for _, own in ipairs(engine.own) do
      if ("." .. host):sub(-#own - 1) == "." .. own then return true end
   end
end

-- What the page shows: { url, text, rank }, each once, with the best of what is said of it.
local function results_of(engine, body, first, most)
   local list, by_url = {}, {}
   each_link(body, most, function (url, html)
      if is_own(engine, url) then return end
      local text, goodness = words(html)
      local found = by_url[url]
      if not found then
         found = { url = url, rank = first + #list + 1, goodness = 0 }
         list[#list + 1], by_url[url] = found, found
      end
      if text and goodness > found.goodness then found.text, found.goodness = text, goodness end
   end)
   return list
end

-- A part of a URL's query; nil without it.
local function asked(query, name)
   local value = ("&" .. query):match("&" .. name .. "=([^&#]*)")
   return value and value:gsub("+", " "):gsub("%%(%x%x)", function (hex)
      return string.char(tonumber(hex, 16))
   end)
end

function searches:extract(exchange, kb)
   local place, query = (exchange.url or ""):match "^https://([^?#]+)%?(.*)$"
   local engine = ENGINES[place]
   local is_page = (exchange.response_content_type or ""):lower():find("text/html", 1, true)
   if not engine or exchange.method ~= "GET" or not is_page then return end
   local q = trimmed(asked(query, "q") or "")
   if q == "" or #q > LONGEST then return end
   local asks = kb:entity(engine.site .. "/search_query", q, { q = q })
   local first = (tonumber(asked(query, engine.from)) or engine.at) - engine.at
   for _, found in ipairs(results_of(engine, exchange.response_body or "", first,
      self.options.links)) do
      local data = { url = found.url, text = found.text, rank = found.rank }
      kb:relate(asks, engine.site .. "/search_result",
         kb:entity(engine.site .. "/search_result", found.url, data))
   end
end

return searches

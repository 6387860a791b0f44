-- What Google and Bing were asked, and what they showed: each page of results says it.  Types and
-- fields are those of Stratosphere; `rank`, of a query's result, counts from 1 over all its pages.

local weir = require "weir"
local html, text, url = weir.html, weir.text, weir.url

local google_search = weir.extractor {
   about   = "what search engines were asked, and what they showed",
   version = "1",
   options = { links = 500 },             -- of a page that are looked at
}

-- Whose page it is, whose links are none of its results, and which part of the query says how many
-- results come before this page's, less `one`.
local GOOGLE = {
   site = "google.com", own = { "^google%.", "^googleusercontent%.com$" }, from = "start", one = 0,
}
local BING = {
   site = "bing.com", own = { "^bing%.com$", "^microsoft%.com$" }, from = "first", one = 1,
}

local function engine_of(host)
   if host == "www.bing.com" then return BING end
   if host:find "^www%.google%.%l+$" or host:find "^www%.google%.%l+%.%l%l$" then return GOOGLE end
end

-- The page that a link leads to; engines count clicks on the way.
local function target_of(link)
   local query = url.query(link)
   if link.path == "/url" then return url.parse(query.q or query.url or "") end
   if link.path == "/ck/a" then return url.parse(text.base64((query.u or ""):sub(3)) or "") end
   return link
end

local function is_own(engine, host)
   local site = url.site(host) or host:match "[^.]+%.[^.]+$" or host
   for _, own in ipairs(engine.own) do
      if site:find(own) then return true end
   end
end

-- What is said in a link, and how good that is: a heading, words, what a picture shows.
local function words_of(link)
   local heading, picture = link:one "h3", link:one "img[alt]"
   local said = { heading and heading:text(), link:text(), picture and picture:attr "alt" }
   for i = 1, 3 do
      local words = text.tidy(said[i] or "")
      if words ~= "" then return words, 4 - i end
   end
end

-- Where the page's results lead: { url, text, rank }, each once, with the best of its texts.
local function results_of(engine, page, base, first, most)
   local list, by_url = {}, {}
   for _, link in ipairs(page:all("a[href]", most)) do
      local whole = url.parse(url.join(base, link:attr "href") or "")
      local target = whole and whole.host and target_of(whole)
      local key = target and target.scheme:find "^https?$" and url.normal(target)
      if key and #key <= 4096 and not is_own(engine, target.host) then
         local found = by_url[key]
         if not found then
            found = { url = key, rank = first + #list + 1, goodness = 0 }
            list[#list + 1], by_url[key] = found, found
         end
         local words, goodness = words_of(link)
         if words and goodness > found.goodness then
            found.text, found.goodness = words, goodness
         end
      end
   end
   return list
end

function google_search:extract(exchange, kb)
   local at = exchange.url and url.parse(exchange.url)
   local engine = at and at.path == "/search" and engine_of(at.host)
   local is_page = (exchange.response_content_type or ""):lower():find("text/html", 1, true)
   if not engine or exchange.method ~= "GET" or not is_page then return end
   local asked = url.query(at)
   local q = text.tidy(asked.q or "")
   if q == "" or #q > 4096 then return end

   local query = kb:entity(engine.site .. "/search_query", q, { q = q })
   local first = math.max((tonumber(asked[engine.from]) or 0) - engine.one, 0)
   local page = html.parse(exchange.response_body or "")
   for _, found in ipairs(results_of(engine, page, at, first, self.options.links)) do
      local type = engine.site .. "/search_result"
      local result = kb:entity(type, found.url, { url = found.url, text = found.text })
      kb:learn(kb:relate(query, type, result), { rank = found.rank, text = found.text })
   end
   page:close()
end

return google_search

-- What a page says of itself: its title and address, what it is for those who share it (OpenGraph)
-- and for machines (JSON-LD); and where its links lead.

local weir = require "weir"
local html, json, text, url = weir.html, weir.json, weir.text, weir.url

local page = weir.extractor {
   about   = "pages: title, canonical address, OpenGraph, JSON-LD and links",
   version = "1",
   options = { links = 200 },             -- of a page that are kept
}

local LONGEST = 1000                      -- bytes of a text that is kept

local function short(words)
   words = text.tidy(words or "")
   if #words > LONGEST then words = text.cut(words, LONGEST / 4) end
   return words ~= "" and words or nil
end

-- What <meta name=… content=…> says, by name; the first counts.
local function metas(document)
   local found = {}
   for _, meta in ipairs(document:all("meta[content]", 200)) do
      local name = (meta:attr "property" or meta:attr "name" or ""):lower()
      if found[name] == nil then found[name] = short(meta:attr "content") end
   end
   return found
end

-- A value of JSON-LD as a list: what is one thing need not be in brackets there.
local function each(value)
   return ipairs(type(value) == "table" and value[1] ~= nil and value or { value })
end

-- The kinds of things that JSON-LD describes: Article, Product …, in order, each once.
local function described(document)
   local list, seen = {}, {}
   local function add(thing)
      for _, name in each(json.at(thing, "@type")) do
         if type(name) == "string" and not seen[name] and #list < 20 then
            seen[name], list[#list + 1] = true, short(name)
         end
      end
      for _, inside in each(json.at(thing, "@graph")) do add(inside) end
   end
   for _, script in ipairs(document:all("script[type^='application/ld+json' i]", 20)) do
      for _, thing in each((json.read(script:raw(), { depth = 30 }))) do add(thing) end
   end
   return #list > 0 and list or nil
end

-- What the page is called; pictures in it (SVG) have titles of their own.
local function title_of(document)
   for _, title in ipairs(document:all("title", 50)) do
      local around = title:parent()
      while around and around:name() ~= "svg" do around = around:parent() end
      if not around then return short(title:text()) end
   end
end

-- What a reference on the page leads to, for as long as it is a page of the web.
local function address(base, reference)
   local whole = reference and url.join(base, reference)
   return whole and #whole <= 4096 and whole:find "^https?:" and url.normal(whole) or nil
end

-- What references on the page are seen from: its own address, unless it names another one, which
-- "javascript:" and "data:" are not.
local function base_of(document, own)
   local said = document:one "base[href]"
   local base = said and url.parse(url.join(own, said:attr "href") or "")
   return base and base.host and base or url.parse(own)
end

local function add_links(document, base, this, most, kb)
   local seen = { [this.key] = true }
   for _, link in ipairs(document:all("a[href], area[href]", most * 5)) do
      local target = address(base, link:attr "href")
      if target and not seen[target] and most > 0 then
         seen[target], most = true, most - 1
         kb:relate(this, "links to", kb:entity("page", target))
      end
   end
end

function page:extract(exchange, kb)
   local is_page = (exchange.response_content_type or ""):lower():find "html"
   local own = exchange.url and address(exchange.url, "")
   if not is_page or exchange.status ~= 200 or not own then return end
   local document = html.parse(exchange.response_body or "")
   local head, canonical = metas(document), document:one "link[rel~=canonical i][href]"
   local base = base_of(document, exchange.url)

   local root = document:one "html"
   local this = kb:entity("page", own, {
      title = title_of(document), description = head.description,
      language = short(root:attr "lang"),
      canonical = address(base, canonical and canonical:attr "href"),
      og_type = head["og:type"], og_title = head["og:title"], og_site = head["og:site_name"],
      og_image = address(base, head["og:image"]), json_ld = described(document),
   })
   add_links(document, base, this, self.options.links, kb)
   document:close()
end

return page

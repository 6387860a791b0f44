-- Which sites load which others, and who sets cookies.  A site is the domain that was registered,
-- "example.co.uk"; who asked is told by the request's Referer or Origin.

local weir = require "weir"
local text, url = weir.text, weir.url

local third_parties = weir.extractor {
   about = "which sites load which others, and the cookies that are set",
}

local function site_of(address)
   local at = address and url.parse(address)
   if not at or not at.host or at.host == "" then return nil end
   return url.site(at.host) or at.host
end

-- All values of a header, in order.
local function values(headers, name)
   local list = {}
   for _, header in ipairs(headers or {}) do
      if header.name:lower() == name then list[#list + 1] = header.value or "" end
   end
   return list
end

-- The cookies that a value of Set-Cookie tells of.  Recorders fold several into one, with commas
-- that dates have, too.
local function cookies(value)
   local list = {}
   for part in (", " .. value):gsub(",%s*([^=;,%s]+=)", "\n%1"):gmatch "[^\n]+" do
      local name, rest = part:match "^%s*([^=;,%s]+)=(.*)$"
      local attributes = rest and rest:match ";(.*)$" or ""
      if name and #name <= 200 then
         list[#list + 1] = { name = name, persists = attributes:lower():find "expires%s*="
            or attributes:lower():find "max%-age%s*=" }
      end
   end
   return list
end

-- A person who follows a link loads nothing into the page before.
local function is_navigation(exchange)
   local mode = values(exchange.request_headers, "sec-fetch-mode")[1]
   if mode then return mode == "navigate" end
   return (exchange.response_content_type or ""):lower():find("text/html", 1, true) ~= nil
end

function third_parties:extract(exchange, kb)
   local loaded = site_of(exchange.url)
   if not loaded then return end
   local site = kb:entity("site", loaded)
   local headers = exchange.request_headers
   local by = site_of(values(headers, "referer")[1]) or site_of(values(headers, "origin")[1])
   if by and by ~= loaded then
      kb:relate(kb:entity("site", by), is_navigation(exchange) and "leads to" or "loads", site)
   end
   for _, value in ipairs(values(exchange.response_headers, "set-cookie")) do
      for _, cookie in ipairs(cookies(value)) do
         local name = ("%s at %s"):format(text.safe(cookie.name), loaded)
         kb:relate(site, "sets", kb:entity("cookie", name, {
            persists = cookie.persists and true or nil, third_party = by and by ~= loaded or nil,
         }))
      end
   end
end

return third_parties

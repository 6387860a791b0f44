-- Which sites load which others, and who sets cookies.  A site is the domain that was registered,
-- "example.co.uk"; who asked is told by the request's Referer or Origin.

local weir = require "weir"
local text, url = weir.text, weir.url

local third_parties = weir.extractor {
   about   = "which sites load which others, and the cookies that are set",
   version = "1",
}

-- Apps and parts of browsers refer as well, and are no sites.
local WEB = { http = true, https = true, ws = true, wss = true }

local function site_of(address)
   local at = address and url.parse(address)
   if not at or not WEB[at.scheme] then return nil end
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

local MONTHS = { jan = 1, feb = 2, mar = 3, apr = 4, may = 5, jun = 6, jul = 7, aug = 8, sep = 9,
   oct = 10, nov = 11, dec = 12 }

-- The day of a date as a number that grows, 20270101 of "Fri, 01-Jan-2027 12:00:00 GMT".
local function day_of(date)
   local day, month, year = date:match "(%d+)[%s-]+(%a%a%a)%a*[%s-]+(%d+)"
   month, year = MONTHS[month], tonumber(year)
   if not month then return nil end
   if year < 100 then year = year + (year < 70 and 2000 or 1900) end
   return (year * 100 + month) * 100 + day
end

-- Whether a cookie with these attributes stays when the browser has ended: the age counts before
-- the date, and one that is up already takes the cookie away.
local function persists(attributes, today)
   attributes = attributes:lower()
   local age = attributes:match "max%-age%s*=%s*(%-?%d+)"
   if age then return tonumber(age) > 0 end
   local day = day_of(attributes:match "expires%s*=([^;]*)" or "")
   return day ~= nil and day >= today
end

-- The cookies that a value of Set-Cookie tells of on some day.  Recorders fold several into one,
-- with commas that dates have, too.
local function cookies(value, today)
   local list = {}
   for part in (", " .. value):gsub(",%s*([^=;,%s]+)%s*=", "\n%1="):gmatch "[^\n]+" do
      local name, rest = part:match "^%s*([^=;,%s]+)=(.*)$"
      local attributes = rest and rest:match ";(.*)$" or ""
      if name and #name <= 200 then
         list[#list + 1] = { name = name, persists = persists(attributes, today) }
      end
   end
   return list
end

-- A person who follows a link loads nothing into the page before; a frame is a part of that page,
-- though browsers navigate in it.
local function is_navigation(exchange)
   local headers = exchange.request_headers
   local into, mode = values(headers, "sec-fetch-dest")[1], values(headers, "sec-fetch-mode")[1]
   if into then return into == "document" end
   if mode then return mode == "navigate" end
   return (exchange.response_content_type or ""):lower():find("text/html", 1, true) ~= nil
end

function third_parties:extract(exchange, kb)
   local loaded = site_of(exchange.url)
   if not loaded then return end
   local site = kb:entity("site", loaded)
   local headers = exchange.request_headers
   local by = site_of(values(headers, "referer")[1]) or site_of(values(headers, "origin")[1])
   local is_third = by and by ~= loaded and not is_navigation(exchange)
   if by and by ~= loaded then
      kb:relate(kb:entity("site", by), is_third and "loads" or "leads to", site)
   end
   local today = tonumber(os.date("!%Y%m%d", exchange.time))
   for _, value in ipairs(values(exchange.response_headers, "set-cookie")) do
      for _, cookie in ipairs(cookies(value, today)) do
         local name = ("%s at %s"):format(text.safe(cookie.name), loaded)
         kb:relate(site, "sets", kb:entity("cookie", name, {
            persists = cookie.persists and true or nil, third_party = is_third or nil,
         }))
      end
   end
end

return third_parties

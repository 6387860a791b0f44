-- What two search engines show, for databases of exchanges: their addresses are real, since by them
-- extractors know the pages; the pages, and all that is found, are invented.

local seeking = {}

local HTML = "text/html; charset=UTF-8"

-- A result: a heading in a link, and the lines below it.
local function result(url, title, text)
   return ('<div class="hit"><a href="%s"><h3>%s</h3></a><p>%s</p></div>\n'):format(url, title,
      text)
end

local function page(title, ...)
   return ("<!doctype html><html><head><title>%s</title></head><body>\n%s</body></html>\n"):format(
      title, table.concat { ... })
end

local function find(engine, query, more, body)
   return { url = ("https://www.%s.com/search?q=%s%s"):format(engine, query, more), type = HTML,
      body = body, packed = #body / 2 - #body / 2 % 1 }
end

-- Links of the engine itself, one page twice with less to say of it the second time, and a picture.
local function google()
   return {
      find("google", "tide+tables", "&hl=en", page("tide tables",
         '<a href="https://maps.google.com/maps?q=tide+tables">Maps</a>\n',
         result("https://tides.example.org/", "Tide tables for every harbour", "High, low water."),
         result("https://www.example.com/almanac?year=2026&amp;part=tides",
            "Almanac &amp; tides", "All of the year."),
         '<a href="https://tides.example.org/">cached</a>\n',
         '<a href="https://pictures.example.net/low"><img alt="Low water at noon" src="x"></a>\n',
         '<a href="https://sailors.example.net/forum">Sailors ask</a>\n',
         '<a href="/search?q=tide+tables&amp;start=10">Next</a>\n')),
      find("google", "tide+tables", "&start=10", page("tide tables",
         result("https://moon.example.org/tides", "What the moon does", "It pulls."),
         result("https://tides.example.org/", "Tide tables for every harbour", "Again."))),
      { url = "https://www.google.com/gen_204?atyp=i", status = 204, type = HTML },
      find("google", "%D1%87%D0%B0%D0%B9+%26+tea", "", page("чай &amp; tea",
         result("https://tea.example.org/чай", "Чай – tea", "Leaves and water."))),
      { url = "https://www.google.com/search?q=", type = HTML, body = page("", "") },
   }
end

local function bing()
   return {
      find("bing", "tide+tables", "&form=QBLH", page("tide tables",
         '<a href="https://www.bing.com/images/search?q=tide+tables">Images</a>\n',
         '<a href="https://go.microsoft.com/fwlink">Help</a>\n',
         '<h2><a href="https://tides.example.org/">Tides, harbour by harbour</a></h2>\n',
         '<h2><a href="https://boats.example.net/when"><strong>When</strong> to sail</a></h2>\n')),
      { url = "https://www.bing.com/fd/ls/l?IG=1", status = 204, type = "text/plain" },
   }
end

function seeking.all()
   local list = google()
   for _, entry in ipairs(bing()) do list[#list + 1] = entry end
   return list
end

-- The same, and what is harder to tell: another country's address, results behind a counter of
-- clicks, a result that only mentions the engine, and one that differs by its fragment.
function seeking.more()
   local list = seeking.all()
   local body = page("tide tables",
      '<a href="/url?q=https://shores.example.org/low&amp;sa=U"><h3>Low water</h3></a>\n',
      result("https://mirror.example.net/?from=www.google.com", "A mirror", "Of tables."),
      result("https://shores.example.org/low#:~:text=water", "Low", "Again."),
      '<a href="https://policies.google.de/terms">Terms</a><a href="javascript:void(0)">x</a>\n',
      '<a href="https://shores.example.org/high"><img alt="High &amp; dry"></a>\n',
      '<a href="https://shores.example.org/high">High water</a>\n')
   list[#list + 1] = { url = "https://www.google.co.uk/search?q=%20tide%20%20tables&start=20",
      type = HTML, body = body }
   list[#list + 1] = find("bing", "tide+tables", "&first=11", page("tide tables",
      '<h2><a href="https://www.bing.com/ck/a?!&amp;&amp;p=c0&amp;u=a1'
         .. 'aHR0cHM6Ly9zaG9yZXMuZXhhbXBsZS5vcmcvbG93&amp;ntb=1">Low water</a></h2>\n'))
   list[#list + 1] = { url = "https://www.google.evil.example.com/search?q=x", type = HTML,
      body = body }
   return list
end

return seeking

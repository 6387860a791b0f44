-- What extraction costs: extract.lua FOLDER [SMALL [PAGES]]
--
-- Prints how many small exchanges with JSON, and how many pages of 50 KiB through selectors, an
-- extractor takes in a second of CPU, reading them from databases in FOLDER that it makes there.

local engine = require "weir.extension.engine"
local host   = require "weir.host"
local load   = require "weir.extension.load"
local weir   = require "weir"

local folder = arg[1] or error "extract.lua FOLDER [SMALL [PAGES]]"
local SMALL, PAGES = tonumber(arg[2]) or 100000, tonumber(arg[3]) or 5000

local JSON = [[
local weir = require "weir"
local json = weir.json
local x = weir.extractor { about = "stations of an API" }
function x:extract(exchange, kb)
   local value = json.read(exchange.response_body)
   local user = kb:entity("user", json.at(value, "user.name"))
   kb:relate(user, "asks for", kb:entity("station", tostring(json.at(value, "stations[0].id"))))
end
return x
]]

local HTML = [[
local weir = require "weir"
local html = weir.html
local x = weir.extractor { about = "titles and prices" }
function x:extract(exchange, kb)
   local page = html.parse(exchange.response_body)
   local title = kb:entity("title", page:one "head > title":text())
   for _, item in ipairs(page:all("div.item > a.name[href]", 5)) do
      kb:relate(title, "lists", kb:entity("item", item:attr "href"))
   end
end
return x
]]

-- A page of about 50 KiB: `%d` in it is the exchange's number.
local function page()
   local parts = { "<!doctype html><html><head><title>Shop %d</title></head><body>" }
   local size = #parts[1]
   while size < 50 * 1024 - 20 do
      local n = #parts
      local item = ('<div class="item"><a class="name" href="/item/%d">Thing number %d</a>'
         .. '<p class="price">%d.99</p><p>Words about it, &amp; some more of them.</p></div>\n')
         :format(n % 97, n, n % 50)
      parts[n + 1], size = item, size + #item
   end
   return table.concat(parts) .. "</body></html>"
end

-- A database of so many exchanges with that body, in which %d is the number.
local function make(name, count, content_type, body)
   local path = ("%s/%s.db"):format(folder, name)
   os.execute(("cp samples/api.db %s"):format(path))
   local base = assert(require "weir.db".open(path, { mode = "write" }))
   assert(base:run("CREATE TEMP TABLE one AS SELECT * FROM flows LIMIT 1"))
   assert(base:run "DELETE FROM flows")
   assert(base:run("UPDATE one SET flow_response_headers_content_type = ?, "
      .. "flow_response_headers = json_object('content-type', ?)", content_type, content_type))
   assert(base:transaction(function ()
      for i = 1, count do
         assert(base:run("UPDATE one SET flow_id = ?, flow_response_content = CAST(? AS BLOB)",
            ("%032x"):format(i), (body:gsub("%%d", i, 1))))
         assert(base:run "INSERT INTO flows SELECT * FROM one")
      end
      return true
   end))
   base:close()
   return path
end

-- Exchanges a second of CPU that an extractor takes in.
local function rate(name, text, path)
   local file = assert(io.open(("%s/%s.lua"):format(folder, name), "w"))
   file:write(text)
   file:close()
   local ext = assert(load.file(("%s/%s.lua"):format(folder, name)))
   local run = assert(engine.new({ ext }, { tell = error, strict = true }))
   jit.flush()                                           -- what an engine before has compiled
   collectgarbage()
   local begun, count = host.cpu(), 0
   local source = assert(weir.open(path, run:measures { flows = false, packets = false }))
   assert(run:attach(source))
   for batch in source:batches() do
      local ok, faults = run:run(batch)
      assert(ok, faults and faults:of(name).last)
      count = count + batch.exchange_count
   end
   run:stop()
   source:close()
   return count / (host.cpu() - begun), count
end

local small = make("small", SMALL, "application/json",
   '{"user":{"name":"ada %d"},"stations":[{"id":17,"name":"Harbour","open":true}],"next":null}')
print(("%.0f small exchanges/s"):format(rate("json", JSON, small)))
local pages = make("pages", PAGES, "text/html; charset=utf-8", page())
print(("%.0f pages of 50 KiB/s"):format(rate("html", HTML, pages)))

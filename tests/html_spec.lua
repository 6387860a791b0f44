-- Pages of HTML: what tree they are, what selectors find, and what hostile ones cost.

local charset = require "weir.charset"
local host    = require "weir.host"
local html    = require "weir.html"

-- An element and what is in it, as text.
local function shape(element)
   local inside = {}
   for i, child in ipairs(element:children()) do inside[i] = shape(child) end
   local name = element.name and element.at > 0 and element:name() or "page"
   return #inside == 0 and name or ("%s(%s)"):format(name, table.concat(inside, " "))
end

-- What is in the body of a page.
local function body(text)
   local page = assert(html.parse(text))
   local made = shape(page:one "body")
   page:close()
   return made:match "^body%((.*)%)$" or ""
end

local function found(page, selector)
   local ids = {}
   for i, element in ipairs(page:all(selector)) do
      ids[i] = element:attr "id" or element:name()
   end
   return table.concat(ids, " ")
end

describe("a page", function ()
   it("always has html, head and body", function ()
      for _, text in ipairs { "", "x", "<p>", "<title>x</title>", "</p>", "<!doctype html>" } do
         local page = assert(html.parse(text))
         assert.equal("html", page:one "html":name())
         page:close()
      end
      assert.equal("page(html(head(title meta) body(p)))",
         shape(html.parse "<title>a</title></head><meta x><p>b"))
      assert.equal("page(html(head(noscript(img) title) body))",
         shape(html.parse "<head><noscript><img></noscript><title>a</title></head><body>"))
   end)

   it("keeps what is said of html and body, wherever that is", function ()
      local page = html.parse "<p>a<body class=b><html lang=ru>"
      assert.equal("ru", page:one "html":attr "lang")
      assert.equal("b", page:one "body":attr "class")
   end)

   it("has ends where nobody wrote them", function ()
      assert.equal("p p", body "<p>a<p>b")
      assert.equal("p div", body "<p>a<div>b</div>")
      assert.equal("ul(li li(ul(li)) li)", body "<ul><li>1<li>2<ul><li>a</ul><li>3</ul>")
      assert.equal("dl(dt dd dt)", body "<dl><dt>a<dd>b<dt>c</dl>")
      assert.equal("select(option option)", body "<select><option>a<option>b</select>")
      assert.equal("table(tbody(tr(td td) tr(th)))", body "<table><tr><td>a<td>b<tr><th>c")
      assert.equal("table(thead(tr(td)) tbody(tr(td)))",
         body "<table><thead><td>a<tbody><tr><td>b</table>")
      assert.equal("table(tbody(tr(td(table(tbody(tr(td)))) td)))",
         body "<table><tr><td><table><tr><td>x</table><td>y</table>")
      assert.equal("a a", body "<a>one<a>two")
      assert.equal("h2 h3", body "<h2>a<h3>b</h3>")
   end)

   it("survives ends that nothing began, or that cross", function ()
      assert.equal("div(b) p", body "<div></span><b>x</div></b><p>")
      assert.equal("b(p) i", body "<b><p>x</b>y</p><i>")
      assert.equal("div(span(div)) p", body "<div><span><div>x</span></div></div><p>")
      assert.equal("table(tbody(tr(td(div))))", body "<table><tr><td><div></table>")
   end)

   it("reads tags as browsers do", function ()
      local page = html.parse [[<A HREF = "/x?a=1&copy=2&amp;b" Class=c checked ID='i' id=j>y</A
         ><a href=/u/>z</a><img src=x><br/><x-y a=1>]]
      local link = page:one "a"
      assert.equal("/x?a=1&copy=2&b", link:attr "href")
      assert.equal("", link:attr "checked")
      assert.equal("i", link:attr "id")
      assert.is_nil(link:attr "src")
      assert.equal("/u/", page:all "a"[2]:attr "href")
      assert.equal("a a img br x-y", body [[<a>x</a><a></a><img><br/><x-y>]])
      assert.equal("a < b", html.parse "<p>a < b":one "p":text())
   end)

   it("takes scripts, styles and titles for text", function ()
      local page = html.parse [[<title>a<b>&amp;</title><script>if (a<b) "</p>" &amp;</script
         ><style>p > a {}</style><textarea><p>&lt;</textarea>]]
      assert.equal("a<b>&", page:one "title":text())
      assert.equal([[if (a<b) "</p>" &amp;]], page:one "script":raw())
      assert.equal("<p><", page:one "textarea":text())
      assert.equal("a<b>& <p><", page:text())
      assert.is_nil(page:one "p")
   end)

   it("leaves comments and declarations out", function ()
      assert.equal("abcd", html.parse "a<!-- <p> -->b<!-->c<!x><?php ?></3>d":text())
      assert.equal("a]]>b", html.parse "<svg><x><![CDATA[a]]]]></x></svg>&gt;b":text())
   end)

   it("knows characters by name and number", function ()
      local page = html.parse "<p>&eacute;&hellip;&#x41;&#66;&#150;&#0;&#xD800;&nosuch;&amp &lt3"
      assert.equal("é…AB–\239\191\189\239\191\189&nosuch;& &lt3", page:one "p":text())
   end)
end)

describe("text", function ()
   it("is what a reader sees", function ()
      local page = html.parse "<div> a\n <b>b</b>c<p>d</p>e<br>f&nbsp; g<script>x</script></div>"
      assert.equal("a bc d e f g", page:one "div":text())
      assert.equal(" a\n bcdef\194\160 gx", page:one "div":raw())
   end)

   it("is UTF-8, whatever the page is in", function ()
      assert.equal("Привет", html.parse("<meta charset=windows-1251><p>\207\240\232\226\229\242")
         :one "p":text())
      assert.equal("é", html.parse("<p>\233", { charset = "iso-8859-1" }):one "p":text())
      assert.equal("é", html.parse "\239\187\191<p>é":text())
   end)
end)

describe("a selector", function ()
   local page = html.parse [[<div id=a class="x y"><p id=b lang=en-US>1</p>
      <p id=c data-k="Foo bar">2</p>
      <span id=d><a id=e href="https://example.org/x.pdf">3</a></span><p id=f class=y></p></div>
      <ul id=u><li id=g><li id=h class=x><li id=i></ul>]]

   it("finds by name, class, id and attribute", function ()
      assert.equal("b c f", found(page, "p"))
      assert.equal("a f", found(page, ".y"))
      assert.equal("a", found(page, "div.x.y"))
      assert.equal("e", found(page, "#e"))
      assert.equal("e", found(page, "[href]"))
      assert.equal("e", found(page, "a[href^='https:'][href$=\".pdf\"][href*=example]"))
      assert.equal("c", found(page, "[data-k~=bar]"))
      assert.equal("c", found(page, "[data-k='foo BAR' i]"))
      assert.equal("", found(page, "[data-k='foo BAR']"))
      assert.equal("b", found(page, "[lang|=en]"))
   end)

   it("finds by what is around", function ()
      assert.equal("e", found(page, "div a"))
      assert.equal("", found(page, "div > a"))
      assert.equal("e", found(page, "div > span > a"))
      assert.equal("c", found(page, "#b + p"))
      assert.equal("c f", found(page, "#b ~ p"))
      assert.equal("b c f h", found(page, "p, li.x"))
      assert.equal("e", found(page, "body div.x span a"))
   end)

   it("finds by place", function ()
      assert.equal("b g", found(page, "p:first-child, li:first-child"))
      assert.equal("f i", found(page, "p:last-child, li:last-child"))
      assert.equal("h", found(page, "li:nth-child(2)"))
      assert.equal("g i", found(page, "li:nth-child(odd)"))
      assert.equal("g h", found(page, "li:nth-child(-n + 2)"))
      assert.equal("e", found(page, "a:only-child"))
      assert.equal("f g h i", found(page, "p:empty, li:empty"))
      assert.equal("g i", found(page, "li:not(.x)"))
      assert.equal("html", found(page, ":root"))
   end)

   it("looks inside of the element alone", function ()
      local list = page:one "#u"
      assert.equal(3, #list:all "li")
      assert.equal(0, #list:all "body li")
      assert.equal(3, #list:all "> li")
      assert.equal(0, #page:one "div":all "> a")
      assert.equal(2, #page:all("li", 2))
      assert.is_nil(list:one "p")
   end)

   it("that makes no sense is an error, with its place", function ()
      local wrong = {
         [""] = 1, ["p >"] = 4, ["p:hover"] = 8, ["[a"] = 3, ["[a=]"] = 4, ["p:not("] = 7,
         ["a,,b"] = 3, [":nth-child(x)"] = 13, ["p..x"] = 3, ["[a='x]"] = 5, ["p)"] = 2,
      }
      for text, place in pairs(wrong) do
         local ok, why = pcall(page.all, page, text)
         assert.is_false(ok)
         assert.truthy(why:find("at byte " .. place .. "$"), why)
      end
      assert.is_false(pcall(page.all, page, ("a "):rep(40)))
      assert.is_false(pcall(page.all, page, "a\0b"))
   end)
end)

describe("an open page", function ()
   it("once closed is an error, not a crash", function ()
      local page = html.parse "<p>x"
      local p = page:one "p"
      page:close()
      page:close()
      for _, name in ipairs { "text", "raw", "name", "parent", "children" } do
         local ok, why = pcall(p[name], p)
         assert.is_false(ok)
         assert.truthy(why:find "closed")
      end
      assert.is_false(pcall(page.all, page, "p"))
   end)

   it("lives as long as one of its elements", function ()
      local p = html.parse "<p>x":one "p"
      collectgarbage()
      collectgarbage()
      assert.equal("x", p:text())
      assert.equal("body", p:parent():name())
   end)

   it("that nobody closes does not pile up", function ()
      local text = ("<p>some text"):rep(20000)
      local function resident()
         return tonumber(io.open "/proc/self/statm":read "*a":match "%d+ (%d+)") * 4096
      end
      local before = resident()
      for _ = 1, 400 do assert(html.parse(text)) end
      assert(resident() - before < 400e6, "memory grows")
   end)
end)

describe("a hostile page", function ()
   local UNITS = {
      "<div>", "<ul><li>", "<a><b>", "<div><b><i>", "<p><b>", "<table><td>", "<svg>", "</p></x>",
      "<a a=", "<", "<!--", "&amp;", "&#", "<select><option>", "<tr>", "<b><p></b>", "<!", "</",
      "<li>", "<a b=c d=e f='", "<script>", "<title>", "<x/", "&lt", "<button><table>",
      "\0", "<form><h1>",
   }

   -- Seconds of the processor that reading a page and asking it takes.
   local function cost(text)
      local began = host.cpu()
      local page = assert(html.parse(text))
      page:all("p ~ div > * b, li li li, [a=b]:not(.x)", 10)
      page:text()
      local deepest = page:one "body"
      while deepest:children()[1] do deepest = deepest:children()[1] end
      page:close()
      return host.cpu() - began
   end

   it("takes a time that is linear in its size", function ()
      for _, unit in ipairs(UNITS) do
         local took = cost(unit:rep(math.floor(1e6 / #unit)))
         assert(took < 2, ("%s: %.1f s for a megabyte"):format(unit, took))
      end
   end)

   it("is cut where it is too deep, and says so", function ()
      local page = html.parse(("<div>"):rep(1000) .. "<p id=x>y")
      local depth, element = 0, page:one "#x"
      while element do depth, element = depth + 1, element:parent() end
      assert(depth <= 256)
      assert.is_true(page.truncated)
      assert.is_false(html.parse(("<div>"):rep(200)).truncated)
      assert.equal("p", html.parse(("<div>"):rep(1000) .. ("</div>"):rep(1000) .. "<p id=x>")
         :one "body > p":name())
   end)

   it("of any bytes is read", function ()
      local random = 12345
      local function next_of(n)
         random = (random * 1103515245 + 12345) % 2147483648
         return math.floor(random / 65536) % n + 1
      end
      for _ = 1, 2000 do
         local parts = {}
         for i = 1, next_of(30) do
            parts[i] = next_of(4) == 1 and string.char(next_of(256) - 1) or UNITS[next_of(#UNITS)]
         end
         local page = assert(html.parse(table.concat(parts)))
         assert.is_true(charset.is_utf8(page:text()))
         assert.equal("html", page:one ":root":name())
         page:close()
      end
   end)
end)

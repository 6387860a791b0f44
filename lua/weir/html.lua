-- Pages of HTML, as they are on the web, and what selectors of CSS find in them.
--
--    local page = html.parse(exchange.response_body)
--    for _, link in ipairs(page:all "h3 > a[href]") do print(link:text(), link:attr "href") end
--    page:close()
--
-- Any text is a page: what is wrong in it is read as browsers do.  Time and memory are linear in
-- its size, and bounded: `page.truncated` says that something was left out.

local ffi     = require "ffi"
local abi     = require "weir.abi"
local charset = require "weir.charset"

local C = abi.C

local html = {}

local COLLECT = 67108864                  -- bytes of pages nobody closed that call for a collection
local CACHED = 200                        -- selectors that are remembered
local ALL = 1000000

local size  = ffi.new "uint32_t[1]"
local found = ffi.new "const uint32_t *[1]"

local page, element = {}, {}
page.__index, element.__index = page, element

local alive = 0                           -- bytes of pages that are open

local function free(handle, bytes)
   alive = alive - bytes
   C.weir_html_free(handle)
end

-- Reads a page.  `options.charset`: the one it is in, when it is not UTF-8 and does not say.
function html.parse(text, options)
   if type(text) ~= "string" then error("a page is a text, not a " .. type(text), 2) end
   local utf8 = not options and charset.is_utf8(text) and text
      or charset.utf8(text, options and options.charset) or text
   if alive > COLLECT then collectgarbage() end
   local handle = C.weir_html_new(utf8, #utf8)
   if handle == nil then return nil, abi.reason() end
   local bytes = #utf8 * 3
   alive = alive + bytes
   local made = setmetatable({
      handle = ffi.gc(handle, function (h) free(h, bytes) end), cost = bytes,
      nodes = C.weir_html_nodes(handle, size), bytes = C.weir_html_bytes(handle),
      truncated = C.weir_html_truncated(handle) ~= 0,
   }, page)
   made.page, made.at = made, 0
   return made
end

-- The page's handle; an error when it is closed.
local function open(self, caller)
   return self.page.handle or error(("%s: the page is closed"):format(caller), 3)
end

-- Gives its memory back now, instead of when the collector finds the time.
function page:close()
   if not self.handle then return end
   free(ffi.gc(self.handle, nil), self.cost)
   self.handle, self.nodes, self.bytes = nil, nil, nil
end

-- ---- selectors -------------------------------------------------------------------------

local selectors, cached = {}, 0

local function selector_of(text)
   if type(text) ~= "string" then error("a selector is a text, not a " .. type(text), 3) end
   local known = selectors[text]
   if known then return known end
   local made = C.weir_selector_new(text, #text)
   if made == nil then error("a selector that makes no sense: " .. abi.reason(), 3) end
   if cached >= CACHED then selectors, cached = {}, 0 end
   selectors[text], cached = ffi.gc(made, C.weir_selector_free), cached + 1
   return selectors[text]
end

local function at(self, node) return setmetatable({ page = self.page, at = node }, element) end

-- The elements inside of this one that a selector means, in their order; at most `most`.
function element:all(selector, most)
   local handle, chosen = open(self, "all"), selector_of(selector)
   local n = C.weir_html_find(handle, self.at, chosen, most or ALL, found)
   if n < 0 then error(abi.reason(), 2) end
   local list = {}
   for i = 1, n do list[i] = at(self, found[0][i - 1]) end
   return list
end

-- The first of them; nil when there is none.
function element:one(selector)
   local handle, chosen = open(self, "one"), selector_of(selector)
   local n = C.weir_html_find(handle, self.at, chosen, 1, found)
   if n < 0 then error(abi.reason(), 2) end
   return n == 1 and at(self, found[0][0]) or nil
end

-- ---- what an element is ------------------------------------------------------------------

-- The name of the element, in lower case.
function element:name()
   open(self, "name")
   local node = self.page.nodes[self.at]
   return ffi.string(self.page.bytes + node.at, node.size)
end

-- An attribute's value; nil when there is none of that name.
function element:attr(name)
   local handle = open(self, "attr")
   if type(name) ~= "string" then error("an attribute's name is a text", 2) end
   local value = C.weir_html_attribute(handle, self.at, name, size)
   return value ~= nil and ffi.string(value, size[0]) or nil
end

local function text_of(self, is_raw, caller)
   local text = C.weir_html_text(open(self, caller), self.at, is_raw, size)
   if text == nil then error(abi.reason(), 3) end
   return ffi.string(text, size[0])
end

-- Its text as it is read: blanks are one, there are none around it, and no scripts and styles.
function element:text() return text_of(self, 0, "text") end

-- All text in it as it stands, that of scripts too.
function element:raw() return text_of(self, 1, "raw") end

-- The element that it is in; nil for the outermost one.
function element:parent()
   open(self, "parent")
   local parent = self.page.nodes[self.at].parent
   return parent > 0 and at(self, parent) or nil
end

-- The elements right inside of it.
function element:children()
   open(self, "children")
   local nodes, list = self.page.nodes, {}
   local i, stop = self.at + 1, nodes[self.at]["end"]
   while i < stop do
      if nodes[i].kind == C.WEIR_HTML_ELEMENT then list[#list + 1] = at(self, i) end
      i = nodes[i]["end"]
   end
   return list
end

-- What a page has as its elements do, but a name.
for _, name in ipairs { "all", "one", "text", "raw", "children" } do page[name] = element[name] end

return html
